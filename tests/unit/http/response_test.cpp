#include "penstock/http/response.hpp"

#include <catch2/catch.hpp>

#include "penstock/http/error.hpp"
#include "support/async_run.hpp"

namespace penstock::http {
namespace {

using namespace std::chrono_literals;

Response of_status(unsigned status, Headers headers = {}) {
  return {.status = status, .headers = std::move(headers), .label = "GET http://example.org/"};
}

/// What raise_for_status() throws is transient.
bool may_pass(unsigned status) {
  try {
    of_status(status).raise_for_status();
  } catch (const StatusError& error) {
    CHECK(error.may_have_run());
    return error.transient();
  }
  FAIL("no error");
  return false;
}

TEST_CASE("a status below 400 is no error") {
  const unsigned status = GENERATE(200U, 204U, 301U, 304U, 399U);
  CHECK_NOTHROW(of_status(status).raise_for_status());
}

TEST_CASE("a StatusError has the response, and says the request and the status") {
  Response response = of_status(404, {{"X", "1"}});
  response.body = "not here";
  try {
    response.raise_for_status();
    FAIL("no error");
  } catch (const StatusError& error) {
    CHECK(std::string(error.what()) == "GET http://example.org/: status 404");
    CHECK(error.status() == 404);
    CHECK(error.response().body == "not here");
    CHECK(error.response().headers.get("x") == "1");
  }
}

TEST_CASE("a status that may pass is transient, one that says the request is wrong is not") {
  for (const unsigned status : {408U, 425U, 429U, 500U, 502U, 503U, 504U, 599U}) {
    CHECK(may_pass(status));
  }
  for (const unsigned status : {400U, 401U, 404U, 410U, 422U, 501U, 505U}) {
    CHECK_FALSE(may_pass(status));
  }
}

TEST_CASE("a StatusError with a Retry-After is waited out by retry") {
  test::run_virtual([]() -> async::Task<> {
    const async::TimePoint start = async::Loop::current().now();
    unsigned calls = 0;
    std::mt19937 random;
    auto operation = [&calls]() -> async::Task<> {
      if (++calls == 1) of_status(503, {{"Retry-After", "90"}}).raise_for_status();
      co_return;
    };
    co_await async::retry({.backoff = {}, .retryable = is_transient}, operation, random);
    CHECK(calls == 2);
    CHECK(async::Loop::current().now() - start == 90s);
  });
}

TEST_CASE("retry gives up at once on an error that is not transient") {
  test::run_virtual([]() -> async::Task<> {
    unsigned calls = 0;
    std::mt19937 random;
    auto operation = [&calls]() -> async::Task<> {
      ++calls;
      of_status(404).raise_for_status();
      co_return;
    };
    bool failed = false;
    try {
      co_await async::retry({.backoff = {}, .retryable = is_transient}, operation, random);
    } catch (const StatusError&) {
      failed = true;
    }
    CHECK(failed);
    CHECK(calls == 1);
  });
}

TEST_CASE("an error of somebody else's is not transient here") {
  CHECK_FALSE(is_transient(std::runtime_error("boom")));
}

}  // namespace
}  // namespace penstock::http
