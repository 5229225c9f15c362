// OutageLog: how a server that is away appears in the log: a line when it is lost, one in 30 s
// while that lasts, one when it is back.
//
// A connection that flaps is an outage that was spoken of lately: its turns are counted into the
// next line, so that no fault whatever writes more than four lines a minute.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "penstock/async/clock.hpp"
#include "penstock/redis/error.hpp"

namespace penstock::redis {

class OutageLog {
 public:
  /// `server` is the address that lines name; must outlive the log.
  explicit OutageLog(std::string_view server) noexcept : server_(server) {}

  void lost(async::TimePoint now, const Error& error);
  /// An attempt failed, or Redis is not ready yet.
  void still_away(async::TimePoint now, const Error& error, std::string_view breaker);
  void back(async::TimePoint now, std::string_view version);

 private:
  bool may_speak(async::TimePoint now) noexcept;

  std::string_view server_;
  std::optional<async::TimePoint> began_;
  std::optional<async::TimePoint> spoke_;
  std::uint64_t tries_ = 0;     // in vain, in this outage
  std::uint64_t unspoken_ = 0;  // outages since the last line
  bool announced_ = true;       // the first connection is worth a line
};

}  // namespace penstock::redis
