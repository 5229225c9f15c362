// A doubly linked list through hooks that live in its elements: no allocation, O(1) unlink from
// anywhere. Used for wait queues, the tasks of a loop and the scopes of a scope. It owns nothing.
#pragma once

#include <cassert>
#include <cstddef>

namespace penstock::async {

/// Base of anything that can stand in an IntrusiveList<T, Tag>. An element dies unlinked, or the
/// program does. `Tag` lets one object stand in several lists at once.
template <class Tag>
class ListHook {
 public:
  ListHook() = default;
  ListHook(const ListHook&) = delete;
  ListHook& operator=(const ListHook&) = delete;
  ~ListHook() { assert(!linked() && "destroyed while still in a list"); }

  bool linked() const noexcept { return next_ != nullptr; }

  void unlink() noexcept {
    assert(linked());
    prev_->next_ = next_;
    next_->prev_ = prev_;
    prev_ = next_ = nullptr;
  }

 private:
  template <class T, class>
  friend class IntrusiveList;

  ListHook* prev_ = nullptr;
  ListHook* next_ = nullptr;
};

struct DefaultTag {};

template <class T, class Tag = DefaultTag>
class IntrusiveList {
 public:
  using Hook = ListHook<Tag>;

  IntrusiveList() noexcept { head_.prev_ = head_.next_ = &head_; }
  IntrusiveList(const IntrusiveList&) = delete;
  IntrusiveList& operator=(const IntrusiveList&) = delete;
  ~IntrusiveList() {
    assert(empty() && "a list dies empty");
    head_.prev_ = head_.next_ = nullptr;
  }

  bool empty() const noexcept { return head_.next_ == &head_; }

  T& front() noexcept {
    assert(!empty());
    return static_cast<T&>(*head_.next_);
  }

  void push_back(T& element) noexcept {
    Hook& hook = element;
    assert(!hook.linked());
    hook.prev_ = head_.prev_;
    hook.next_ = &head_;
    head_.prev_->next_ = &hook;
    head_.prev_ = &hook;
  }

  T& pop_front() noexcept {
    T& first = front();
    static_cast<Hook&>(first).unlink();
    return first;
  }

  /// Calls `f` on each element in order; `f` may unlink the element it is given, and no other.
  template <class F>
  void for_each(F&& f) {
    for (Hook* hook = head_.next_; hook != &head_;) {
      Hook* next = hook->next_;
      f(static_cast<T&>(*hook));
      hook = next;
    }
  }

  /// O(n); for reports and tests.
  std::size_t size() const noexcept {
    std::size_t count = 0;
    for (const Hook* hook = head_.next_; hook != &head_; hook = hook->next_) ++count;
    return count;
  }

 private:
  Hook head_;
};

}  // namespace penstock::async
