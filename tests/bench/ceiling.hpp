// What the machine and Redis could do at best: loops that do only what cannot be left out.
#pragma once

#include <cstddef>
#include <filesystem>
#include <vector>

namespace penstock::bench {

/// Jobs per second of the daemon's own fetch script and acknowledgement in batches of 128 over
/// plain hiredis, two batches open, nothing done with the jobs. REQUIRES: `jobs` in the list
/// `work`.
double batched_script_ceiling(const std::filesystem::path& socket, std::size_t jobs);

/// Processes per second of a bare posix_spawn and waitpid loop, `parallel` at once, in a process
/// that holds `held_mb` of memory.
double spawn_ceiling(std::size_t count, std::size_t parallel, std::size_t held_mb);

/// Microseconds from push to receipt of a loop of one BLMOVE and one LREM per job, at `rate` jobs
/// per second.
std::vector<double> blmove_floor(const std::filesystem::path& socket, double rate,
                                 std::size_t count);

/// Pushes `count` payloads that hold the time of their push to `queue`, `rate` per second.
void push_stamps(const std::filesystem::path& socket, const char* queue, double rate,
                 std::size_t count);

}  // namespace penstock::bench
