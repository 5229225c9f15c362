// Handle<T>: a libuv handle (uv_tcp_t, uv_poll_t, …) owned by an object.
//
// libuv needs a handle's memory until its close callback has run, so the handle sits in a box of
// its own, which the callback frees. Destroying a Handle closes it; the loop's shutdown waits for
// what is left.
#pragma once

#include <uv.h>

#include <utility>

namespace penstock::async {

template <class T>
class Handle {
 public:
  Handle() = default;
  /// `initialise` is called with the address of a zeroed T (with data null) and returns a libuv
  /// status; on a negative one the box is freed and status() says why.
  template <class Initialise>
  explicit Handle(Initialise&& initialise) : box_(new T{}) {
    status_ = initialise(box_);
    if (status_ < 0) delete std::exchange(box_, nullptr);
  }
  Handle(Handle&& other) noexcept
      : box_(std::exchange(other.box_, nullptr)), status_(std::exchange(other.status_, 0)) {}
  Handle& operator=(Handle&& other) noexcept {
    std::swap(box_, other.box_);
    std::swap(status_, other.status_);
    return *this;
  }
  ~Handle() { close(); }

  void close() noexcept {
    if (box_ == nullptr) return;
    T* box = std::exchange(box_, nullptr);
    box->data = nullptr;
    uv_close(reinterpret_cast<uv_handle_t*>(box),
             [](uv_handle_t* handle) { delete reinterpret_cast<T*>(handle); });
  }

  explicit operator bool() const noexcept { return box_ != nullptr; }
  int status() const noexcept { return status_; }
  T* get() const noexcept { return box_; }
  T* operator->() const noexcept { return box_; }
  uv_handle_t* base() const noexcept { return reinterpret_cast<uv_handle_t*>(box_); }

 private:
  T* box_ = nullptr;
  int status_ = 0;
};

}  // namespace penstock::async
