#include "penstock/redis/outage_log.hpp"

#include "penstock/log/log.hpp"

namespace penstock::redis {
namespace {

constexpr std::chrono::seconds kQuiet{30};

}  // namespace

bool OutageLog::may_speak(async::TimePoint now) noexcept {
  if (spoke_ && now - *spoke_ < kQuiet) return false;
  spoke_ = now;
  return true;
}

void OutageLog::lost(async::TimePoint now, const Error& error) {
  began_ = now;
  tries_ = 0;
  announced_ = may_speak(now);
  if (!announced_) {
    ++unspoken_;
    log::debug("connection to Redis lost", {{"redis", server_}, {"error", error.what()}});
    return;
  }
  log::warning(
      "connection to Redis lost; reconnecting",
      {{"redis", server_}, {"error", error.what()}, {"lost_before", std::exchange(unspoken_, 0)}});
}

void OutageLog::still_away(async::TimePoint now, const Error& error, std::string_view breaker) {
  ++tries_;
  if (!began_) began_ = now;
  if (!may_speak(now)) return;
  announced_ = true;
  log::warning("Redis is not usable yet; still trying", {{"redis", server_},
                                                         {"error", error.what()},
                                                         {"tries", tries_},
                                                         {"away_ms", now - *began_},
                                                         {"breaker", breaker},
                                                         {"lost_before", unspoken_}});
}

void OutageLog::back(async::TimePoint now, std::string_view version) {
  const log::Level level =
      std::exchange(announced_, false) ? log::Level::kInfo : log::Level::kDebug;
  log::write(level, "connected to Redis",
             {{"redis", server_},
              {"version", version},
              {"tries", tries_ + 1},
              {"away_ms", now - began_.value_or(now)}});
}

}  // namespace penstock::redis
