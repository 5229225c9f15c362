// History: what the jobs' own commands say happened, written outside the system under test.
#pragma once

#include <chrono>
#include <filesystem>
#include <ios>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "support/temp_dir.hpp"

namespace penstock::test {

using Moment = std::chrono::steady_clock::time_point;

/// One start of one id.
struct Run {
  std::string job;
  unsigned run = 0;
  unsigned attempt = 0;
  int pid = 0;
  int parent = 0;  // as it started: the daemon, unless that was dead by then
  Moment started{};
  std::optional<Moment> ended = {};
};

class History {
 public:
  /// The `exec` list, as YAML, of a command that writes to this history. The payload is
  /// {"id":…,"ms":…,"exit":…}; the last two may be missing.
  std::string exec(int ms = 0) const;

  const std::filesystem::path file() const { return dir_ / "history"; }

  /// All runs so far, by the id in the payload, each in the order of `run`.
  std::map<std::string, std::vector<Run>> runs() const;
  /// The ids in the order of their starts.
  std::vector<std::string> starts() const;
  /// How many runs have ended.
  std::size_t ends() const;
  std::size_t starts_of(const std::string& id) const;

 private:
  TempDir dir_;
  mutable std::streamoff counted_ = 0;  // bytes of the file, whose ends were counted
  mutable std::size_t ends_ = 0;
};

/// Runs of jobs that were pushed, held against the faults that were made. Each returned line is a
/// fault of the system under test.
struct Checked {
  std::size_t ids = 0;
  std::size_t ran_once = 0;
  std::size_t ran_again = 0;
  std::size_t overlapped = 0;  // a run began before the one before it had ended
  std::vector<std::string> wrong = {};
};

/// All daemons there were, and when each was killed.
using Deaths = std::map<int, Moment>;
inline constexpr Moment kAlive = Moment::max();

/// An id may run again when the daemon that ran it was killed before its outcome can be expected in
/// Redis.
Checked check(const std::set<std::string>& acknowledged, const std::set<std::string>& maybe,
              const std::map<std::string, std::vector<Run>>& runs, const Deaths& deaths);

}  // namespace penstock::test
