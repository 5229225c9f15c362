// Channel<T>: a bounded queue between loops: what Queue<T> is between the tasks of one. Any thread
// that runs a loop puts and gets.
//
// An item that is there for a waiting getter is handed to it at once, and the getter's loop told;
// from then on the item is the getter's, even if it is cancelled before it runs. One wake-up of a
// loop serves all that was handed over since the last (see Mailbox).
#pragma once

#include <cassert>
#include <deque>
#include <mutex>
#include <optional>

#include "penstock/async/outside_waiter.hpp"
#include "penstock/async/queue.hpp"

namespace penstock::async {

template <class T>
class Channel {
 public:
  /// REQUIRES: capacity > 0.
  explicit Channel(std::size_t capacity) noexcept : capacity_(capacity) { assert(capacity > 0); }
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;
  ~Channel() {
    assert(getters_.empty() && putters_.empty() && "a channel is destroyed while tasks wait on it");
  }

  class [[nodiscard]] Put;
  class [[nodiscard]] Get;

  /// Waits while the channel is full. Errors: QueueClosed; the item dies with the call, as it does
  /// when cancelled. Order: first come, first served. Cancellation: at once; an item that was let
  /// in stays in.
  Put put(T item) { return Put(*this, std::move(item)); }

  /// Waits for an item; std::nullopt when the channel is closed and empty. Order: items as they
  /// were put; getters first come, first served. Cancellation: at once; an item that was handed
  /// over is delivered.
  Get get() noexcept { return Get(*this); }

  /// Moves from `item` and returns true, or leaves it alone when the channel is full or closed.
  /// From any thread, with a loop or without.
  bool try_put(T&& item) {
    const std::lock_guard lock(mutex_);
    return take_in(std::move(item));
  }

  /// std::nullopt when there is nothing to be had at once. From any thread.
  std::optional<T> try_get() {
    const std::lock_guard lock(mutex_);
    return take_out();
  }

  /// No more puts. Waiting putters throw QueueClosed; getters drain what is left. From any thread.
  /// Idempotent.
  void close() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    while (!putters_.empty()) putters_.pop_front().wake_from_outside();
    while (!getters_.empty()) getters_.pop_front().wake_from_outside();
  }

 private:
  /// What both kinds of waiters do: complete at once or stand in line, and leave it when cancelled.
  template <class Awaiter>
  class InLine : public OutsideWaiter {
   public:
    bool await_ready() noexcept { return cancelled_on_entry(); }
    template <class Promise>
    bool await_suspend(std::coroutine_handle<Promise> handle) {
      const std::lock_guard lock(channel_.mutex_);
      auto& self = static_cast<Awaiter&>(*this);
      if (self.complete()) return false;
      expect_outside();
      suspend(handle);
      self.line().push_back(self);
      return true;
    }

   protected:
    explicit InLine(Channel& channel) noexcept : channel_(channel) {}
    ~InLine() = default;
    Channel& channel_;

   private:
    void on_cancel() noexcept override {
      {
        const std::lock_guard lock(channel_.mutex_);
        if (!linked()) return;  // served already: its wake-up is on its way
        unlink();
      }
      wake_withdrawn();
    }
  };

  class PutAwaiter final : public InLine<PutAwaiter> {
   public:
    PutAwaiter(Channel& channel, T item) : InLine<PutAwaiter>(channel), item_(std::move(item)) {}
    void await_resume() const {
      this->throw_if_cancelled();
      if (!accepted_) throw QueueClosed();
    }

   private:
    friend class Channel;
    friend class InLine<PutAwaiter>;
    bool complete() {
      accepted_ = this->channel_.take_in(std::move(item_));
      return accepted_ || this->channel_.closed_;
    }
    auto& line() noexcept { return this->channel_.putters_; }
    std::string_view waits_for() const noexcept override { return "room in a channel"; }

    T item_;
    bool accepted_ = false;
  };

  class GetAwaiter final : public InLine<GetAwaiter> {
   public:
    explicit GetAwaiter(Channel& channel) noexcept : InLine<GetAwaiter>(channel) {}
    std::optional<T> await_resume() {
      this->throw_if_cancelled();
      return std::move(item_);
    }

   private:
    friend class Channel;
    friend class InLine<GetAwaiter>;
    bool complete() {
      item_ = this->channel_.take_out();
      return item_.has_value() || this->channel_.closed_;
    }
    auto& line() noexcept { return this->channel_.getters_; }
    std::string_view waits_for() const noexcept override { return "an item of a channel"; }

    std::optional<T> item_;
  };

  // All below hold mutex_.

  bool take_in(T&& item) {
    if (closed_ || items_.size() >= capacity_) return false;
    accept(std::move(item));
    return true;
  }

  void accept(T&& item) {
    if (getters_.empty()) {
      items_.push_back(std::move(item));
      return;
    }
    GetAwaiter& getter = getters_.pop_front();
    getter.item_.emplace(std::move(item));
    getter.wake_from_outside();
  }

  std::optional<T> take_out() {
    if (items_.empty()) return std::nullopt;
    std::optional<T> item(std::move(items_.front()));
    items_.pop_front();
    if (!putters_.empty()) {
      PutAwaiter& putter = putters_.pop_front();
      putter.accepted_ = true;
      accept(std::move(putter.item_));
      putter.wake_from_outside();
    }
    return item;
  }

  const std::size_t capacity_;
  std::mutex mutex_;
  std::deque<T> items_;  // guarded by mutex_, as all below
  IntrusiveList<GetAwaiter> getters_;
  IntrusiveList<PutAwaiter> putters_;
  bool closed_ = false;
};

template <class T>
class Channel<T>::Put {
 public:
  Put(Channel& channel, T item) : channel_(&channel), item_(std::move(item)) {}
  auto operator co_await() && { return PutAwaiter(*channel_, std::move(item_)); }

 private:
  Channel* channel_;
  T item_;
};

template <class T>
class Channel<T>::Get {
 public:
  explicit Get(Channel& channel) noexcept : channel_(&channel) {}
  auto operator co_await() const noexcept { return GetAwaiter(*channel_); }

 private:
  Channel* channel_;
};

}  // namespace penstock::async
