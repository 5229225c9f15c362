#include "penstock/async/timer_heap.hpp"

#include <cassert>

namespace penstock::async {

Timer::~Timer() {
  assert(!scheduled() && "a timer dies cancelled or fired");
}

bool TimerHeap::before(const Timer& a, const Timer& b) noexcept {
  return a.due_ != b.due_ ? a.due_ < b.due_ : a.sequence_ < b.sequence_;
}

void TimerHeap::place(std::size_t index, Timer* timer) noexcept {
  heap_[index] = timer;
  timer->index_ = index;
}

void TimerHeap::sift_up(std::size_t index) noexcept {
  Timer* moving = heap_[index];
  while (index > 0) {
    const std::size_t parent = (index - 1) / 2;
    if (!before(*moving, *heap_[parent])) break;
    place(index, heap_[parent]);
    index = parent;
  }
  place(index, moving);
}

void TimerHeap::sift_down(std::size_t index) noexcept {
  Timer* moving = heap_[index];
  for (;;) {
    std::size_t child = 2 * index + 1;
    if (child >= heap_.size()) break;
    if (child + 1 < heap_.size() && before(*heap_[child + 1], *heap_[child])) ++child;
    if (!before(*heap_[child], *moving)) break;
    place(index, heap_[child]);
    index = child;
  }
  place(index, moving);
}

void TimerHeap::schedule(Timer& timer, TimePoint due) {
  assert(!timer.scheduled());
  heap_.push_back(&timer);
  timer.due_ = due;
  timer.sequence_ = next_sequence_++;
  timer.index_ = heap_.size() - 1;
  sift_up(timer.index_);
}

void TimerHeap::cancel(Timer& timer) noexcept {
  assert(timer.scheduled());
  const std::size_t hole = timer.index_;
  timer.index_ = Timer::kNowhere;
  Timer* last = heap_.back();
  heap_.pop_back();
  if (last == &timer) return;
  place(hole, last);
  sift_up(hole);
  sift_down(last->index_);
}

void TimerHeap::fire(TimePoint now) noexcept {
  const std::uint64_t horizon = next_sequence_;
  while (!heap_.empty() && heap_.front()->due_ <= now && heap_.front()->sequence_ < horizon) {
    Timer* due = heap_.front();
    cancel(*due);
    due->on_timer();
  }
}

}  // namespace penstock::async
