// What a session's options do.
#include <netinet/in.h>

#include <cstdlib>

#include "http_run.hpp"
#include "penstock/log/log.hpp"

namespace penstock::test {
namespace {

using namespace penstock::async;
using namespace penstock::http;
using Catch::Contains;
using Catch::StartsWith;

/// Sets a variable of the environment, until it dies.
class Environment {
 public:
  Environment(const char* name, const std::string& value) : name_(name) {
    setenv(name, value.c_str(), 1);
  }
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;
  ~Environment() { unsetenv(name_); }

 private:
  const char* name_;
};

/// How many requests are being answered at once: each waits for `go_on`.
struct Crowd {
  Event go_on;
  std::size_t here = 0;
  Task<> operator()(Peer& peer) {
    while (!(co_await peer.request()).empty()) {
      ++here;
      co_await go_on.wait();
      peer.send(answer("200 OK", "hello"));
    }
  }
};

TEST_CASE("to one host there are no more connections at once than allowed") {
  Crowd crowd;
  with_server(std::ref(crowd), [&](WireServer& server) -> Task<> {
    Session session({.limit_per_host = 3});
    co_await task_group([&](TaskGroup& group) -> Task<> {
      for (int i = 0; i < 10; ++i) group.spawn(swallow(session.get(server.url())));
      while (crowd.here < 3) co_await sleep(std::chrono::milliseconds(1));
      for (int turns = 0; turns < 100; ++turns) co_await sleep(Duration::zero());
      CHECK(crowd.here == 3);
      crowd.go_on.set();
    });
    CHECK(crowd.here == 10);
    CHECK(server.connections() == 3);
  });
}

TEST_CASE("an address that is not permitted is not connected to") {
  with_server(echo, [](WireServer& server) -> Task<> {
    std::vector<std::uint16_t> asked;
    Session session({.permit_address = [&](const sockaddr& address) {
      CHECK(address.sa_family == AF_INET);
      const auto& ip = reinterpret_cast<const sockaddr_in&>(address);
      CHECK(ip.sin_addr.s_addr == htonl(INADDR_LOOPBACK));
      asked.push_back(ntohs(ip.sin_port));
      return false;
    }});
    const auto error = co_await error_of<AddressRefused>(session.get(server.url()));
    CHECK_FALSE(error.transient());
    CHECK_FALSE(error.may_have_run());
    CHECK(asked == std::vector{static_cast<std::uint16_t>(server.port())});
    CHECK(server.connections() == 0);
  });
}

TEST_CASE("an address is asked for after a redirect, too, and by the name's address") {
  with_server(echo, [](WireServer& forbidden) -> Task<> {
    co_await task_group([&](TaskGroup& group) -> Task<> {
      const std::string there = "http://localhost:" + std::to_string(forbidden.port()) + "/";
      WireServer server(group, always(answer("302 Found", "", "Location: " + there + "\r\n")));
      const int port = server.port();
      Session session({.max_redirects = 1, .permit_address = [port](const sockaddr& address) {
                         return ntohs(reinterpret_cast<const sockaddr_in&>(address).sin_port) ==
                                port;
                       }});
      co_await error_of<AddressRefused>(session.get(server.url()));
      CHECK(server.connections() == 1);
      CHECK(forbidden.connections() == 0);
      group.cancel();
    });
  });
}

TEST_CASE("a proxy is asked for the whole URL, without its credentials") {
  with_server(echo, [](WireServer& proxy) -> Task<> {
    Session session({.proxy = proxy.url()});
    const Response response = co_await session.get("http://user:secret@example.invalid/path");
    CHECK_THAT(response.body, StartsWith("GET http://example.invalid/path HTTP/1.1\r\n"));
    CHECK_THAT(response.body, Contains("Authorization: Basic ") && !Contains("secret@"));
  });
}

TEST_CASE("TLS goes through a proxy in a tunnel; a proxy that refuses it is a ConnectError") {
  with_server(always(answer("403 Forbidden", "no")), [](WireServer& proxy) -> Task<> {
    Session session({.proxy = proxy.url()});
    const auto error =
        co_await error_of<ConnectError>(session.post("https://example.invalid/", "x"));
    CHECK_FALSE(error.may_have_run());
    CHECK_THAT(error.what(), Contains("403"));
  });
}

TEST_CASE("a proxy of the environment is ignored, unless asked for") {
  with_server(echo, [](WireServer& server) -> Task<> {
    const Environment lower("http_proxy", server.url());
    const Environment all("ALL_PROXY", server.url());
    Session deaf;
    co_await error_of<ConnectError>(deaf.get("http://host.invalid/"));
    CHECK(server.connections() == 0);
    Session hears({.proxy_from_environment = true});
    const Response response = co_await hears.get("http://host.invalid/");
    CHECK_THAT(response.body, StartsWith("GET http://host.invalid/"));
  });
}

TEST_CASE("an explicit proxy is for all hosts, whatever no_proxy says") {
  with_server(echo, [](WireServer& proxy) -> Task<> {
    const Environment none("no_proxy", "*");
    Session session({.proxy = proxy.url()});
    const Response response = co_await session.get("http://host.invalid/");
    CHECK_THAT(response.body, StartsWith("GET http://host.invalid/"));
  });
}

TEST_CASE("a session says who it is, or does not") {
  with_server(echo, [](WireServer& server) -> Task<> {
    Session named({.user_agent = "me/1"});
    CHECK_THAT((co_await named.get(server.url())).body, Contains("User-Agent: me/1\r\n"));
    Session nameless({.user_agent = ""});
    CHECK_THAT((co_await nameless.get(server.url())).body, !Contains("User-Agent"));
  });
}

TEST_CASE("requests are no news: the log has nothing of them above debug") {
  with_server(once(answer("500 Broken")), [](WireServer& server) -> Task<> {
    const std::uint64_t before = log::stats().lines;
    Session session;
    co_await session.get(server.url());
    server.shut();
    co_await yield_now();
    co_await error_of<ConnectError>(session.get(server.url()));
    CHECK(log::stats().lines == before);
  });
}

TEST_CASE("a session without requests keeps no loop alive") {
  with_server(echo, [](WireServer& server) -> Task<> {
    Session session;
    co_await session.get(server.url());
    server.shut();
  });
  bool deadlock = false;
  try {
    run_real([]() -> Task<> {
      const Session session;
      co_await forever();
    });
  } catch (const Deadlock&) {
    deadlock = true;
  }
  CHECK(deadlock);
}

}  // namespace
}  // namespace penstock::test
