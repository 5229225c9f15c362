// What an instance tells of itself: to Redis, to the status line, to the log.
#include "penstock/job/instance_member.hpp"
#include "penstock/job/json_string.hpp"

namespace penstock::job {
namespace {

// Running jobs that the record names; a thousand would make every heartbeat a megabyte a minute.
constexpr std::size_t kMostListed = 100;

void append_state(std::string& json, Lane& lane) {
  json::append_quoted(json, lane.options().name);
  json += ":{\"running\":" + std::to_string(lane.running()) +
          ",\"buffered\":" + std::to_string(lane.buffered()) +
          ",\"concurrency\":" + std::to_string(lane.options().concurrency) + ",\"breaker\":\"" +
          async::to_string(lane.breaker_state()) + "\"}";
}

void append_running(std::string& json, const Lane& lane, const LiveJob& live, Time now) {
  const auto ran =
      std::chrono::floor<std::chrono::milliseconds>(async::Loop::current().now() - live.started_at);
  json += "{\"id\":";
  json::append_quoted(json, live.job.id);
  json += ",\"queue\":";
  json::append_quoted(json, lane.options().name);
  json += ",\"attempt\":" + std::to_string(live.job.attempt()) +
          ",\"run\":" + std::to_string(live.job.run()) +
          ",\"started_ms\":" + std::to_string((now - ran).time_since_epoch().count()) + "}";
}

}  // namespace

/// What this instance does, as a JSON text in its record.
std::map<std::string, std::string> Instance::report() {
  std::string queues;
  std::string running;
  std::size_t listed = 0;
  const Time now = clock_.now(async::Loop::current().now());
  for (const auto& member : running_members()) {
    if (!queues.empty()) queues += ',';
    append_state(queues, *member->lane);
    member->lane->for_each_running([&](const LiveJob& live) {
      if (++listed > kMostListed) return;
      if (!running.empty()) running += ',';
      append_running(running, *member->lane, live, now);
    });
  }
  std::string state = "{\"quiet\":" + std::string(quiet_ ? "true" : "false") +
                      ",\"stopping\":" + (stopping_.is_set() ? "true" : "false") + ",\"queues\":{" +
                      queues + "},\"running\":[" + running + "]}";
  return {{"state", std::move(state)}};
}

std::vector<Instance::LaneStatus> Instance::status() const {
  std::vector<LaneStatus> all;
  for (const auto& member : running_members()) {
    const Lane& lane = *member->lane;
    all.push_back({lane.options().name, lane.running(), lane.buffered(), lane.undelivered(),
                   lane.steps(), lane.options().concurrency, lane.breaker_state()});
  }
  return all;
}

std::string Instance::dump() {
  std::string text;
  for (const auto& member : members_) {
    Lane& lane = *member->lane;
    lane.for_each_running([&](const LiveJob& live) {
      const auto ran = std::chrono::floor<std::chrono::milliseconds>(async::Loop::current().now() -
                                                                     live.started_at);
      text += lane.options().name + " " + live.job.id + " has run for " +
              std::to_string(ran.count()) + " ms\n";
    });
  }
  return text + async::Loop::current().dump_tasks();
}

}  // namespace penstock::job
