// Names that take long to resolve. The program's own getaddrinfo stands before the C library's; it
// asks no server for what is under .invalid, in any test of this program.
#include <dlfcn.h>
#include <netdb.h>

#include <condition_variable>
#include <mutex>
#include <string_view>

#include "http_run.hpp"

namespace {

/// A name server that answers when it is told to.
struct SlowNames {
  std::mutex mutex;
  std::condition_variable changed;
  int waiting = 0;
  bool answering = true;

  void wait() {
    std::unique_lock lock(mutex);
    ++waiting;
    changed.notify_all();
    changed.wait(lock, [this] { return answering; });
    --waiting;
    changed.notify_all();
  }
  void set_answering(bool answers) {
    const std::lock_guard lock(mutex);
    answering = answers;
    changed.notify_all();
  }
  int asked() {
    const std::lock_guard lock(mutex);
    return waiting;
  }
  void wait_until_all_answered() {
    std::unique_lock lock(mutex);
    changed.wait(lock, [this] { return waiting == 0; });
  }
};

SlowNames slow_names;

}  // namespace

extern "C" __attribute__((visibility("default"))) int getaddrinfo(const char* name,
                                                                  const char* service,
                                                                  const addrinfo* hints,
                                                                  addrinfo** result);

int getaddrinfo(const char* name, const char* service, const addrinfo* hints, addrinfo** result) {
  static const auto real =
      reinterpret_cast<decltype(&getaddrinfo)>(dlsym(RTLD_NEXT, "getaddrinfo"));
  const std::string_view asked(name == nullptr ? "" : name);
  if (asked.ends_with(".invalid")) return EAI_NONAME;
  if (asked != "slow.test") return real(name, service, hints, result);
  slow_names.wait();
  return real("127.0.0.1", service, hints, result);
}

namespace penstock::test {
namespace {

using namespace penstock::async;
using namespace penstock::http;

/// As the server is known under the slow name.
std::string slow_url(const WireServer& server) {
  return "http://slow.test:" + std::to_string(server.port()) + "/";
}

Task<> until_asked() {
  while (slow_names.asked() == 0) co_await sleep(std::chrono::milliseconds(1));
}

TEST_CASE("while a name is resolved the loop goes on") {
  with_server(always(answer("200 OK", "hello")), [](WireServer& server) -> Task<> {
    slow_names.set_answering(false);
    Session session;
    co_await task_group([&](TaskGroup& group) -> Task<> {
      auto slow = group.spawn(session.get(slow_url(server)));
      co_await until_asked();
      const Response meanwhile = co_await session.get(server.url());
      CHECK(meanwhile.body == "hello");
      CHECK_FALSE(slow.finished());
      slow_names.set_answering(true);
      const Response response = co_await slow.join();
      CHECK(response.body == "hello");
    });
  });
}

TEST_CASE("a request that is cancelled while its name is resolved does not wait for the name") {
  with_server(always(answer("200 OK", "hello")), [](WireServer& server) -> Task<> {
    slow_names.set_answering(false);
    {
      Session session;
      co_await task_group([&](TaskGroup& group) -> Task<> {
        group.spawn(swallow(session.get(slow_url(server))));
        co_await until_asked();
        group.cancel();
      });
      CHECK(slow_names.asked() == 1);
      const Response meanwhile = co_await session.get(server.url());
      CHECK(meanwhile.body == "hello");
    }
    CHECK(slow_names.asked() == 1);
    slow_names.set_answering(true);
    slow_names.wait_until_all_answered();
  });
}

TEST_CASE("a name that is resolved too slowly is a TimeoutError of nothing sent") {
  with_server(always(answer("200 OK", "hello")), [](WireServer& server) -> Task<> {
    slow_names.set_answering(false);
    Session session({.connect_timeout = std::chrono::milliseconds(20)});
    const auto error = co_await error_of<TimeoutError>(session.get(slow_url(server)));
    CHECK_FALSE(error.may_have_run());
    slow_names.set_answering(true);
    slow_names.wait_until_all_answered();
  });
}

TEST_CASE("a name that does not resolve is a ConnectError that says so") {
  run_real([]() -> Task<> {
    Session session;
    const auto error = co_await error_of<ConnectError>(session.get("http://no-such-host.invalid/"));
    CHECK(error.transient());
    CHECK_THAT(error.what(), Catch::Contains("resolve host: no-such-host.invalid"));
  });
}

}  // namespace
}  // namespace penstock::test
