// LifoQueue<T>: a Queue<T> from which the item that was put last leaves first.
//
// A putter that waits for room has not put its item yet: putters are let in first come, first
// served.
#pragma once

#include <vector>

#include "penstock/async/queue.hpp"

namespace penstock::async {

/// Last in, first out.
template <class T>
class LifoStore {
 public:
  void push(T&& item) { items_.push_back(std::move(item)); }
  T take() {
    T item = std::move(items_.back());
    items_.pop_back();
    return item;
  }
  std::size_t size() const noexcept { return items_.size(); }
  bool empty() const noexcept { return items_.empty(); }

 private:
  std::vector<T> items_;
};

template <class T>
using LifoQueue = Queue<T, LifoStore<T>>;

}  // namespace penstock::async
