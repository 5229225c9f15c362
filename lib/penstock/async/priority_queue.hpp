// PriorityQueue<T, Compare>: a Queue<T> from which the item that compares first leaves first: the
// smallest, as in asyncio, and unlike in std::priority_queue. Equal items leave in the order they
// were put.
//
// A putter that waits for room does not compete yet: putters are let in first come, first served.
// Nor does an item that meets a waiting getter: the queue is empty then, and the item goes to it.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <type_traits>
#include <vector>

#include "penstock/async/queue.hpp"

namespace penstock::async {

/// The one that compares first leaves first; among equals, the oldest. REQUIRES: `compare` does not
/// throw.
template <class T, std::strict_weak_order<const T&, const T&> Compare = std::less<T>>
class PriorityStore {
  static_assert(std::is_nothrow_move_constructible_v<T> && std::is_nothrow_move_assignable_v<T>,
                "a heap moves its items about");

 public:
  explicit PriorityStore(Compare compare = Compare()) : leaves_later_{std::move(compare)} {}

  void push(T&& item) {
    heap_.push_back({std::move(item), next_sequence_++});
    std::ranges::push_heap(heap_, leaves_later_);
  }
  T take() {
    std::ranges::pop_heap(heap_, leaves_later_);
    T item = std::move(heap_.back().item);
    heap_.pop_back();
    return item;
  }
  std::size_t size() const noexcept { return heap_.size(); }
  bool empty() const noexcept { return heap_.empty(); }

 private:
  struct Entry {
    T item;
    std::uint64_t sequence;
  };
  struct LeavesLater {
    Compare compare;
    bool operator()(const Entry& a, const Entry& b) const {
      if (compare(b.item, a.item)) return true;
      return a.sequence > b.sequence && !compare(a.item, b.item);
    }
  };

  LeavesLater leaves_later_;
  std::vector<Entry> heap_;  // front: the next to leave
  std::uint64_t next_sequence_ = 0;
};

template <class T, class Compare = std::less<T>>
using PriorityQueue = Queue<T, PriorityStore<T, Compare>>;

}  // namespace penstock::async
