// Queue<T>: a bounded queue between tasks, first in, first out. PriorityQueue and LifoQueue, in
// files of their own, differ in the order in which items leave, and in nothing else.
//
// close() says that no more will be put: getters drain what is left, then get std::nullopt, which
// stands for the sentinel of the classic idiom. task_done() and join() count what was taken but not
// yet finished, as in asyncio.
//
// Deliberately absent: resuming a getter inside put(). The getter goes on the ready queue, with its
// item in hand: an item that has been handed over is delivered even if its getter is cancelled in
// the same turn.
#pragma once

#include <cassert>
#include <concepts>
#include <cstddef>
#include <deque>
#include <optional>
#include <stdexcept>
#include <utility>

#include "penstock/async/event.hpp"

namespace penstock::async {

/// put() on a closed queue, or on one that was closed while put() waited.
class QueueClosed : public std::logic_error {
 public:
  QueueClosed() : std::logic_error("the queue is closed") {}
};

/// Where the items of a queue lie, and so the order in which they leave.
template <class S, class T>
concept ItemStore = requires(S& store, const S& seen, T&& item) {
  store.push(std::move(item));
  { store.take() } -> std::same_as<T>;  // never called when empty
  { seen.size() } -> std::same_as<std::size_t>;
  { seen.empty() } -> std::same_as<bool>;
};

/// First in, first out.
template <class T>
class FifoStore {
 public:
  void push(T&& item) { items_.push_back(std::move(item)); }
  T take() {
    T item = std::move(items_.front());
    items_.pop_front();
    return item;
  }
  std::size_t size() const noexcept { return items_.size(); }
  bool empty() const noexcept { return items_.empty(); }

 private:
  std::deque<T> items_;
};

template <class T, ItemStore<T> Store = FifoStore<T>>
class Queue {
 public:
  /// REQUIRES: capacity > 0.
  explicit Queue(std::size_t capacity) noexcept : capacity_(capacity) { assert(capacity > 0); }
  /// The same with a store that is not the usual one, such as one with a comparison that has state.
  Queue(std::size_t capacity, Store store) : capacity_(capacity), items_(std::move(store)) {
    assert(capacity > 0);
  }
  Queue(const Queue&) = delete;
  Queue& operator=(const Queue&) = delete;
  ~Queue() {
    detail::destroy_unawaited("a queue", getters_);
    detail::destroy_unawaited("a queue", putters_);
  }

  class [[nodiscard]] Put;
  class [[nodiscard]] Get;

  /// Waits while the queue is full. Errors: QueueClosed; the item dies with the call, as it does
  /// when cancelled: try_put() leaves it with the caller. Order: first come, first served.
  /// Cancellation: at once; an item that was let in stays in.
  Put put(T item) { return Put(*this, std::move(item)); }

  /// Waits for an item; std::nullopt when the queue is closed and empty. Order: items as their
  /// store says, so here as they were put; getters first come, first served. Cancellation: at once;
  /// an item that was handed over is delivered.
  Get get() noexcept { return Get(*this); }

  /// Moves from `item` and returns true, or leaves it alone when the queue is full or closed.
  bool try_put(T&& item) {
    if (closed_ || full()) return false;
    accept(std::move(item));
    return true;
  }

  /// std::nullopt when there is nothing to be had at once.
  std::optional<T> try_get() {
    if (empty()) return std::nullopt;
    return take();
  }

  /// No more puts. Waiting putters throw QueueClosed; getters drain what is left. Idempotent.
  void close() noexcept {
    closed_ = true;
    while (!putters_.empty()) putters_.pop_front().wake();
    while (!getters_.empty()) getters_.pop_front().wake();
  }
  bool closed() const noexcept { return closed_; }

