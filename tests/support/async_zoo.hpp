// Adversarial helpers for the tests of coroutines: objects that notice how they are treated, tasks
// that misbehave, operations that end late.
#pragma once

#include <catch2/catch.hpp>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "penstock/async/event.hpp"
#include "penstock/async/sleep.hpp"
#include "penstock/async/task.hpp"

namespace penstock::test {

/// Move-only. Notices bitwise copies, use after a move and double destruction, and counts who
/// lives.
class Tracked {
 public:
  explicit Tracked(int number = 0) : number_(number) { ++live_; }
  Tracked(Tracked&& other) noexcept : number_(other.number()) {
    other.number_ = kMovedFrom;
    ++live_;
  }
  Tracked& operator=(Tracked&& other) noexcept {
    check();
    std::swap(number_, other.number_);
    return *this;
  }
  ~Tracked() {
    check();
    self_ = nullptr;
    --live_;
  }

  int number() const noexcept {
    check();
    return number_;
  }
  bool moved_from() const noexcept { return number_ == kMovedFrom; }

  /// How many there are in the program.
  static int live() noexcept { return live_; }

 private:
  static constexpr int kMovedFrom = -1;

  void check() const noexcept {
    if (self_ != this) std::abort();
  }

  const Tracked* self_ = this;
  int number_;
  static inline int live_ = 0;
};

/// Moves well `moves` times, then throws.
class ThrowsOnMove {
 public:
  explicit ThrowsOnMove(int moves = 0) noexcept : moves_(moves) {}
  ThrowsOnMove(ThrowsOnMove&& other) : moves_(other.moves_ - 1) {
    if (moves_ < 0) throw std::runtime_error("moved once too often");
  }
  ThrowsOnMove& operator=(ThrowsOnMove&&) = delete;
  ~ThrowsOnMove() = default;

 private:
  int moves_;
};

/// The order of events as one line: `journal("a"); journal("b"); CHECK(journal.text() == "a b")`.
class Journal {
 public:
  void operator()(std::string_view event) {
    if (!text_.empty()) text_ += ' ';
    text_ += event;
  }
  const std::string& text() const noexcept { return text_; }

 private:
  std::string text_;
};

/// How a task ended.
enum class Ended { kNot, kValue, kCancelled, kError };

/// Awaits `work`, notes in `ended` how it ends, and lets a Cancelled pass. An error is kept back.
template <class T>
async::Task<> observe(async::Task<T> work, Ended& ended) {
  CHECK(ended == Ended::kNot);
  try {
    co_await std::move(work);
    ended = Ended::kValue;
  } catch (const async::Cancelled&) {
    ended = Ended::kCancelled;
    throw;
  } catch (const std::exception&) {
    ended = Ended::kError;
  }
}

/// Awaits `work` and lets nothing pass, not even Cancelled: what no code should do.
template <class T>
async::Task<Ended> swallow(async::Task<T> work) {
  try {
    co_await std::move(work);
  } catch (const async::Cancelled&) {
    co_return Ended::kCancelled;
  } catch (...) {
    co_return Ended::kError;
  }
  co_return Ended::kValue;
}

/// Returns `value` after `delay`.
template <class T>
async::Task<T> value_after(async::Duration delay, T value) {
  co_await async::sleep(delay);
  co_return value;
}

/// Throws std::runtime_error(`what`) after `delay`.
inline async::Task<> error_after(async::Duration delay, std::string what) {
  co_await async::sleep(delay);
  throw std::runtime_error(what);
}

inline async::Task<> forever() {
  co_await async::sleep(async::Duration::max());
}

/// An operation that is not cancelled at once: it ends when `finish` is called, as cancelled if
/// that was asked for. Like a write in flight.
class LateWaiter final : public async::Waiter {
 public:
  bool await_ready() noexcept { return cancelled_on_entry(); }
  template <class Promise>
  void await_suspend(std::coroutine_handle<Promise> handle) noexcept {
    suspend(handle);
  }
  void await_resume() const { throw_if_cancelled(); }

  bool asked_to_cancel() const noexcept { return asked_; }
  void finish() noexcept {
    if (asked_) {
      wake_cancelled();
    } else {
      wake();
    }
  }

 private:
  void on_cancel() noexcept override { asked_ = true; }
  bool asked_ = false;
};

}  // namespace penstock::test
