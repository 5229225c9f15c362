#include "support/history.hpp"

#include <algorithm>
#include <fstream>

namespace penstock::test {
namespace {

using namespace std::chrono_literals;

// From a command's last line to its outcome in Redis: the daemon has to hear of it on a busy
// machine.
constexpr auto kOutcomeOnItsWay = 1s;

struct Event {
  std::string id;
  Run run;
  bool start = false;
  Moment at{};
};

bool read(std::istream& file, Event& event) {
  std::string run;
  std::string attempt;
  std::string what;
  long long nanoseconds = 0;
  event.run = {};
  if (!(file >> event.id >> event.run.job >> run >> attempt >> event.run.pid >> event.run.parent >>
        what >> nanoseconds))
    return false;
  event.run.run = static_cast<unsigned>(std::stoul(run));
  event.run.attempt = static_cast<unsigned>(std::stoul(attempt));
  event.start = what == "start";
  event.at = Moment(std::chrono::nanoseconds(nanoseconds));
  return true;
}

/// Whether the daemon of `first` died so early that the job had to be run once more.
bool justified(const Run& first, const Deaths& deaths) {
  const auto death = deaths.find(first.parent);
  if (death == deaths.end()) return true;  // dead before the command could ask for its parent
  if (death->second == kAlive) return false;
  return !first.ended || death->second < *first.ended + kOutcomeOnItsWay;
}

void check_repeats(const std::string& id, const std::vector<Run>& runs, const Deaths& deaths,
                   Checked& checked) {
  for (std::size_t i = 1; i < runs.size(); ++i) {
    const Run& first = runs[i - 1];
    const Run& second = runs[i];
    const std::string name = id + ", run " + std::to_string(second.run);
    if (second.job != first.job) checked.wrong.push_back(name + ": another job id");
    if (second.run <= first.run) checked.wrong.push_back(name + ": run does not grow");
    if (!justified(first, deaths)) checked.wrong.push_back(name + ": no fault explains it");
    if (!first.ended || *first.ended > second.started) ++checked.overlapped;
  }
}

}  // namespace

std::string History::exec(int ms) const {
  return std::string("[\"" PENSTOCK_HISTORY_HANDLER "\", \"") + file().string() +
         "\", \"{{id}}\", \"{{ms|" + std::to_string(ms) + "}}\", \"{{exit|0}}\"]";
}

std::map<std::string, std::vector<Run>> History::runs() const {
  std::map<std::string, std::vector<Run>> all;
  std::ifstream file(this->file());
  for (Event event; read(file, event);) {
    std::vector<Run>& runs = all[event.id];
    if (event.start) {
      event.run.started = event.at;
      runs.push_back(event.run);
    } else {
      const auto same = [&](const Run& run) { return run.pid == event.run.pid && !run.ended; };
      const auto found = std::ranges::find_if(runs, same);
      if (found != runs.end()) found->ended = event.at;
    }
  }
  // A command whose daemon was killed just after it had started it may come late to its first line.
  for (auto& [id, runs] : all) {
    std::ranges::sort(runs, {}, [](const Run& run) { return std::pair(run.run, run.started); });
  }
  return all;
}

std::vector<std::string> History::starts() const {
  std::vector<std::string> ids;
  std::ifstream file(this->file());
  for (Event event; read(file, event);)
    if (event.start) ids.push_back(event.id);
  return ids;
}

std::size_t History::ends() const {
  std::ifstream file(this->file());
  file.seekg(counted_);
  for (std::string line; std::getline(file, line) && !file.eof();) {
    counted_ += static_cast<std::streamoff>(line.size()) + 1;
    if (line.find(" end ") != line.npos) ++ends_;
  }
  return ends_;
}

std::size_t History::starts_of(const std::string& id) const {
  return static_cast<std::size_t>(std::ranges::count(starts(), id));
}

Checked check(const std::set<std::string>& acknowledged, const std::set<std::string>& maybe,
              const std::map<std::string, std::vector<Run>>& runs, const Deaths& deaths) {
  Checked checked{.ids = acknowledged.size()};
  for (const std::string& id : acknowledged)
    if (!runs.contains(id)) checked.wrong.push_back(id + ": never ran");
  for (const auto& [id, of_id] : runs) {
    if (!acknowledged.contains(id) && !maybe.contains(id))
      checked.wrong.push_back(id + ": nobody pushed it");
    ++(of_id.size() == 1 ? checked.ran_once : checked.ran_again);
    check_repeats(id, of_id, deaths, checked);
  }
  return checked;
}

}  // namespace penstock::test
