#include "penstock/job/instance_store.hpp"

#include <array>
#include <ranges>

#include "penstock/job/scripts.hpp"

namespace penstock::job {
namespace {

using Arguments = std::vector<std::string_view>;

struct Library {
  redis::Script take{"instance_register", scripts::instance_register};
  redis::Script renew{"instance_renew", scripts::instance_renew};
  redis::Script leave{"instance_leave", scripts::instance_leave};
};

const Library& library() {
  static const Library scripts;
  return scripts;
}

// Redis ends a key by whole milliseconds, of a clock that it reads before the score is written.
// An instance counts as silent only when its name is free to be taken: a reaper that comes earlier
// finds a holder, and looks again a whole beat later.
constexpr std::chrono::milliseconds kExpiryLag{3};

constexpr std::array<std::pair<std::string_view, std::string Identity::*>, 7> kFields{
    {{"token", &Identity::token},
     {"host", &Identity::host},
     {"boot_id", &Identity::boot_id},
     {"pid_namespace", &Identity::pid_namespace},
     {"pid", &Identity::pid},
     {"pid_start", &Identity::pid_start},
     {"version", &Identity::version}}};

const std::string& term_text() {
  static const std::string text =
      std::to_string(std::chrono::milliseconds(InstanceStore::kTerm).count());
  return text;
}

}  // namespace

async::Task<std::optional<Identity>> InstanceStore::holder(std::string_view instance) {
  redis::Reply reply = co_await client_.call({"HGETALL", InstanceKeys(instance).instance()});
  redis::Reply::Array& pairs = reply.array();
  if (pairs.empty()) co_return std::nullopt;
  Identity identity{.instance = std::string(instance)};
  for (std::size_t i = 0; i + 1 < pairs.size(); i += 2) {
    for (const auto& [name, member] : kFields) {
      if (pairs[i].string() == name) identity.*member = std::move(pairs[i + 1].string());
    }
  }
  co_return identity;
}

async::Task<std::optional<Time>> InstanceStore::take(const Identity& identity,
                                                     std::string_view dead,
                                                     const std::vector<std::string>& queues) {
  const InstanceKeys keys(identity.instance);
  const std::string keys_queues = keys.queues();
  const std::string count = std::to_string(queues.size());
  Arguments arguments{identity.instance, identity.token, term_text(), dead, count};
  arguments.insert(arguments.end(), queues.begin(), queues.end());
  for (const auto& [name, member] : kFields)
    arguments.insert(arguments.end(), {name, identity.*member});
  const std::array<std::string_view, 3> key_views{InstanceKeys::instances(), keys.instance(),
                                                  keys_queues};
  const redis::Reply reply = co_await client_.eval(library().take, key_views, arguments);
  const redis::Reply::Array& parts = reply.array();
  if (parts.at(0).integer() != 1) co_return std::nullopt;
  co_return parse_unix_time(parts.at(1).string());
}

async::Task<Beat> InstanceStore::renew(const Identity& identity,
                                       const std::map<std::string, std::string>& report) {
  const InstanceKeys keys(identity.instance);
  Arguments arguments{identity.instance, identity.token, term_text()};
  for (const auto& [name, value] : report) arguments.insert(arguments.end(), {name, value});
  const std::array<std::string_view, 2> key_views{InstanceKeys::instances(), keys.instance()};
  const redis::Reply reply = co_await client_.eval(library().renew, key_views, arguments);
  const redis::Reply::Array& parts = reply.array();
  Beat beat{.held = parts.at(0).integer() == 1,
            .vacant = parts.size() > 2 && parts.at(2).string().empty(),
            .now = parse_unix_time(parts.at(1).string())};
  co_await listen(beat);
  co_return beat;
}

/// Sorts out the instances that have missed a heartbeat.
async::Task<> InstanceStore::listen(Beat& beat) {
  const std::string missed_one = std::to_string(
      std::chrono::floor<std::chrono::seconds>((beat.now - kBeat).time_since_epoch()).count());
  redis::Reply reply = co_await client_.call(
      {"ZRANGE", InstanceKeys::instances(), "-inf", missed_one, "BYSCORE", "WITHSCORES"});
  redis::Reply::Array& flat = reply.array();
  for (std::size_t i = 0; i + 1 < flat.size(); i += 2) {
    const Time lease_ends = parse_unix_time(flat[i + 1].string()) + kTerm + kExpiryLag;
    if (lease_ends <= beat.now) {
      beat.silent.push_back(std::move(flat[i].string()));
    } else {
      beat.next_silence =
          std::min(beat.next_silence.value_or(kTerm + kExpiryLag), lease_ends - beat.now);
    }
  }
}

async::Task<> InstanceStore::cut_off(std::string_view instance) {
  const std::string name = " name=" + client_name(instance) + ":" + std::string(kDoorbell);
  try {
    const redis::Reply reply = co_await client_.call({"CLIENT", "LIST", "TYPE", "NORMAL"});
    for (const auto part : std::views::split(reply.string(), '\n')) {
      const std::string_view line(part);
      if (!line.starts_with("id=") || !line.contains(name)) continue;
      co_await client_.call({"CLIENT", "KILL", "ID", line.substr(3, line.find(' ') - 3)});
    }
  } catch (const redis::Error& error) {
    if (error.transient()) throw;
  }
}

async::Task<> InstanceStore::leave(const Identity& identity,
                                   const std::vector<std::string>& queues) {
  const InstanceKeys keys(identity.instance);
  const std::string keys_queues = keys.queues();
  Arguments arguments{identity.instance, identity.token};
  arguments.insert(arguments.end(), queues.begin(), queues.end());
  const std::array<std::string_view, 3> key_views{InstanceKeys::instances(), keys.instance(),
                                                  keys_queues};
  co_await client_.eval(library().leave, key_views, arguments);
}

async::Task<> InstanceStore::recovered(std::string_view instance, std::string_view queue) {
  const InstanceKeys keys(instance);
  const std::string keys_queues = keys.queues();
  const std::array<std::string_view, 3> key_views{InstanceKeys::instances(), keys.instance(),
                                                  keys_queues};
  const std::array<std::string_view, 3> arguments{instance, "", queue};
  co_await client_.eval(library().leave, key_views,
                        redis::Arguments(arguments).first(queue.empty() ? 2 : 3));
}

async::Task<> InstanceStore::add_queues(std::string_view instance,
                                        const std::vector<std::string>& queues) {
  const std::string key = InstanceKeys(instance).queues();
  Arguments command{"SADD", key};
  command.insert(command.end(), queues.begin(), queues.end());
  co_await client_.call(command);
}

async::Task<std::vector<std::string>> InstanceStore::queues_of(std::string_view instance) {
  redis::Reply reply = co_await client_.call({"SMEMBERS", InstanceKeys(instance).queues()});
  std::vector<std::string> queues;
  for (redis::Reply& queue : reply.array()) queues.push_back(std::move(queue.string()));
  co_return queues;
}

}  // namespace penstock::job
