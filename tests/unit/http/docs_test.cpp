// The documentation's examples, compiled, and compared with the documentation.
#include <fstream>
#include <sstream>

#include "http_run.hpp"
#include "penstock/async/queue.hpp"
#include "penstock/async/timeout.hpp"
#include "penstock/http/address.hpp"

namespace penstock::test {
namespace {

using namespace std::chrono_literals;

// clang-format off
namespace examples {

[[maybe_unused]] async::Task<> first() {
http::Session session;
http::Response response = co_await session.get("https://example.org/prices");
response.raise_for_status();
}

async::Task<> options() {
http::Session session({
    .limit_per_host = 5,
    .timeout = 10s,
    .max_redirects = 3,
    .ca_file = "/etc/ssl/private-ca.pem",
});
co_return;
}

async::Task<http::Response> request(http::Session& session, std::string url, std::string token) {
http::Response response = co_await session.request({
    .method = "PUT",
    .url = url,
    .headers = {{"Content-Type", "text/csv"}, {"Authorization", "Bearer " + token}},
    .body = "a,b\n1,2\n",
    .timeout = 3s,
});
co_return response;
}

async::Task<std::string> retry(http::Session& session, std::string url, std::mt19937& random) {
auto fetch = [&]() -> async::Task<std::string> {
  const http::Response response = co_await session.get(url);
  response.raise_for_status();
  co_return response.body;
};
std::string body = co_await async::retry(
    {.attempts = 5, .backoff = {1s, 30s}, .retryable = http::is_transient}, fetch, random);
co_return body;
}

async::Task<http::Response> deadline(http::Session& session, std::string url) {
http::Response response = co_await async::with_timeout(2s, session.get(url));
co_return response;
}

async::Task<std::size_t> stream(http::Session& session, std::string url) {
std::size_t bytes = co_await session.stream(
    {.url = url}, [&](http::ResponseStream& stream) -> async::Task<std::size_t> {
      co_await stream.raise_for_status();
      std::size_t size = 0;
      while (const auto piece = co_await stream.read()) size += piece->size();
      co_return size;
    });
co_return bytes;
}

async::Task<http::Response> upload(http::Session& session, std::string url, async::Queue<std::string>& lines) {
http::Upload upload{.next = [&]() -> async::Task<std::optional<std::string>> {
  co_return co_await lines.get();
}};
http::Response response = co_await session.post(url, std::move(upload));
co_return response;
}

async::Task<> guard() {
http::Session session({.permit_address = http::is_public});
co_return;
}

}  // namespace examples
// clang-format on

std::string text_of(const std::string& file) {
  std::ostringstream text;
  text << std::ifstream(PENSTOCK_SOURCE_DIR "/" + file).rdbuf();
  return text.str();
}

TEST_CASE("the documentation's examples of HTTP are those that are compiled here") {
  const std::string chapter = text_of("docs/4-http.md");
  const std::string compiled = text_of("tests/unit/http/docs_test.cpp");
  const std::string fence = "```cpp\n";
  std::size_t examples = 0;
  for (std::size_t at = chapter.find(fence); at != std::string::npos;
       at = chapter.find(fence, at), ++examples) {
    at += fence.size();
    const std::string example = chapter.substr(at, chapter.find("```", at) - at);
    INFO(example);
    CHECK(compiled.contains("\n" + example));
  }
  CHECK(examples == 8);
}

TEST_CASE("the documentation's examples of HTTP do what it says") {
  with_server(echo, [](WireServer& server) -> async::Task<> {
    http::Session session;
    std::mt19937 random;
    const http::Response put = co_await examples::request(session, server.url(), "token");
    CHECK_THAT(put.body, Catch::EndsWith("\r\n\r\na,b\n1,2\n"));
    CHECK_THAT(co_await examples::retry(session, server.url(), random), Catch::StartsWith("GET /"));
    CHECK((co_await examples::deadline(session, server.url())).ok());
    CHECK(co_await examples::stream(session, server.url()) > 0);
    co_await examples::options();
    co_await examples::guard();
  });
}

TEST_CASE("the documentation's example of an upload sends what a queue gives") {
  auto script = [](Peer& peer) -> async::Task<> {
    std::string request;
    while (!request.ends_with("0\r\n\r\n")) request += co_await peer.bytes();
    peer.send(answer("200 OK", request));
    co_await peer.hung_up();
  };
  with_server(script, [](WireServer& server) -> async::Task<> {
    http::Session session;
    async::Queue<std::string> lines(2);
    CHECK(lines.try_put("one\n"));
    CHECK(lines.try_put("two\n"));
    lines.close();
    const http::Response response = co_await examples::upload(session, server.url(), lines);
    CHECK_THAT(response.body, Catch::Contains("one\n") && Catch::Contains("two\n"));
  });
}

}  // namespace
}  // namespace penstock::test
