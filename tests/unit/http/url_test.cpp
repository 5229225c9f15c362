#include "penstock/http/url.hpp"

#include <catch2/catch.hpp>

#include "penstock/http/error.hpp"

namespace penstock::http {
namespace {

using Catch::Contains;

/// What parse_url says against it.
std::string fault(std::string text) {
  try {
    parse_url(std::move(text));
  } catch (const InvalidRequest& error) {
    return error.what();
  }
  return "";
}

TEST_CASE("a URL's label has neither user nor password nor query nor fragment") {
  CHECK(parse_url("https://me:secret@example.org/path?token=secret#part").label ==
        "https://example.org/path?...");
  CHECK(parse_url("http://example.org").label == "http://example.org/");
  CHECK(parse_url("http://[::1]:8080/x").label == "http://[::1]:8080/x");
}

TEST_CASE("URLs of one server have one origin") {
  CHECK(parse_url("HTTP://Example.ORG/a").origin == "http://example.org:80");
  CHECK(parse_url("http://u@example.org:80/b?c").origin == "http://example.org:80");
  CHECK(parse_url("https://example.org/").origin == "https://example.org:443");
}

TEST_CASE("a scheme other than http and https is refused") {
  const std::string url = GENERATE("file:///etc/passwd", "ftp://example.org/", "dict://host/",
                                   "gopher://host/", "ws://host/", "javascript:alert(1)");
  CHECK_THAT(fault(url), Contains("neither an http nor an https URL: ") || Contains("not a URL: "));
}

TEST_CASE("a URL that would forge a request is refused, and not repeated") {
  const std::string bad =
      GENERATE(std::string("\r\nX-Forged: 1"), std::string("\n"), std::string("\0", 1),
               std::string(" HTTP/1.1"), std::string("\x7f"), std::string("\t"));
  for (const std::string& text :
       {"http://example.org/secret" + bad, "http://exa" + bad + "mple.org/",
        bad + "http://example.org/", "http://u" + bad + "@example.org"}) {
    CHECK_THAT(fault(text), Contains("not a URL: it has a blank or a control character"));
    CHECK_THAT(fault(text), !Contains("secret"));
  }
}

TEST_CASE("what is not a URL is refused with a reason") {
  CHECK_THAT(fault(""), Contains("not a URL"));
  CHECK_THAT(fault("example.org/path"), Contains("not a URL"));
  CHECK_THAT(fault("http://"), Contains("not a URL"));
  CHECK_THAT(fault("http://host:99999/"), Contains("not a URL"));
}

TEST_CASE("a Location means what it says at the URL it came from") {
  const Url base = parse_url("http://example.org:8080/a/b?q");
  CHECK(resolve(base, "/c", "GET").text == "http://example.org:8080/c");
  CHECK(resolve(base, "c", "GET").text == "http://example.org:8080/a/c");
  CHECK(resolve(base, "//other/c", "GET").text == "http://other/c");
  CHECK(resolve(base, "https://other/c", "GET").text == "https://other/c");
}

TEST_CASE("a Location to another scheme, or to nowhere, is a RedirectError") {
  const std::string location = GENERATE("file:///etc/passwd", "ftp://example.org/", "http://a b/",
                                        "http://example.org:0x/", "gopher://example.org/");
  CHECK_THROWS_AS(resolve(parse_url("http://example.org/"), location, "GET"), RedirectError);
}

}  // namespace
}  // namespace penstock::http
