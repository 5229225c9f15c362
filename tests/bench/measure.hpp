// What the benchmarks measure with: clocks, processor time of processes, medians.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "support/redis_server.hpp"

namespace penstock::bench {

/// CLOCK_MONOTONIC, which all processes of a machine share.
std::int64_t now_ns();
double seconds_since(std::int64_t start_ns);

/// User and system time that a process has used, its reaped children apart or included.
double cpu_seconds(pid_t pid, bool with_children = false);
double redis_cpu_seconds(test::RedisClient& redis);
/// A field of INFO.
double redis_info(test::RedisClient& redis, const std::string& section, const std::string& field);

/// Peak resident memory, in MiB.
double peak_mib(pid_t pid);
double resident_mib(pid_t pid);

double median(std::vector<double> values);
double percentile(std::vector<double> values, double share);

/// Empties Redis and pushes `count` JSON payloads of `bytes` to `queue`.
void fill(test::RedisClient& redis, const std::string& queue, std::size_t count, std::size_t bytes);

/// Polls `holds` every millisecond; throws when it takes longer than five minutes.
void wait_until(const std::function<bool()>& holds);

}  // namespace penstock::bench
