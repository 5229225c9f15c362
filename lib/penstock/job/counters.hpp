// What a queue has done, counted by this instance and added to `QUEUE:stats` from time to time.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <utility>

namespace penstock::job {

struct Counters {
  std::uint64_t done = 0;
  std::uint64_t failed = 0;  // attempts that ended in retry or bury
  std::uint64_t retried = 0;
  std::uint64_t snoozed = 0;
  std::uint64_t buried = 0;
  std::uint64_t dropped = 0;
  std::uint64_t expired = 0;
  std::uint64_t crashed = 0;  // runs that ended with their instance
  std::uint64_t late = 0;     // outcomes of jobs that were no longer ours

  using Field = std::pair<std::string_view, std::uint64_t Counters::*>;
  static constexpr std::array<Field, 9> kFields{{{"done", &Counters::done},
                                                 {"failed", &Counters::failed},
                                                 {"retried", &Counters::retried},
                                                 {"snoozed", &Counters::snoozed},
                                                 {"buried", &Counters::buried},
                                                 {"dropped", &Counters::dropped},
                                                 {"expired", &Counters::expired},
                                                 {"crashed", &Counters::crashed},
                                                 {"late", &Counters::late}}};

  bool operator==(const Counters&) const = default;

  Counters operator-(const Counters& earlier) const {
    Counters difference;
    for (const auto& [name, member] : kFields) difference.*member = this->*member - earlier.*member;
    return difference;
  }
};

}  // namespace penstock::job
