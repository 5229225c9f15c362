// ./dev bench: what Penstock costs, beside what it could cost at best, in one run. Nothing is
// asserted: the machine decides.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <iostream>

#include "bench/rows.hpp"
#include "penstock/process/trampoline.hpp"

namespace {

using namespace penstock::bench;

struct Options {
  bool json = false;
  bool quick = false;
  int rounds = 3;
  std::string peers;
  std::vector<std::string> only;
};

bool wanted(const Options& options, const std::string& name) {
  return options.only.empty() || std::ranges::find(options.only, name) != options.only.end();
}

void measure_round(Report& report, const Options& options, const Scale& scale) {
  if (wanted(options, "noop")) {
    measure_noop(report, scale, false);
    measure_noop(report, scale, true);
  }
  if (wanted(options, "wait")) measure_waiting(report);
  if (wanted(options, "exec")) measure_exec(report, scale);
  if (wanted(options, "latency")) measure_latency(report, scale);
  if (wanted(options, "start")) measure_start(report);
  if (wanted(options, "peers") && !options.peers.empty()) measure_peers(report, options.peers);
}

int measure(const Options& options) {
  Scale scale;
  if (options.quick)
    scale = {.noop_jobs = 100'000,
             .exec_jobs = 1'000,
             .backlog = 200'000,
             .latency_seconds = 3,
             .idle_seconds = 5};
  Report report;
  for (int round = 1; round <= options.rounds; ++round) {
    std::fprintf(stderr, "round %d of %d\n", round, options.rounds);
    measure_round(report, options, scale);
  }
  if (wanted(options, "idle")) measure_idle(report, scale);
  if (wanted(options, "backlog")) measure_backlog(report, scale);
  options.json ? report.print_json() : report.print_table();
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  penstock::process::trampoline_main(argc, argv);
  if (const int status = run_worker(argc, argv); status >= 0) return status;
  CLI::App app("Measures Penstock beside its ceilings.");
  Options options;
  if (const char* drivers = std::getenv("PENSTOCK_PEER_DRIVERS")) options.peers = drivers;
  app.add_flag("--json", options.json, "one JSON document instead of the table");
  app.add_flag("--quick", options.quick, "shorter runs, coarser figures");
  app.add_option("--rounds", options.rounds, "interleaved rounds")->capture_default_str();
  app.add_option("--peers", options.peers, "folder of the peers' drivers");
  app.add_option("--only", options.only, "noop, wait, exec, latency, start, idle, backlog, peers");
  CLI11_PARSE(app, argc, argv);
  return measure(options);
}
