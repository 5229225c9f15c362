#include <catch2/catch.hpp>

#include "load.hpp"
#include "penstock/job/template.hpp"

namespace penstock::config {
namespace {

ExecHandler exec(const std::string& keys) {
  return std::get<ExecHandler>(queue(keys).handler);
}

// What a template gives for a job with this payload.
std::string rendered(const job::Template& text, std::string payload = "{}") {
  job::Job job;
  job.element = std::move(payload);
  job.payload_span = {.at = 0, .size = job.element.size()};
  return text.render(job::TemplateScope(job, "q")).value();
}

TEST_CASE("a list is short for a command") {
  const ExecHandler handler = exec("exec: [convert, '{{src}}', -resize, 200x]");
  REQUIRE(handler.command.size() == 4);
  CHECK(rendered(handler.command[0]) == "convert");
  CHECK(rendered(handler.command[1], R"({"src":"a.png"})") == "a.png");
  CHECK(handler.grace == 5s);
  CHECK(handler.cwd.empty());
  CHECK(handler.user.empty());
  CHECK_FALSE(handler.limits.any());
}

TEST_CASE("an exec handler's keys are read") {
  const ExecHandler handler = exec(
      "exec: {command: [run], env: {A: '{{x}}', B: ''}, cwd: /srv, user: shop, grace: 1m, "
      "limits: {memory: 1GiB, cpu: 1500ms, files: 64, processes: 8}}");
  CHECK(rendered(handler.env.at("A"), R"({"x":7})") == "7");
  CHECK(rendered(handler.env.at("B")).empty());
  CHECK(handler.cwd == "/srv");
  CHECK(handler.user == "shop");
  CHECK(handler.grace == 1min);
  CHECK(handler.limits.memory_bytes == 1ULL << 30U);
  CHECK(handler.limits.cpu_seconds == 2U);  // the kernel counts whole seconds
  CHECK(handler.limits.open_files == 64U);
  CHECK(handler.limits.processes == 8U);
}

TEST_CASE("a queue's command takes the surroundings from the defaults") {
  const Config config = loaded(
      "defaults: {exec: {cwd: /srv, env: {A: a, B: b}, grace: 9s}}\n"
      "queues: {q: {exec: {command: [run], env: {B: c}}}, r: {exec: [walk]}}");
  const auto& q = std::get<ExecHandler>(config.queues[0].handler);
  CHECK(q.cwd == "/srv");
  CHECK(rendered(q.env.at("A")) == "a");
  CHECK(rendered(q.env.at("B")) == "c");
  CHECK(std::get<ExecHandler>(config.queues[1].handler).grace == 9s);
}

TEST_CASE("a queue's handler replaces one of another kind in the defaults") {
  const Config config = loaded(
      "defaults: {exec: [run]}\n"
      "queues: {q: {noop: {wait: 5ms}}, r: {}}");
  CHECK(std::get<NoopHandler>(config.queues[0].handler).wait == 5ms);
  CHECK(std::get<ExecHandler>(config.queues[1].handler).command.size() == 1);
}

TEST_CASE("an empty argument is an argument") {
  CHECK(exec("exec: [run, '']").command.size() == 2);
}

TEST_CASE("the environment's braces are text, not a field of the job") {
  const ExecHandler handler = exec("exec: [run, 'x ${HOLE} {{name}}', '${TRICKY}']");
  CHECK(rendered(handler.command[1], R"({"name":"ada"})") == "x {{name}} ada");
  CHECK(rendered(handler.command[2]) == "x # y: [z");
}

TEST_CASE("an argument longer than Linux takes is refused") {
  const std::string most(131'071, 'x');
  CHECK(complaints("queues: {q: {exec: [run, '" + most + "']}}").empty());
  CHECK(complaints("queues: {q: {exec: [run, '" + most + "x']}}").size() == 1);
}

TEST_CASE("noop waits as long as it is told") {
  CHECK(std::get<NoopHandler>(queue("noop:").handler).wait == 0ms);
  CHECK(std::get<NoopHandler>(queue("noop: {wait: 2s}").handler).wait == 2s);
}

}  // namespace
}  // namespace penstock::config