  /// Says that one item taken earlier is finished with. REQUIRES: one call per item taken.
  void task_done() noexcept {
    assert(unfinished_ > 0 && "task_done() without a get()");
    if (--unfinished_ == 0) all_done_.set();
  }
  /// Waits until every item ever put was taken and reported by task_done(). Cancellation: at once.
  Event::Wait join() noexcept {
    if (unfinished_ == 0) all_done_.set();
    return all_done_.wait();
  }

  std::size_t size() const noexcept { return items_.size(); }
  bool empty() const noexcept { return items_.empty(); }
  bool full() const noexcept { return items_.size() >= capacity_; }
  std::size_t capacity() const noexcept { return capacity_; }

  /// A larger capacity lets putters in at once; a smaller one takes hold as items are taken.
  void set_capacity(std::size_t capacity) {
    assert(capacity > 0);
    capacity_ = capacity;
    admit_putters();
  }

 private:
  class PutAwaiter final : public Waiter {
   public:
    PutAwaiter(Queue& queue, T item) : queue_(queue), item_(std::move(item)) {}
    bool await_ready() {
      if (cancelled_on_entry() || queue_.closed_) return true;
      accepted_ = queue_.try_put(std::move(item_));
      return accepted_;
    }
    template <class Promise>
    void await_suspend(std::coroutine_handle<Promise> handle) noexcept {
      suspend(handle);
      queue_.putters_.push_back(*this);
    }
    void await_resume() const {
      throw_if_cancelled();
      if (!accepted_) throw QueueClosed();
    }

   private:
    friend class Queue;
    std::string_view waits_for() const noexcept override { return "room in a queue"; }
    void on_cancel() noexcept override {
      unlink();
      wake_cancelled();
    }
    Queue& queue_;
    T item_;
    bool accepted_ = false;
  };

  class GetAwaiter final : public Waiter {
   public:
    explicit GetAwaiter(Queue& queue) noexcept : queue_(queue) {}
    bool await_ready() {
      if (cancelled_on_entry()) return true;
      item_ = queue_.try_get();
      return item_.has_value() || queue_.closed_;
    }
    template <class Promise>
    void await_suspend(std::coroutine_handle<Promise> handle) noexcept {
      suspend(handle);
      queue_.getters_.push_back(*this);
    }
    std::optional<T> await_resume() {
      throw_if_cancelled();
      return std::move(item_);
    }

   private:
    friend class Queue;
    std::string_view waits_for() const noexcept override { return "an item of a queue"; }
    void on_cancel() noexcept override {
      unlink();
      wake_cancelled();
    }
    Queue& queue_;
    std::optional<T> item_;
  };

  void accept(T&& item) {
    if (unfinished_++ == 0) all_done_.clear();
    if (getters_.empty()) {
      items_.push(std::move(item));
      return;
    }
    GetAwaiter& getter = getters_.pop_front();
    getter.item_.emplace(std::move(item));
    getter.wake();
  }

  T take() {
    T item = items_.take();
    admit_putters();
    return item;
  }

  void admit_putters() {
    while (!putters_.empty() && !full()) {
      PutAwaiter& putter = putters_.pop_front();
      putter.accepted_ = true;
      accept(std::move(putter.item_));
      putter.wake();
    }
  }

  std::size_t capacity_;
  Store items_;
  IntrusiveList<GetAwaiter> getters_;
  IntrusiveList<PutAwaiter> putters_;
  Event all_done_;
  std::size_t unfinished_ = 0;
  bool closed_ = false;
};

template <class T, ItemStore<T> Store>
class Queue<T, Store>::Put {
 public:
  Put(Queue& queue, T item) : queue_(&queue), item_(std::move(item)) {}
  auto operator co_await() && { return PutAwaiter(*queue_, std::move(item_)); }

 private:
  Queue* queue_;
  T item_;
};

template <class T, ItemStore<T> Store>
class Queue<T, Store>::Get {
 public:
  explicit Get(Queue& queue) noexcept : queue_(&queue) {}
  auto operator co_await() const noexcept { return GetAwaiter(*queue_); }

 private:
  Queue* queue_;
};

}  // namespace penstock::async
