#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <string_view>

#include "daemon/config/schema/fields.hpp"
#include "daemon/config/schema/schema.hpp"

namespace penstock::config {
namespace {

constexpr std::size_t kLongestName = 128;

// What Penstock puts behind a list's key, each after a colon; whatever may follow in turn is
// Penstock's too.
constexpr auto kSuffixes = std::to_array<std::string_view>(
    {"inflight", "wake", "scheduled", "retry", "dead", "result", "stats"});

constexpr std::string_view kExample = "{hello: {exec: [echo, hello]}}";

// Letters and digits of ASCII and `_ . : { } -`: safe in a Redis key, a log field, a metric's label
// and a shell.
bool is_name(std::string_view name) {
  const auto good = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
           std::string_view("_.:{}-").contains(c);
  };
  return !name.empty() && name.size() <= kLongestName && std::ranges::all_of(name, good);
}

bool has_handler(const QueueConfig& queue) {
  const auto* exec = std::get_if<ExecHandler>(&queue.handler);
  return exec == nullptr || !exec->command.empty();
}

bool is_suffix(std::string_view rest) {
  const std::string_view word = rest.substr(0, rest.find(':'));
  return std::ranges::find(kSuffixes, word) != kSuffixes.end();
}

// Which queue uses which key, to find two that would take each other's jobs.
class KeyOwners {
 public:
  // `at` is where the key was given.
  struct Owner {
    std::string queue;
    Scope at;
    std::size_t offset;
  };

  void add(const std::string& key, Owner owner) {
    const auto [other, is_new] = owners_.emplace(key, owner);
    if (is_new) return;
    owner.at.error_at(
        owner.offset,
        fmt::format("{} is the list of queue {} ({}) already: give one of them a list of its own",
                    shown(key), other->second.queue, place(other->second)));
  }

  // orders:retry is where the queue of orders keeps its retries.
  void check_suffixes() const {
    for (const auto& [key, owner] : owners_) {
      for (std::size_t colon = key.find(':'); colon != key.npos; colon = key.find(':', colon + 1)) {
        const auto other = owners_.find(std::string_view(key).substr(0, colon));
        if (other == owners_.end() || !is_suffix(std::string_view(key).substr(colon + 1))) continue;
        owner.at.error_at(
            owner.offset,
            fmt::format(
                "{} is a key in which queue {} ({}) keeps its own state: choose another list",
                shown(key), other->second.queue, place(other->second)));
        break;
      }
    }
  }

 private:
  static std::string place(const Owner& owner) {
    return fmt::format("line {}", owner.at.place(owner.offset).line);
  }

  std::map<std::string, Owner, std::less<>> owners_;
};

QueueConfig read_one(const Node::Entry& entry, const Scope& at, const QueueConfig& defaults) {
  QueueConfig queue = defaults;
  queue.name = entry.key;
  if (!is_name(entry.key)) {
    at.key_error(
        fmt::format("is not a name for a queue: write 1 to {} letters, digits, _ . : {{ }} - (its "
                    "list may have another)",
                    kLongestName));
  }
  read_queue(at, queue);
  if (queue.list.empty()) queue.list = queue.name;
  if (!has_handler(queue)) {
    at.key_error(
        "has no handler: write exec: [program, argument, …], or noop: {} to try things out");
  }
  return queue;
}

}  // namespace

void read_queues(const Scope& at, const QueueConfig& defaults, std::vector<QueueConfig>& into) {
  KeyOwners owners;
  for_each_entry(at, [&](const Node::Entry& entry, const Scope& queue) {
    into.push_back(read_one(entry, queue, defaults));
    const Node::Entry* list = queue.node().find("list");
    owners.add(into.back().list,
               {entry.key, queue, list == nullptr ? queue.key_offset() : list->value->offset});
  });
  owners.check_suffixes();
  const bool none = at.node().kind == Node::Kind::kNull || at.node().kind == Node::Kind::kMap;
  if (into.empty() && none)
    at.key_error(fmt::format("holds no queue: write one, as in queues: {}", kExample));
}

}  // namespace penstock::config
