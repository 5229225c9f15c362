// One queue's store on a RedisDouble and on virtual time, for the actors that use it.
#pragma once

#include <map>
#include <string>

#include "penstock/job/queue_store.hpp"
#include "penstock/redis/script.hpp"
#include "unit/redis/with_client.hpp"

namespace penstock::job {

struct StoreWorld : test::World {
  /// What scripts are answered with, by their hashes.
  std::map<std::string, std::function<std::string(const test::Command&)>, std::less<>> answers;

  StoreWorld() {
    client_options = {{.name = "jobs"}, {.name = "doorbell"}};
    server.answer = [this](const test::Command& command) {
      const std::string sha1 = sha1_called(command);
      if (sha1.empty()) return other(command);
      const auto script = answers.find(sha1);
      return script == answers.end() ? "-ERR unexpected\r\n" : script->second(command);
    };
  }

  static std::string sha1_of(std::string_view body) { return redis::Script("", body).sha1(); }

  /// The hash of the script that `command` calls; a connection's first call of one has its body.
  static std::string sha1_called(const test::Command& command) {
    if (command[0] == "EVAL") return sha1_of(command[1]);
    return command[0] == "EVALSHA" ? command[1] : std::string();
  }

  /// What all else is answered with.
  std::function<std::string(const test::Command&)> other = test::RedisDouble::standard;

  void answer_script(std::string_view body, std::string reply) {
    answers[sha1_of(body)] = [reply](const test::Command&) { return reply; };
  }

  redis::Client& doorbell() { return clients.back(); }

  /// How often `body` was sent, by any connection.
  std::size_t sent(std::string_view body) {
    const std::string sha1 = sha1_of(body);
    std::size_t count = 0;
    for (std::size_t i = 0; i < server.connections(); ++i)
      for (const test::Command& command : server.wire(i).commands())
        count += sha1_called(command) == sha1 ? 1 : 0;
    return count;
  }

  /// Runs `body(store)` once both clients are connected.
  template <class Body>
  void run_store(Body body) {
    run([&]() -> async::Task<> {
      for (redis::Client& each : clients) co_await each.wait_connected();
      UlidGenerator ids = UlidGenerator::of_system();
      QueueStore store(client(), "orders", "host", PopEnd::kRight, ids);
      co_await body(store);
    });
  }
};

}  // namespace penstock::job
