#include "bench/measure.hpp"

#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <thread>

namespace penstock::bench {
namespace {

double status_mib(pid_t pid, const std::string& field) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/status");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with(field)) return std::strtod(line.c_str() + field.size(), nullptr) / 1024;
  }
  return 0;
}

}  // namespace

std::int64_t now_ns() {
  timespec time{};
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1'000'000'000LL + time.tv_nsec;
}

double seconds_since(std::int64_t start_ns) {
  return static_cast<double>(now_ns() - start_ns) / 1e9;
}

double cpu_seconds(pid_t pid, bool with_children) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string text;
  std::getline(file, text);
  std::istringstream fields(text.substr(std::min(text.rfind(')'), text.size() - 1) + 1));
  std::string field;
  double ticks = 0;
  for (int number = 3; number <= 17 && fields >> field; ++number) {
    if (number == 14 || number == 15 || (with_children && number >= 16))
      ticks += std::strtod(field.c_str(), nullptr);
  }
  return ticks / static_cast<double>(sysconf(_SC_CLK_TCK));
}

double redis_info(test::RedisClient& redis, const std::string& section, const std::string& field) {
  const std::string text = redis.cmd("INFO", section).text;
  const std::size_t at = text.find("\n" + field + ":");
  return at == std::string::npos ? 0 : std::strtod(text.c_str() + at + field.size() + 2, nullptr);
}

double redis_cpu_seconds(test::RedisClient& redis) {
  return redis_info(redis, "cpu", "used_cpu_sys") + redis_info(redis, "cpu", "used_cpu_user");
}

double peak_mib(pid_t pid) {
  return status_mib(pid, "VmHWM:");
}
double resident_mib(pid_t pid) {
  return status_mib(pid, "VmRSS:");
}

double median(std::vector<double> values) {
  return percentile(std::move(values), 0.5);
}

double percentile(std::vector<double> values, double share) {
  if (values.empty()) return 0;
  std::ranges::sort(values);
  return values[static_cast<std::size_t>(share * static_cast<double>(values.size() - 1) + 0.5)];
}

void fill(test::RedisClient& redis, const std::string& queue, std::size_t count,
          std::size_t bytes) {
  redis.cmd("FLUSHALL");
  constexpr std::size_t kPipeline = 200;
  for (std::size_t done = 0; done < count;) {
    const std::size_t batch = std::min(kPipeline, count - done);
    for (std::size_t i = 0; i < batch; ++i) {
      std::string payload = "{\"n\":" + std::to_string(done + i) + ",\"padding\":\"";
      payload.resize(std::max(bytes, payload.size() + 2) - 2, 'x');
      redis.send({"LPUSH", queue, payload + "\"}"});
    }
    for (std::size_t i = 0; i < batch; ++i) redis.receive();
    done += batch;
  }
}

void wait_until(const std::function<bool()>& holds) {
  const std::int64_t start = now_ns();
  while (!holds()) {
    if (seconds_since(start) > 300)
      throw std::runtime_error("a measurement takes more than five minutes");
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

}  // namespace penstock::bench
