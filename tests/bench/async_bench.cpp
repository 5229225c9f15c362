// ./dev bench async: what coroutines cost, ours beside Boost.Asio's and callbacks of plain libuv.
// The peers take turns, round by round, so that a noisy moment meets all; the figures are medians.
// Build with optimisation; under a sanitizer they mean nothing. With an argument only the rows
// whose names contain it.
#include <algorithm>
#include <array>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "async_rows.hpp"

namespace {

using namespace penstock::bench;

constexpr int kRounds = 9;

struct Row {
  const char* what;
  const char* unit;
  double (*Peer::*run)(int count);
  int count;
};

constexpr std::array kRows{
    Row{"child await", "ns", &Peer::child_await, 1'000'000},
    Row{"spawn and join", "ns", &Peer::spawn_join, 200'000},
    Row{"queue, put to a waiting getter", "ns", &Peer::queue_pair, 200'000},
    Row{"semaphore, handed over", "ns", &Peer::semaphore_hand_off, 200'000},
    Row{"context variable, looked up", "ns", &Peer::context_lookup, 1'000'000},
    Row{"timer, set and cancelled", "ns", &Peer::timer_set_cancel, 200'000},
    Row{"TCP ping-pong, one round trip", "ns", &Peer::ping_pong, 10'000},
    Row{"a sleeping task, of 10,000", "bytes", &Peer::sleeper_bytes, 10'000},
};

double median(std::vector<double> values) {
  std::ranges::nth_element(values, values.begin() + kRounds / 2);
  return values[kRounds / 2];
}

std::string cell(double value, double ours) {
  if (value == kNone) return "-";
  char text[64];
  std::snprintf(text, sizeof text, "%.1f (%.2f x)", value, ours / value);
  return text;
}

void print(const Row& row, const std::array<Peer, 3>& peers) {
  std::array<std::vector<double>, 3> rounds;
  for (int round = 0; round < kRounds; ++round) {
    for (std::size_t peer = 0; peer < peers.size(); ++peer)
      rounds[peer].push_back((peers[peer].*row.run)(row.count));
  }
  const double ours = median(rounds[0]);
  std::printf("%-32s %10.1f %-6s %20s %20s\n", row.what, ours, row.unit,
              cell(median(rounds[1]), ours).c_str(), cell(median(rounds[2]), ours).c_str());
}

}  // namespace

int main(int argc, char** argv) {
  std::setvbuf(stdout, nullptr, _IOLBF, 0);  // a row is seen as soon as it is there
  const std::array<Peer, 3> peers{ours(), asio(), libuv()};
  std::printf("%-32s %10s %-6s %20s %20s\n", "", "ours", "", "Asio (ours : Asio)",
              "libuv (ours : libuv)");
#ifndef PENSTOCK_HAVE_ASIO
  std::printf("Boost is not installed: no figures of Asio\n");
#endif
  const std::string_view only = argc > 1 ? argv[1] : "";
  for (const Row& row : kRows) {
    if (std::string_view(row.what).contains(only)) print(row, peers);
  }
  if (!only.empty()) return 0;
  std::printf("\nOur primitives, the best of several rounds\n");
  print_primitives();
}
