// UvRequest: a libuv request that a task waits for, and abandons when it is cancelled.
//
// libuv keeps a request until its callback has run, so it sits in a box of its own; an abandoned
// one is freed by the callback.
#pragma once

#include <uv.h>

#include "penstock/async/waiter.hpp"

namespace penstock::async {

inline void free_request(uv_connect_t* request) noexcept {
  delete request;
}

inline void free_request(uv_getaddrinfo_t* request) noexcept {
  uv_freeaddrinfo(request->addrinfo);
  delete request;
}

template <class Request>
class UvRequest final : public Waiter {
 public:
  /// `start` is called with the request and returns a libuv status; it names completed() as the
  /// callback.
  template <class Start>
  explicit UvRequest(Start start) : request_(new Request{}) {
    request_->data = this;
    status_ = start(request_);
    done_ = status_ < 0;
  }
  UvRequest(const UvRequest&) = delete;
  UvRequest& operator=(const UvRequest&) = delete;
  ~UvRequest() {
    if (done_) {
      free_request(request_);
    } else {
      request_->data = nullptr;
      uv_cancel(reinterpret_cast<uv_req_t*>(request_));  // if it is of a kind that can be
    }
  }

  template <class... Results>
  static void completed(Request* request, int status, Results...) {
    auto* self = static_cast<UvRequest*>(request->data);
    if (self == nullptr) return free_request(request);
    self->done_ = true;
    self->status_ = status;
    if (self->suspended()) self->wake();
  }

  const Request& operator*() const noexcept { return *request_; }

  /// Gives the libuv status. Cancellation: at once.
  bool await_ready() noexcept { return done_ || cancelled_on_entry(); }
  template <class Promise>
  void await_suspend(std::coroutine_handle<Promise> handle) noexcept {
    suspend(handle);
  }
  int await_resume() const {
    throw_if_cancelled();
    return status_;
  }

 private:
  void on_cancel() noexcept override { wake_cancelled(); }

  Request* request_;
  int status_ = 0;
  bool done_ = false;
};

}  // namespace penstock::async
