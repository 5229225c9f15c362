#include "penstock/http/message.hpp"

#include <catch2/catch.hpp>

#include "penstock/http/error.hpp"

namespace penstock::http {
namespace {

using Catch::Contains;

const std::string kUrl = "https://example.org/path?secret";

std::string fault(Request request) {
  try {
    check(std::move(request));
  } catch (const InvalidRequest& error) {
    return error.what();
  }
  return "";
}

Checked post_of(std::string body) {
  return check({.method = "POST",
                .url = kUrl,
                .headers = {{"Content-Type", "text/plain"},
                            {"Authorization", "secret"},
                            {"Cookie", "secret"},
                            {"Accept", "text/html"}},
                .body = std::move(body)});
}

TEST_CASE("a request that may be sent is labelled for messages") {
  CHECK(check({.method = "post", .url = kUrl}).label == "POST https://example.org/path?...");
}

TEST_CASE("a header that would forge another is refused, and its value not repeated") {
  const std::string bad = GENERATE(std::string("\r\nX: 1"), std::string("\n"), std::string("\r"),
                                   std::string("\0", 1), std::string("\x1b"), std::string("\x7f"));
  const std::string what = fault({.url = kUrl, .headers = {{"X-Name", "secret" + bad}}});
  CHECK_THAT(what, Contains("the value of X-Name has a control character"));
  CHECK_THAT(what, !Contains("secret"));
  CHECK_THAT(fault({.url = kUrl, .headers = {{"X-Name" + bad, "value"}}}), Contains("not a token"));
  CHECK_THAT(fault({.method = "GET" + bad, .url = kUrl}), Contains("the method is not a token"));
}

TEST_CASE("a header's name is a token") {
  const std::string name = GENERATE("", " ", "A:", "A B", "(A)", "\xc3\xa4");
  CHECK_THAT(fault({.url = kUrl, .headers = {{name, "1"}}}), Contains("not a token"));
}

TEST_CASE("a tab and bytes beyond ASCII are allowed in a value") {
  CHECK(fault({.url = kUrl, .headers = {{"A", "\t\xc3\xa4"}, {"B", ""}}}).empty());
}

TEST_CASE("headers that could contradict the body are refused") {
  const std::string name = GENERATE("Content-Length", "content-length", "Transfer-Encoding");
  CHECK_THAT(fault({.url = kUrl, .headers = {{name, "5"}}}), Contains("follows from the body"));
}

TEST_CASE("CONNECT, and a HEAD with a body, are refused") {
  CHECK_THAT(fault({.method = "CONNECT", .url = kUrl}), Contains("CONNECT"));
  CHECK_THAT(fault({.method = "HEAD", .url = kUrl, .body = "x"}), Contains("HEAD has no body"));
}

TEST_CASE("a redirect of a POST by 301, 302 or 303 is a GET without a body") {
  const unsigned status = GENERATE(301U, 302U, 303U);
  const Checked next = follow(post_of("body"), status, "/other");
  CHECK(next.label == "GET https://example.org/other");
  CHECK_FALSE(next.has_body());
  CHECK_FALSE(next.request.headers.contains("Content-Type"));
  CHECK(next.request.headers.contains("Accept"));
}

TEST_CASE("a redirect by 307 or 308 sends the same again") {
  const unsigned status = GENERATE(307U, 308U);
  const Checked next = follow(post_of("body"), status, "/other");
  CHECK(next.label == "POST https://example.org/other");
  CHECK(*next.bytes() == "body");
  CHECK(next.request.headers.contains("Content-Type"));
}

TEST_CASE("a redirect of another method keeps it, but for 303") {
  const Checked put = check({.method = "PUT", .url = kUrl, .body = "body"});
  CHECK(follow(put, 302, "/other").request.method == "PUT");
  CHECK(follow(put, 303, "/other").request.method == "GET");
  CHECK(follow(check({.method = "HEAD", .url = kUrl}), 303, "/other").request.method == "HEAD");
}

TEST_CASE("credentials go along to the same origin only") {
  const std::string other =
      GENERATE("http://example.org/", "https://example.org:8443/", "https://elsewhere.org/");
  const Checked elsewhere = follow(post_of("body"), 307, other);
  CHECK_FALSE(elsewhere.request.headers.contains("Authorization"));
  CHECK_FALSE(elsewhere.request.headers.contains("Cookie"));
  CHECK(elsewhere.request.headers.contains("Accept"));
  const Checked here = follow(post_of("body"), 307, "https://EXAMPLE.org:443/x");
  CHECK(here.request.headers.contains("Authorization"));
}

TEST_CASE("a body that is made while it is sent cannot be redirected") {
  const Upload upload{
      .next = [] -> async::Task<std::optional<std::string>> { co_return std::nullopt; }};
  const Checked put = check({.method = "PUT", .url = kUrl, .body = upload});
  CHECK_THROWS_AS(follow(put, 307, "/other"), RedirectError);
  CHECK(follow(put, 303, "/other").request.method == "GET");
}

TEST_CASE("only some statuses ask to go elsewhere") {
  for (const unsigned status : {301U, 302U, 303U, 307U, 308U}) CHECK(is_redirect(status));
  for (const unsigned status : {200U, 300U, 304U, 305U, 306U, 309U, 400U}) {
    CHECK_FALSE(is_redirect(status));
  }
}

}  // namespace
}  // namespace penstock::http
