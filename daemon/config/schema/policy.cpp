#include <fmt/format.h>

#include <array>

#include "daemon/config/schema/fields.hpp"
#include "daemon/config/schema/schema.hpp"
#include "daemon/config/units.hpp"

namespace penstock::config {
namespace {

using job::Backoff;
using job::OutcomeKind;

constexpr std::size_t kMostDelays = 100;
constexpr int kMostAttempts = 10'000;

constexpr Words<Backoff, 3> kBackoffs = {{{"fixed", Backoff::kFixed},
                                          {"exponential", Backoff::kExponential},
                                          {"polynomial", Backoff::kPolynomial}}};

constexpr std::array kOutcomes = {OutcomeKind::kDone, OutcomeKind::kRetry, OutcomeKind::kSnooze,
                                  OutcomeKind::kBury, OutcomeKind::kDrop};

template <class Target>
Reader outcome(Target& into) {
  return choice(into, words_of(kOutcomes));
}

void read_delays(const Scope& at, job::RetryPolicy& into) {
  std::vector<std::chrono::milliseconds> delays;
  for_each_item(at, "a list of delays", [&](const Scope& item) {
    if (const auto delay = as_duration(item, 0ms)) delays.push_back(*delay);
  });
  if (delays.empty()) return at.error("holds no delay: write durations, as in [1s, 10s, 1m]");
  if (delays.size() > kMostDelays) return at.error(fmt::format("more than {} delays", kMostDelays));
  into.backoff = Backoff::kList;
  into.delays = std::move(delays);
}

void read_backoff(const Scope& at, job::RetryPolicy& into) {
  if (at.node().kind == Node::Kind::kList) return read_delays(at, into);
  into.delays.clear();
  choice(into.backoff, kBackoffs)(at);
}

void read_exit_codes(const Scope& at, std::map<int, OutcomeKind>& into) {
  for_each_entry(at, [&](const Scope& row) {
    const auto code = parse_integer(row.name());
    if (!code || *code < 0 || *code > 255)
      return row.key_error("is not an exit code: write 0 to 255");
    OutcomeKind kind{};
    outcome(kind)(row);
    into[static_cast<int>(*code)] = kind;
  });
}

}  // namespace

void read_retry(const Scope& at, job::RetryPolicy& into) {
  if (at.node().kind == Node::Kind::kList) {
    return at.error(
        "expected a map of keys; a list of delays goes under backoff: {backoff: [1s, 10s]}");
  }
  read_map(at, {{"attempts", integer(into.attempts, 1, kMostAttempts)},
                {"backoff", value(read_backoff, into)},
                {"base", duration(into.base, 0ms)},
                {"max", duration(into.max, 0ms)},
                {"jitter", share(into.jitter)}});
  // A list says how often by its length.
  if (at.node().find("backoff") != nullptr && at.node().find("attempts") == nullptr &&
      !into.delays.empty()) {
    into.attempts = static_cast<std::uint32_t>(into.delays.size()) + 1;
  }
  if (into.base > into.max) {
    at.key_error(fmt::format("base ({}) is longer than max ({}): raise max or lower base",
                             to_text(into.base), to_text(into.max)));
  }
}

void read_breaker(const Scope& at, async::CircuitBreaker::Settings& into) {
  read_map(at, {{"failures", integer(into.failures, 0, 10'000)},  // 0 keeps it closed for good
                {"window", duration(into.window, 10ms)},
                {"reset", duration(into.reset, 10ms)},
                {"probes", integer(into.probes, 1, 10'000)}});
}

void read_outcomes(const Scope& at, job::OutcomeTable& into) {
  read_map(at, {{"exit", value(read_exit_codes, into.exit)},
                {"signal", outcome(into.signal)},
                {"timeout", outcome(into.timeout)},
                {"spawn", outcome(into.start)},
                not_in_this_version("http")});
}

}  // namespace penstock::config
