#include "support/producer.hpp"

#include <signal.h>

#include <chrono>
#include <stdexcept>
#include <vector>

namespace penstock::test {
namespace {

using namespace std::chrono_literals;

constexpr auto kPause = 2ms;

}  // namespace

Producer::Producer(const RedisServer& redis, Options options)
    : redis_(redis), options_(std::move(options)) {
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

void Producer::stop() {
  if (!thread_.joinable()) return;
  thread_.request_stop();
  thread_.join();
}

/// Redis may be away: it comes back. Writing to where it was is no reason to die.
void Producer::run(const std::stop_token& stop) {
  sigset_t pipe;
  ::sigemptyset(&pipe);
  ::sigaddset(&pipe, SIGPIPE);
  ::pthread_sigmask(SIG_BLOCK, &pipe, nullptr);
  while (!stop.stop_requested()) {
    try {
      push_batches(stop);
    } catch (const std::runtime_error&) {
      std::this_thread::sleep_for(kPause);
    }
  }
}

void Producer::push_batches(const std::stop_token& stop) {
  RedisClient client = redis_.client();
  while (!stop.stop_requested()) {
    const Reply length = client.cmd("LLEN", options_.queue);
    const bool room = length.kind == Reply::Kind::kInteger &&
                      static_cast<std::size_t>(length.integer) < options_.backlog;
    if (room) push_batch(client);
    if (!room) std::this_thread::sleep_for(kPause);
  }
}

void Producer::push_batch(RedisClient& client) {
  std::vector<std::string> sent;
  while (sent.size() < options_.batch) sent.push_back(options_.prefix + std::to_string(next_++));
  std::size_t answered = 0;
  try {
    for (const std::string& id : sent)
      client.send({"LPUSH", options_.queue, R"({"id":")" + id + '"' + options_.more + "}"});
    for (; answered < sent.size(); ++answered) {
      if (client.receive().is_error()) continue;
      acknowledged_.insert(sent[answered]);
      ++pushed_;
    }
  } catch (const std::runtime_error&) {
    for (; answered < sent.size(); ++answered) maybe_.insert(sent[answered]);
    throw;
  }
}

}  // namespace penstock::test
