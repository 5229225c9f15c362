// The measurements; each adds one round's figures to the report.
#pragma once

#include <filesystem>

#include "bench/report.hpp"

namespace penstock::bench {

struct Scale {
  std::size_t noop_jobs = 400'000;
  std::size_t exec_jobs = 3'000;
  std::size_t backlog = 1'000'000;
  double latency_seconds = 10;
  double idle_seconds = 20;
};

/// noop beside the batched-script ceiling, processor time, memory; at level info and with an
/// append-only file too.
void measure_noop(Report& report, const Scale& scale, bool append_only);
/// Jobs that wait 10 ms, 100 and 1,000 at once.
void measure_waiting(Report& report);
/// /bin/true beside a bare posix_spawn loop, also with 200 MB resident.
void measure_exec(Report& report, const Scale& scale);
/// From the push to the handler's first statement at 200 jobs/s, beside a plain BLMOVE loop.
void measure_latency(Report& report, const Scale& scale);
/// 20 queues and nothing to do.
void measure_idle(Report& report, const Scale& scale);
/// From the start of the process to the end of a job that waited for it.
void measure_start(Report& report);
/// Memory beside a long queue.
void measure_backlog(Report& report, const Scale& scale);
/// Sidekiq and BullMQ, where installed, by the drivers in `drivers`.
void measure_peers(Report& report, const std::filesystem::path& drivers);

/// Measurements that need their own code as the worker start this program again: the worker's exit
/// status, or -1 if the arguments are no worker's.
int run_worker(int argc, char** argv);

}  // namespace penstock::bench
