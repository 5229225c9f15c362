// Handle<T>: a libuv handle (uv_tcp_t, uv_poll_t, …) owned by an object.
//
// libuv needs a handle's memory until its close callback has run, so the handle sits in a box of
// its own, which the callback frees. Destroying a Handle closes it; the loop's shutdown waits for
// what is left. A Handle that outlives its loop finds the handle closed, and only frees the box.
#pragma once

#include <uv.h>

#include <memory>
#include <utility>

namespace penstock::async {

template <class T>
class Handle {
 public:
  Handle() = default;
  /// `initialise` is called with the address of a zeroed T (with data null) and returns a libuv
  /// status; on a negative one the box is freed and status() says why. When it throws, libuv must
  /// not know the handle yet.
  template <class Initialise>
  explicit Handle(Initialise&& initialise) {
    auto box = std::make_unique<T>();
    status_ = initialise(box.get());
    if (status_ >= 0) box_ = box.release();
  }
  Handle(Handle&& other) noexcept
      : box_(std::exchange(other.box_, nullptr)), status_(std::exchange(other.status_, 0)) {}
  Handle& operator=(Handle&& other) noexcept {
    std::swap(box_, other.box_);
    std::swap(status_, other.status_);
    return *this;
  }
  ~Handle() { close(); }

  /// Closes the handle now; callbacks that libuv still owes it find `data` null. Idempotent.
  void close() noexcept {
    if (box_ == nullptr) return;
    const bool closed_by_loop = uv_is_closing(base()) != 0;
    T* box = std::exchange(box_, nullptr);
    box->data = nullptr;
    if (closed_by_loop) {
      delete box;
      return;
    }
    uv_close(reinterpret_cast<uv_handle_t*>(box),
             [](uv_handle_t* handle) { delete reinterpret_cast<T*>(handle); });
  }

  explicit operator bool() const noexcept { return box_ != nullptr; }
  /// What `initialise` returned.
  int status() const noexcept { return status_; }
  T* get() const noexcept { return box_; }
  T* operator->() const noexcept { return box_; }
  uv_handle_t* base() const noexcept { return reinterpret_cast<uv_handle_t*>(box_); }

 private:
  T* box_ = nullptr;
  int status_ = 0;
};

}  // namespace penstock::async
