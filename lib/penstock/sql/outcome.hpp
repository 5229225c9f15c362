// Outcome: how a body ended, kept until what must follow it has been done.
#pragma once

#include <exception>
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

#include "penstock/async/task.hpp"

namespace penstock::sql::detail {

template <class T>
class Outcome {
 public:
  /// Awaits `work` and lets nothing pass, not even Cancelled: take() throws it on.
  static async::Task<Outcome> of(async::Task<T> work) {
    Outcome outcome;
    try {
      if constexpr (std::is_void_v<T>) {
        co_await std::move(work);
      } else {
        outcome.value_.emplace(co_await std::move(work));
      }
    } catch (...) {
      outcome.error_ = std::current_exception();
    }
    co_return outcome;
  }

  bool failed() const noexcept { return error_ != nullptr; }
  /// What the body returned, or threw.
  T take() {
    if (error_) std::rethrow_exception(error_);
    if constexpr (!std::is_void_v<T>) return std::move(*value_);
  }

 private:
  std::optional<std::conditional_t<std::is_void_v<T>, std::monostate, T>> value_;
  std::exception_ptr error_;
};

}  // namespace penstock::sql::detail
