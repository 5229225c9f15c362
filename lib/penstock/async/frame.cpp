#include "penstock/async/frame.hpp"

#include <array>
#include <cassert>
#include <cstdlib>
#include <new>

namespace penstock::async {
namespace {

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define PENSTOCK_FRAMES_UNPOOLED 1
#endif
#endif

constexpr std::size_t kClassBytes = 64;
constexpr std::size_t kClasses = 64;  // frames up to 4 KiB; larger ones are rare and go to malloc
constexpr std::size_t kKeptPerClass =
    256;  // enough for a full set of workers, little enough to be given back

struct FreeFrame {
  FreeFrame* next;
};

struct FreeLists {
  std::array<FreeFrame*, kClasses> heads{};
  std::array<std::size_t, kClasses> counts{};
  std::size_t live = 0;

  FreeLists() = default;
  FreeLists(const FreeLists&) = delete;
  FreeLists& operator=(const FreeLists&) = delete;
  ~FreeLists() {
    for (FreeFrame* head : heads) {
      while (head != nullptr) std::free(take_first(head));
    }
  }

  static FreeFrame* take_first(FreeFrame*& head) {
    FreeFrame* first = head;
    head = head->next;
    return first;
  }
};

thread_local FreeLists lists;

std::size_t class_of(std::size_t bytes) noexcept {
  return (bytes - 1) / kClassBytes;
}

bool pooled(std::size_t size_class) noexcept {
#ifdef PENSTOCK_FRAMES_UNPOOLED
  (void)size_class;
  return false;
#else
  return size_class < kClasses;
#endif
}

}  // namespace

void* frame_allocate(std::size_t bytes) {
  const std::size_t size_class = class_of(bytes);
  ++lists.live;
  if (pooled(size_class) && lists.heads[size_class] != nullptr) {
    --lists.counts[size_class];
    return FreeLists::take_first(lists.heads[size_class]);
  }
  void* frame = std::malloc(pooled(size_class) ? (size_class + 1) * kClassBytes : bytes);
  if (frame == nullptr) {
    --lists.live;
    throw std::bad_alloc();
  }
  return frame;
}

void frame_release(void* frame, std::size_t bytes) noexcept {
  const std::size_t size_class = class_of(bytes);
  assert(lists.live > 0);
  --lists.live;
  if (!pooled(size_class) || lists.counts[size_class] == kKeptPerClass) {
    std::free(frame);
    return;
  }
  ++lists.counts[size_class];
  lists.heads[size_class] = ::new (frame) FreeFrame{lists.heads[size_class]};
}

std::size_t live_frames() noexcept {
  return lists.live;
}

}  // namespace penstock::async
