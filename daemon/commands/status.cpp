// penstock status: read from Redis alone, so that it works wherever Redis can be reached, daemon or
// no daemon.
#include <algorithm>
#include <cstdio>
#include <map>
#include <optional>
#include <type_traits>
#include <vector>

#include "daemon/commands/commands.hpp"
#include "daemon/commands/context.hpp"
#include "daemon/commands/json.hpp"
#include "daemon/commands/table.hpp"
#include "penstock/job/counters.hpp"
#include "penstock/job/scripts.hpp"

namespace penstock::commands {
namespace {

using Pairs = std::map<std::string, std::string>;

struct QueueStatus {
  std::string name;
  std::string key;
  // Nothing where the key cannot be read:
  std::optional<std::int64_t> waiting = {};
  std::optional<std::int64_t> scheduled = {};
  std::optional<std::int64_t> retry = {};
  std::optional<std::int64_t> dead = {};
  std::optional<Pairs> counters = {};
  std::string wrong = {};  // which keys those are, why, and the mend
  // As its instances said when they were last heard of:
  std::int64_t running = 0;
  std::string breaker = "closed";
};

struct RunningJob {
  std::string id;
  std::string queue;
  std::string instance;
  std::int64_t attempt = 0;
  std::int64_t started_ms = 0;
  double as_of = 0;  // when the instance said so; it may have ended since
};

struct InstanceStatus {
  std::string name;
  double last_beat = 0;
  Pairs fields = {};  // none: not heard of for a lease
};

struct Status {
  std::vector<QueueStatus> queues;
  std::vector<InstanceStatus> instances;
  std::vector<RunningJob> running;
  double now = 0;
};

Pairs pairs(redis::Reply reply) {
  Pairs map;
  redis::Reply::Array& flat = reply.array();
  for (std::size_t i = 0; i + 1 < flat.size(); i += 2)
    map[flat[i].string()] = std::move(flat[i + 1].string());
  return map;
}

std::int64_t count(const redis::Reply& reply) {
  return reply.integer();
}

std::string mend_of(const redis::Error& error, const std::string& key) {
  if (error.failure() != redis::Failure::kWrongType) return key + ": " + error.what();
  return "the key " + key + " holds another type of value than it should: move it away, RENAME " +
         key + " NEWKEY";
}

/// What `read` makes of the reply; nothing if Redis refuses this key, which is not the others'
/// concern.
template <class Read>
auto read_key(redis::Call call, Read read, std::string key, QueueStatus& queue)
    -> async::Task<std::optional<std::invoke_result_t<Read, redis::Reply>>> {
  try {
    co_return read(co_await std::move(call));
  } catch (const redis::Error& error) {
    if (error.transient()) throw;
    queue.wrong += (queue.wrong.empty() ? "" : "; ") + mend_of(error, key);
  }
  co_return std::nullopt;
}

async::Task<QueueStatus> read_queue(redis::Client& client, const config::QueueConfig& queue) {
  const job::QueueKeys keys(queue.list);
  redis::Call waiting = client.call({"LLEN", keys.source()});
  redis::Call scheduled = client.call({"ZCARD", keys.scheduled()});
  redis::Call retry = client.call({"ZCARD", keys.retry()});
  redis::Call dead = client.call({"ZCARD", keys.dead()});
  redis::Call stats = client.call({"HGETALL", keys.stats()});
  QueueStatus status{.name = queue.name, .key = queue.list};
  status.waiting = co_await read_key(std::move(waiting), count, keys.source(), status);
  status.scheduled = co_await read_key(std::move(scheduled), count, keys.scheduled(), status);
  status.retry = co_await read_key(std::move(retry), count, keys.retry(), status);
  status.dead = co_await read_key(std::move(dead), count, keys.dead(), status);
  status.counters = co_await read_key(std::move(stats), pairs, keys.stats(), status);
  co_return status;
}

async::Task<std::vector<InstanceStatus>> read_instances(redis::Client& client) {
  redis::Reply reply =
      co_await client.call({"ZRANGE", job::InstanceKeys::instances(), "0", "-1", "WITHSCORES"});
  redis::Reply::Array& flat = reply.array();
  std::vector<InstanceStatus> instances;
  for (std::size_t i = 0; i + 1 < flat.size(); i += 2) {
    InstanceStatus instance{.name = flat[i].string(),
                            .last_beat = std::strtod(flat[i + 1].string().c_str(), nullptr)};
    instance.fields =
        pairs(co_await client.call({"HGETALL", job::InstanceKeys(instance.name).instance()}));
    instances.push_back(std::move(instance));
  }
  co_return instances;
}

/// What an instance says of itself in `state` goes to the queues and the list of running jobs.
void take_in_state(Status& status, const InstanceStatus& instance) {
  const auto state = instance.fields.find("state");
  if (state == instance.fields.end()) return;
  const Json says = read_json(state->second);
  if (!says.is_object()) return;
  const Json lanes = says.value("queues", Json());
  for (QueueStatus& queue : status.queues) {
    const auto lane = lanes.find(queue.name);
    if (lane == lanes.end()) continue;
    queue.running += number_of(*lane, "running");
    const std::string breaker = text_of(*lane, "breaker");
    if (breaker != "closed") queue.breaker = breaker;
  }
  for (const Json& job : says.value("running", Json())) {
    status.running.push_back({.id = text_of(job, "id"),
                              .queue = text_of(job, "queue"),
                              .instance = instance.name,
                              .attempt = number_of(job, "attempt"),
                              .started_ms = number_of(job, "started_ms"),
                              .as_of = instance.last_beat});
  }
}

async::Task<Status> read_status(redis::Client& client, const config::Config& config) {
  Status status;
  redis::Reply time = co_await client.call({"TIME"});
  status.now = std::strtod(time.array().at(0).string().c_str(), nullptr);
  for (const config::QueueConfig& queue : config.queues)
    status.queues.push_back(co_await read_queue(client, queue));
  status.instances = co_await read_instances(client);
  for (const InstanceStatus& instance : status.instances) take_in_state(status, instance);
  co_return status;
}

std::string counter(const Pairs& counters, std::string_view name) {
  const auto found = counters.find(std::string(name));
  return found == counters.end() ? "0" : found->second;
}

std::string seconds(double time) {
  return std::to_string(static_cast<long>(std::max(0.0, time))) + " s";
}

Table::Row row(const QueueStatus& queue) {
  const auto number = [](const std::optional<std::int64_t>& known) {
    return known ? std::to_string(*known) : "?";
  };
  const auto counted = [&](std::string_view name) {
    return queue.counters ? counter(*queue.counters, name) : "?";
  };
  Table::Row cells{queue.name,
                   number(queue.waiting),
                   std::to_string(queue.running),
                   number(queue.scheduled),
                   number(queue.retry),
                   number(queue.dead),
                   counted("done"),
                   counted("failed"),
                   queue.breaker};
  if (!queue.wrong.empty()) cells.push_back(queue.wrong);
  return cells;
}

void print_tables(const Status& status) {
  Table queues(
      {"QUEUE", "WAITING", "RUNNING", "SCHEDULED", "RETRY", "DEAD", "DONE", "FAILED", "BREAKER"});
  for (const QueueStatus& queue : status.queues) queues.add(row(queue));
  queues.print();
  std::puts("");
  Table instances({"INSTANCE", "HOST", "PID", "VERSION", "LAST HEARD OF"});
  for (const InstanceStatus& instance : status.instances) {
    const auto field = [&](const char* name) {
      const auto found = instance.fields.find(name);
      return found == instance.fields.end() ? std::string("-") : found->second;
    };
    instances.add({instance.name, field("host"), field("pid"), field("version"),
                   seconds(status.now - instance.last_beat) + " ago" +
                       (instance.fields.empty() ? ", gone" : "")});
  }
  instances.print();
  if (!status.instances.empty())
    std::puts("RUNNING, BREAKER and running jobs are as the instances said when last heard of.");
  if (status.running.empty()) return;
  std::puts("");
  Table running({"RUNNING JOB", "QUEUE", "INSTANCE", "ATTEMPT", "FOR", "AS OF"});
  for (const RunningJob& job : status.running) {
    running.add({job.id, job.queue, job.instance, std::to_string(job.attempt),
                 seconds(job.as_of - static_cast<double>(job.started_ms) / 1000),
                 seconds(status.now - job.as_of) + " ago"});
  }
  running.print();
}

Json as_json(const std::optional<std::int64_t>& number) {
  return number ? Json(*number) : Json();
}

Json as_json(const Pairs& counters) {
  Json json = Json::object();
  for (const auto& [name, member] : job::Counters::kFields)
    json[std::string(name)] = std::atoll(counter(counters, name).c_str());
  return json;
}

Json as_json(const QueueStatus& queue) {
  Json json{{"name", queue.name},
            {"key", queue.key},
            {"waiting", as_json(queue.waiting)},
            {"running", queue.running},
            {"scheduled", as_json(queue.scheduled)},
            {"retry", as_json(queue.retry)},
            {"dead", as_json(queue.dead)},
            {"breaker", queue.breaker},
            {"counters", queue.counters ? as_json(*queue.counters) : Json()}};
  if (!queue.wrong.empty()) json["error"] = queue.wrong;
  return json;
}

Json as_json(const InstanceStatus& instance) {
  Json json{{"name", instance.name},
            {"alive", !instance.fields.empty()},
            {"last_beat", instance.last_beat}};
  for (const char* field : {"host", "pid", "version"}) {
    if (const auto found = instance.fields.find(field); found != instance.fields.end())
      json[field] = found->second;
  }
  return json;
}

Json as_json(const RunningJob& job) {
  return {{"id", job.id},           {"queue", job.queue},           {"instance", job.instance},
          {"attempt", job.attempt}, {"started_ms", job.started_ms}, {"as_of", job.as_of}};
}

template <class Item>
Json as_json(const std::vector<Item>& items) {
  Json json = Json::array();
  for (const Item& item : items) json.push_back(as_json(item));
  return json;
}

Json as_json(const Status& status) {
  return {{"queues", as_json(status.queues)},
          {"instances", as_json(status.instances)},
          {"running", as_json(status.running)}};
}

}  // namespace

int status(const StatusOptions& options) {
  const auto config = load_config(options.config_file);
  if (!config) return config.error();
  return with_redis(*config, [&](redis::Client& client) -> async::Task<int> {
    const Status status = co_await read_status(client, *config);
    if (options.json) {
      print_json(as_json(status));
    } else {
      print_tables(status);
    }
    co_return 0;
  });
}

}  // namespace penstock::commands
