#include "penstock/async/frame.hpp"

#include <catch2/catch.hpp>
#include <cstring>
#include <thread>
#include <vector>

namespace penstock::test {
namespace {

using namespace penstock::async;

TEST_CASE("live frames are counted") {
  const std::size_t before = live_frames();
  void* frame = frame_allocate(100);
  CHECK(live_frames() == before + 1);
  frame_release(frame, 100);
  CHECK(live_frames() == before);
}

TEST_CASE("a frame has room for its size, whatever it is, first and reused") {
  for (int round = 0; round < 2; ++round) {
    for (const std::size_t bytes : {1U, 63U, 64U, 65U, 4095U, 4096U, 4097U, 100'000U}) {
      void* frame = frame_allocate(bytes);
      std::memset(frame, 0xff, bytes);
      frame_release(frame, bytes);
    }
  }
}

TEST_CASE("frames alive at one time are distinct") {
  std::vector<void*> frames;
  for (int i = 0; i < 1000; ++i) frames.push_back(frame_allocate(200));
  for (void* frame : frames) frame_release(frame, 200);
  std::vector<void*> again;
  for (int i = 0; i < 1000; ++i) again.push_back(frame_allocate(200));
  for (void* frame : again) std::memset(frame, 0xff, 200);
  std::ranges::sort(again);
  CHECK(std::ranges::adjacent_find(again) == again.end());
  for (void* frame : again) frame_release(frame, 200);
}

TEST_CASE("each thread counts and keeps its own frames") {
  const std::size_t before = live_frames();
  void* frame = frame_allocate(100);
  std::size_t elsewhere = 1;
  std::thread([&] {
    elsewhere = live_frames();
    frame_release(frame_allocate(100), 100);
  }).join();
  CHECK(elsewhere == 0);
  frame_release(frame, 100);
  CHECK(live_frames() == before);
}

}  // namespace
}  // namespace penstock::test
