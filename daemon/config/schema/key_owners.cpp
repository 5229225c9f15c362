#include "daemon/config/schema/key_owners.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "penstock/job/scripts.hpp"

namespace penstock::config {
namespace {

// Whether Penstock puts it behind a queue's key, between colons; whatever may follow in turn is its
// own, too.
bool is_own_suffix(std::string_view rest) {
  constexpr auto& kOwn = job::QueueKeys::kSuffixes;
  return std::ranges::find(kOwn, rest.substr(0, rest.find(':'))) != kOwn.end();
}

}  // namespace

std::string KeyOwners::Owner::to_text() const {
  return fmt::format("queue {} (line {})", queue, at.place(offset).line);
}

void KeyOwners::add(const std::string& key, const Scope& queue) {
  const Node::Entry* list = queue.node().find("list");
  const Owner owner{queue.name(), list == nullptr ? queue : queue.entry(*list),
                    list == nullptr ? queue.key_offset() : list->value->offset};
  if (key.starts_with("penstock:")) {
    owner.at.error_at(owner.offset,
                      "keys that begin with penstock: are Penstock's own: choose another list");
  }
  const auto [other, is_new] = owners_.emplace(key, owner);
  if (is_new) return;
  owner.at.error_at(owner.offset,
                    fmt::format("{} is the list of {} already: give one of them a list of its own",
                                shown(key), other->second.to_text()));
}

void KeyOwners::check_suffixes() const {
  for (const auto& [key, owner] : owners_) {
    const Owner* maker = maker_of(key);
    if (maker == nullptr) continue;
    owner.at.error_at(
        owner.offset,
        fmt::format("{} is a key in which {} keeps its own state: choose another list", shown(key),
                    maker->to_text()));
  }
}

const KeyOwners::Owner* KeyOwners::maker_of(std::string_view key) const {
  for (std::size_t colon = key.find(':'); colon != key.npos; colon = key.find(':', colon + 1)) {
    const auto maker = owners_.find(key.substr(0, colon));
    if (maker != owners_.end() && is_own_suffix(key.substr(colon + 1))) return &maker->second;
  }
  return nullptr;
}

}  // namespace penstock::config
