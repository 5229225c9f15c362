// What a job's process is started with, and whose fault it is when it is not.
#include "daemon/handlers/exec.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <sstream>

#include "support/async_run.hpp"

namespace penstock::handlers {
namespace {

using Lines = std::vector<std::string>;

config::ExecHandler command(std::initializer_list<std::string_view> words) {
  config::ExecHandler options;
  for (const std::string_view word : words) options.command.push_back(*job::Template::parse(word));
  return options;
}

/// How a job with this element ends.
job::HandlerEnd end_of(const config::ExecHandler& options, std::string element = "{}") {
  const job::Job job = *job::parse_element(std::move(element), "01JDB000000000000000000000");
  return test::run_real([&]() -> async::Task<job::HandlerEnd> {
    ExecHandler handler(options, log::Level::kInfo);
    async::Event hurry;
    co_return co_await handler.run({.job = job,
                                    .queue = "orders",
                                    .instance = "test",
                                    .number = 1,
                                    .run = 1,
                                    .deadline = {},
                                    .max_result = 64U << 10U,
                                    .hurry = hurry});
  });
}

/// The lines of the environment that set `name`.
Lines settings_of(const std::string& name, const job::HandlerEnd& end) {
  std::istringstream output(end.result);
  Lines found;
  for (std::string line; std::getline(output, line);) {
    if (line.starts_with(name + '=')) found.push_back(line);
  }
  return found;
}

TEST_CASE("what the queue's env says stands instead of what the daemon has") {
  REQUIRE(::setenv("LANG", "C", 1) == 0);
  REQUIRE(::setenv("TZ", "UTC", 1) == 0);
  config::ExecHandler options = command({"/usr/bin/env"});
  options.env.emplace("LANG", *job::Template::parse("{{language}}"));
  const job::HandlerEnd end = end_of(options, R"({"language":"de_DE.UTF-8"})");
  CHECK(settings_of("LANG", end) == Lines{"LANG=de_DE.UTF-8"});
  CHECK(settings_of("TZ", end) == Lines{"TZ=UTC"});
  CHECK(settings_of("PENSTOCK_QUEUE", end) == Lines{"PENSTOCK_QUEUE=orders"});
}

TEST_CASE("a program is looked up in the PATH that the queue's env gives it") {
  config::ExecHandler options = command({"true"});
  CHECK(end_of(options).kind == job::EndKind::kExited);
  options.env.emplace("PATH", *job::Template::parse("/nonexistent"));
  CHECK(end_of(options).kind == job::EndKind::kNotStarted);
}

TEST_CASE("a user that cannot be found is no fault of the job") {
  config::ExecHandler options = command({"true"});
  options.user = "nobody-of-this-name";
  const job::HandlerEnd end = end_of(options);
  CHECK(end.kind == job::EndKind::kNotStarted);
  CHECK(end.text == "there is no user 'nobody-of-this-name'");
}

TEST_CASE("a job whose own text no command can take is unfit") {
  const config::ExecHandler options = command({"true", "{{text}}"});
  CHECK(end_of(options, R"({"text":"a\u0000b"})").kind == job::EndKind::kUnfit);
  CHECK(end_of(options, R"({"text":")" + std::string(200'000, 'x') + "\"}").kind ==
        job::EndKind::kUnfit);
}

}  // namespace
}  // namespace penstock::handlers
