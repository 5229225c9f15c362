// Writer: the thread that carries lines from the spool to the outlet.
//
//   asleep ──a line──▶ writing ──▶ gathering ──5 ms without a line──▶ asleep
//                         ▲            │
//                         └─5 ms, an error, or a full batch
//
// Gathering makes few writes of many lines, and spares callers the price of waking a thread.
//
// spdlog's own asynchronous logger is not used: its queue is bounded in lines, not bytes; it
// allocates for lines beyond 250 bytes; it cannot say when lines were lost; and it ends by waiting,
// without a bound, for room in a full queue and for a stalled sink.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <thread>

#include "penstock/log/format.hpp"
#include "penstock/log/outlet.hpp"

namespace penstock::log {

class Writer {
 public:
  /// `renderer` shapes the line that reports losses. Errors: std::system_error when no thread is to
  /// be had.
  Writer(std::unique_ptr<Outlet> outlet, Renderer renderer, std::size_t spool_bytes);
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;
  /// REQUIRES: stop() was called.
  ~Writer();

  /// Never waits for the reader. Thread-safe.
  void push(Level level, std::string_view line) noexcept;

  /// Writes out what is left, for at most `patience`, and ends the thread. A thread that a blocking
  /// write does not give back is left behind.
  void stop(std::chrono::milliseconds patience) noexcept;

  std::size_t pending() const noexcept;
  std::uint64_t dropped() const noexcept;
  std::uint64_t beats() const noexcept;

 private:
  class Shared;

  const std::shared_ptr<Shared> shared_;  // the thread's too, if it is left behind
  std::thread thread_;
};

}  // namespace penstock::log
