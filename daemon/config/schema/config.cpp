#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "daemon/config/schema/fields.hpp"
#include "daemon/config/schema/schema.hpp"
#include "penstock/job/scripts.hpp"

namespace penstock::config {
namespace {

constexpr int kMostJobs = 100'000;
constexpr std::size_t kLongestInstance = 128;

constexpr std::array kLevels = {log::Level::kTrace,   log::Level::kDebug, log::Level::kInfo,
                                log::Level::kWarning, log::Level::kError, log::Level::kOff};
constexpr std::array kFormats = {log::Format::kAuto, log::Format::kConsole, log::Format::kLogfmt,
                                 log::Format::kJson, log::Format::kJournald};

// It becomes part of Redis keys: braces would move them to another slot of a cluster.
void read_instance(const Scope& at, std::string& into) {
  if (at.is("")) return into.clear();
  const auto name = as_string(at);
  if (!name) return;
  const auto good = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
           std::string_view("_.:-").contains(c);
  };
  if (name->size() > kLongestInstance || !std::ranges::all_of(*name, good)) {
    return at.error(
        fmt::format("is not a name for an instance: write at most {} letters, digits, _ . : -",
                    kLongestInstance));
  }
  constexpr std::string_view kTaken = job::InstanceKeys::kQueuesSuffix;
  if (name->ends_with(kTaken)) {
    return at.error(
        fmt::format("ends in {}, behind which Penstock keeps what instance {} serves: "
                    "choose another name",
                    kTaken, shown(name->substr(0, name->size() - kTaken.size()))));
  }
  into = *name;
}

void read_log(const Scope& at, LogConfig& into) {
  read_map(at, {{"level", value(read_log_level, into.level)},
                {"format", choice(into.format, words_of(kFormats))}});
}

}  // namespace

void read_log_level(const Scope& at, log::Level& into) {
  choice(into, words_of(kLevels))(at);
}

Config read_config(const Scope& root) {
  Config config;
  QueueConfig defaults;
  std::optional<Scope> queues;  // read last: `defaults` may stand below it
  read_map(root, {{"redis", value(read_redis, config.redis)},
                  {"instance", value(read_instance, config.instance)},
                  {"concurrency", integer(config.concurrency, 1, kMostJobs)},
                  {"shutdown_timeout", duration(config.shutdown_timeout, 0ms, 24h)},
                  {"log", value(read_log, config.log)},
                  {"defaults", value(read_queue, defaults)},
                  {"queues", [&](const Scope& at) { queues = at; }}});
  if (queues) {
    read_queues(*queues, defaults, config.queues);
  } else if (root.node().kind == Node::Kind::kMap || root.node().kind == Node::Kind::kNull) {
    root.error("no queues: write at least one, as in queues: {hello: {exec: [echo, hello]}}");
  }
  return config;
}

}  // namespace penstock::config
