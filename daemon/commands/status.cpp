// penstock status: read from Redis alone, so that it works wherever Redis can be reached, daemon or
// no daemon.
#include <algorithm>
#include <cstdio>
#include <map>
#include <vector>

#include "daemon/commands/commands.hpp"
#include "daemon/commands/context.hpp"
#include "daemon/commands/table.hpp"
#include "penstock/job/counters.hpp"
#include "penstock/job/json.hpp"
#include "penstock/job/json_string.hpp"
#include "penstock/job/scripts.hpp"

namespace penstock::commands {
namespace {

namespace json = job::json;

struct QueueStatus {
  std::string name;
  std::string key;
  std::int64_t waiting = 0;
  std::int64_t scheduled = 0;
  std::int64_t retry = 0;
  std::int64_t dead = 0;
  std::int64_t running = 0;
  std::string breaker = "closed";
  std::map<std::string, std::string> counters = {};
};

struct RunningJob {
  std::string id;
  std::string queue;
  std::string instance;
  std::int64_t attempt = 0;
  std::int64_t started_ms = 0;
};

struct InstanceStatus {
  std::string name;
  double last_beat = 0;
  std::map<std::string, std::string> fields = {};  // none: not heard of for a lease
};

struct Status {
  std::vector<QueueStatus> queues;
  std::vector<InstanceStatus> instances;
  std::vector<RunningJob> running;
  double now = 0;
};

std::map<std::string, std::string> pairs(redis::Reply reply) {
  std::map<std::string, std::string> map;
  redis::Reply::Array& flat = reply.array();
  for (std::size_t i = 0; i + 1 < flat.size(); i += 2)
    map[flat[i].string()] = std::move(flat[i + 1].string());
  return map;
}

async::Task<QueueStatus> read_queue(redis::Client& client, const config::QueueConfig& queue) {
  const job::QueueKeys keys(queue.list);
  redis::Call waiting = client.call({"LLEN", keys.source()});
  redis::Call scheduled = client.call({"ZCARD", keys.scheduled()});
  redis::Call retry = client.call({"ZCARD", keys.retry()});
  redis::Call dead = client.call({"ZCARD", keys.dead()});
  redis::Call stats = client.call({"HGETALL", keys.stats()});
  QueueStatus status{.name = queue.name, .key = queue.list};
  status.waiting = (co_await std::move(waiting)).integer();
  status.scheduled = (co_await std::move(scheduled)).integer();
  status.retry = (co_await std::move(retry)).integer();
  status.dead = (co_await std::move(dead)).integer();
  status.counters = pairs(co_await std::move(stats));
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

std::string text_of(json::Value value, std::string_view path) {
  const auto found = json::find(value, path);
  if (!found) return {};
  if (found->kind != json::Kind::kString) return std::string(found->raw);
  return json::unescape(found->raw.substr(1, found->raw.size() - 2)).value_or("");
}

std::int64_t number_of(json::Value value, std::string_view path) {
  return std::atoll(text_of(value, path).c_str());
}

/// What an instance says of itself in `state` goes to the queues and the list of running jobs.
void take_in_state(Status& status, const InstanceStatus& instance) {
  const auto state = instance.fields.find("state");
  if (state == instance.fields.end()) return;
  const auto root = json::check(state->second);
  if (!root) return;
  const auto queues = json::find(*root, "queues");
  for (QueueStatus& queue : status.queues) {
    const auto lane = queues ? json::child(*queues, queue.name) : std::nullopt;
    if (!lane) continue;
    queue.running += number_of(*lane, "running");
    const std::string breaker = text_of(*lane, "breaker");
    if (breaker != "closed") queue.breaker = breaker;
  }
  const auto running = json::find(*root, "running");
  const auto jobs = running ? json::elements(running->raw) : std::vector<json::Value>();
  for (const json::Value& job : jobs.value_or(std::vector<json::Value>())) {
    status.running.push_back({.id = text_of(job, "id"),
                              .queue = text_of(job, "queue"),
                              .instance = instance.name,
                              .attempt = number_of(job, "attempt"),
                              .started_ms = number_of(job, "started_ms")});
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

std::string counter(const QueueStatus& queue, const char* name) {
  const auto found = queue.counters.find(name);
  return found == queue.counters.end() ? "0" : found->second;
}

void print_tables(const Status& status) {
  Table queues(
      {"QUEUE", "WAITING", "RUNNING", "SCHEDULED", "RETRY", "DEAD", "DONE", "FAILED", "BREAKER"});
  for (const QueueStatus& queue : status.queues) {
    queues.add({queue.name, std::to_string(queue.waiting), std::to_string(queue.running),
                std::to_string(queue.scheduled), std::to_string(queue.retry),
                std::to_string(queue.dead), counter(queue, "done"), counter(queue, "failed"),
                queue.breaker});
  }
  queues.print();
  std::puts("");
  Table instances({"INSTANCE", "HOST", "PID", "VERSION", "LAST HEARD OF"});
  for (const InstanceStatus& instance : status.instances) {
    const auto field = [&](const char* name) {
      const auto found = instance.fields.find(name);
      return found == instance.fields.end() ? std::string("-") : found->second;
    };
    const auto ago = static_cast<long>(std::max(0.0, status.now - instance.last_beat));
    instances.add({instance.name, field("host"), field("pid"), field("version"),
                   std::to_string(ago) + " s ago" + (instance.fields.empty() ? ", gone" : "")});
  }
  instances.print();
  if (status.running.empty()) return;
  std::puts("");
  Table running({"RUNNING JOB", "QUEUE", "INSTANCE", "ATTEMPT", "FOR"});
  for (const RunningJob& job : status.running) {
    const auto seconds =
        static_cast<long>(std::max(0.0, status.now - static_cast<double>(job.started_ms) / 1000));
    running.add({job.id, job.queue, job.instance, std::to_string(job.attempt),
                 std::to_string(seconds) + " s"});
  }
  running.print();
}

class JsonObject {
 public:
  JsonObject& text(std::string_view key, std::string_view value) {
    begin(key);
    json::append_quoted(out_, value);
    return *this;
  }
  JsonObject& raw(std::string_view key, std::string_view value) {
    begin(key);
    out_ += value;
    return *this;
  }
  std::string take() { return std::move(out_) + "}"; }

 private:
  void begin(std::string_view key) {
    if (out_.size() > 1) out_ += ',';
    json::append_quoted(out_, key);
    out_ += ':';
  }
  std::string out_ = "{";
};

template <class Item, class Write>
std::string json_array(const std::vector<Item>& items, Write write) {
  std::string out = "[";
  for (const Item& item : items) {
    if (out.size() > 1) out += ',';
    out += write(item);
  }
  return out + "]";
}

std::string queue_json(const QueueStatus& queue) {
  JsonObject object;
  object.text("name", queue.name).text("key", queue.key);
  object.raw("waiting", std::to_string(queue.waiting))
      .raw("running", std::to_string(queue.running));
  object.raw("scheduled", std::to_string(queue.scheduled))
      .raw("retry", std::to_string(queue.retry));
  object.raw("dead", std::to_string(queue.dead)).text("breaker", queue.breaker);
  JsonObject counters;
  for (const auto& [name, member] : job::Counters::kFields)
    counters.raw(name, counter(queue, std::string(name).c_str()));
  return object.raw("counters", counters.take()).take();
}

std::string instance_json(const InstanceStatus& instance) {
  JsonObject object;
  object.text("name", instance.name).raw("alive", instance.fields.empty() ? "false" : "true");
  object.raw("last_beat", std::to_string(instance.last_beat));
  for (const char* field : {"host", "pid", "version"}) {
    if (const auto found = instance.fields.find(field); found != instance.fields.end())
      object.text(field, found->second);
  }
  return object.take();
}

std::string running_json(const RunningJob& job) {
  JsonObject object;
  object.text("id", job.id).text("queue", job.queue).text("instance", job.instance);
  return object.raw("attempt", std::to_string(job.attempt))
      .raw("started_ms", std::to_string(job.started_ms))
      .take();
}

void print_json(const Status& status) {
  JsonObject object;
  object.raw("queues", json_array(status.queues, queue_json));
  object.raw("instances", json_array(status.instances, instance_json));
  object.raw("running", json_array(status.running, running_json));
  std::puts(object.take().c_str());
}

}  // namespace

int status(const StatusOptions& options) {
  const auto config = load_config(options.config_file);
  if (!config) return config.error();
  return with_redis(*config, [&](redis::Client& client) -> async::Task<int> {
    const Status status = co_await read_status(client, *config);
    if (options.json) {
      print_json(status);
    } else {
      print_tables(status);
    }
    co_return 0;
  });
}

}  // namespace penstock::commands
