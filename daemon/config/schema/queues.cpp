#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "daemon/config/schema/fields.hpp"
#include "daemon/config/schema/key_owners.hpp"
#include "daemon/config/schema/schema.hpp"

namespace penstock::config {
namespace {

constexpr std::size_t kLongestName = 128;

// Letters and digits of ASCII and `_ . : { } -`: safe in a Redis key, a log field, a metric's label
// and a shell.
bool is_queue_name(std::string_view name) {
  const auto good = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
           std::string_view("_.:{}-").contains(c);
  };
  return !name.empty() && name.size() <= kLongestName && std::ranges::all_of(name, good);
}

bool names_handler(const Node::Entry& entry) {
  constexpr std::array<std::string_view, 7> kHandlers = {"exec",  "pool", "http", "sql",
                                                         "redis", "jobs", "noop"};
  return std::ranges::find(kHandlers, entry.key) != kHandlers.end();
}

// Complains if there is nothing to run. A handler that is wrong was complained about already.
void check_handler(const Scope& at, const QueueConfig& queue) {
  const auto* exec = std::get_if<ExecHandler>(&queue.handler);
  if (exec == nullptr || !exec->command.empty()) return;
  const Node::Entry* own = at.node().find("exec");
  if (own != nullptr && own->value->kind == Node::Kind::kMap) {
    if (own->value->find("command") != nullptr) return;
    at.entry(*own).key_error("has no command: write command: [program, argument, …]");
  } else if (std::ranges::none_of(at.node().entries, names_handler)) {
    at.key_error(
        "has no handler: write exec: [program, argument, …], or noop: {} to try things out");
  }
}

QueueConfig read_one(const Scope& at, const QueueConfig& defaults) {
  QueueConfig queue = defaults;
  queue.name = at.name();
  if (!is_queue_name(queue.name)) {
    at.key_error(
        fmt::format("is not a name for a queue: write 1 to {} letters, digits, _ . : {{ }} - "
                    "(its list may have another name)",
                    kLongestName));
  }
  read_queue(at, queue);
  if (queue.list.empty()) queue.list = queue.name;
  check_handler(at, queue);
  return queue;
}

}  // namespace

void read_queues(const Scope& at, const QueueConfig& defaults, std::vector<QueueConfig>& into) {
  KeyOwners owners;
  for_each_entry(at, [&](const Scope& queue) {
    into.push_back(read_one(queue, defaults));
    owners.add(into.back().list, queue);
  });
  owners.check_suffixes();
  const Node::Kind kind = at.node().kind;
  if (into.empty() && (kind == Node::Kind::kNull || kind == Node::Kind::kMap)) {
    at.key_error("holds no queue: write one, as in queues: {hello: {exec: [echo, hello]}}");
  }
}

}  // namespace penstock::config
