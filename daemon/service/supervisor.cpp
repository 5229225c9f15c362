#include "daemon/service/supervisor.hpp"

#include <systemd/sd-daemon.h>

#include <algorithm>

#include "penstock/async/sleep.hpp"
#include "penstock/log/log.hpp"

namespace penstock::service {
namespace {

using namespace std::chrono_literals;

constexpr auto kReport = 2s;  // how often the status line may change

void tell(const std::string& state) {
  sd_notify(0, state.c_str());
}

/// A third of the watchdog's time: two meals may be late.
async::Duration feeding_interval() {
  std::uint64_t microseconds = 0;
  if (sd_watchdog_enabled(0, &microseconds) <= 0) return async::Duration::max();
  return std::chrono::microseconds(microseconds / 3);
}

}  // namespace

async::Task<> Supervisor::run() {
  if (sd_notify(0, "") <= 0) co_return;  // no NOTIFY_SOCKET
  const async::Duration interval = std::min<async::Duration>(kReport, feeding_interval());
  for (;;) {
    report_status();
    if (moves()) tell("WATCHDOG=1");
    co_await async::sleep(interval);
  }
}

void Supervisor::ready() {
  tell("READY=1\nSTATUS=" + status());
}

void Supervisor::reloading() {
  const auto now =
      std::chrono::duration_cast<std::chrono::microseconds>(async::Clock::now().time_since_epoch());
  tell("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(now.count()));
}

void Supervisor::reloaded() {
  ready();
}

void Supervisor::stopping(std::chrono::milliseconds patience) {
  stopping_ = true;
  tell("STOPPING=1\nEXTEND_TIMEOUT_USEC=" +
       std::to_string(std::chrono::microseconds(patience).count()));
}

void Supervisor::report_status() {
  std::string now = status();
  if (now == last_status_) return;
  tell("STATUS=" + now);
  last_status_ = std::move(now);
}

std::string Supervisor::status() const {
  const redis::Endpoint::Status redis = instance_.redis_status();
  if (redis.connections == 0)
    return "waiting for Redis: " + (redis.error.empty() ? "connecting" : redis.error);
  std::size_t buffered = 0;
  std::string breakers;
  for (const auto& lane : instance_.status()) {
    buffered += lane.buffered;
    if (lane.breaker != async::CircuitBreaker::State::kClosed) {
      breakers += ", breaker " + lane.queue + " " + async::to_string(lane.breaker);
    }
  }
  const char* state = stopping_             ? "stopping, "
                      : instance_.quiet()   ? "quiet, "
                      : instance_.working() ? ""
                                            : "starting, ";
  return state + std::to_string(instance_.running()) + " running, " + std::to_string(buffered) +
         " buffered" + breakers;
}

/// False when a lane has jobs, workers and slots, and has not taken a step since the last look; or
/// when the log's thread is stuck.
bool Supervisor::moves() {
  bool all_move = true;
  const bool slots_free = instance_.running() < instance_.slots();
  for (const auto& lane : instance_.status()) {
    std::uint64_t& last = steps_[lane.queue];
    const bool could_work =
        lane.buffered > 0 && lane.running < lane.concurrency && slots_free && instance_.working();
    if (could_work && lane.steps == last) all_move = false;
    last = lane.steps;
  }
  const log::Stats logged = log::stats();
  if (logged.pending > 0 && logged.beats == log_beats_) all_move = false;
  log_beats_ = logged.beats;
  return all_move;
}

}  // namespace penstock::service
