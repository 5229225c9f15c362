#include "penstock/job/template.hpp"

#include <catch2/catch.hpp>

namespace penstock::job {
namespace {

const std::string kSlot = "01KAV9FTFM0000000000000000";

std::expected<std::string, std::string> rendered(std::string_view text, std::string element) {
  const auto parsed = Template::parse(text);
  if (!parsed) FAIL(parsed.error().what);
  const auto job = parse_element(std::move(element), kSlot);
  if (!job) FAIL(job.error().reason);
  return parsed->render(TemplateScope(*job, "orders"));
}

std::string result(std::string_view text, std::string element) {
  auto out = rendered(text, std::move(element));
  return out ? *out : "error: " + out.error();
}

std::string error_of(std::string_view text) {
  const auto parsed = Template::parse(text);
  return parsed ? "" : std::to_string(parsed.error().offset) + " " + parsed.error().what;
}

TEST_CASE("template: text without holes is itself") {
  CHECK(result("-resize", "1") == "-resize");
  CHECK(result("", "1").empty());
  CHECK(result("a } b }} { c", "1") == "a } b }} { c");
  CHECK(Template::parse("x")->is_constant());
  CHECK_FALSE(Template::parse("{{x}}")->is_constant());
}

TEST_CASE("template: a hole is filled by the payload's field, text around it kept") {
  CHECK(result("{{src}}", R"({"src":"a.png"})") == "a.png");
  CHECK(result("--in={{src}}.bak", R"({"src":"a.png"})") == "--in=a.png.bak");
  CHECK(result("{{w}}x{{h}}", R"({"w":20,"h":30})") == "20x30");
  CHECK(result("{{ src }}", R"({"src":"a b"})") == "a b");
}

TEST_CASE("template: a path reaches into objects and arrays") {
  CHECK(result("{{a.b.0}}", R"({"a":{"b":["x"]}})") == "x");
  CHECK(result("{{payload.a.b.0}}", R"({"a":{"b":["x"]}})") == "x");
  CHECK(result("{{1.n}}", R"([0,{"n":7}])") == "7");
}

TEST_CASE("template: strings lose their escapes, everything else stands as it is") {
  CHECK(result("{{s}}", R"({"s":"\u00e9\n\"\ud83d\udca9"})") == "\xC3\xA9\n\"\xF0\x9F\x92\xA9");
  CHECK(result("{{n}}", R"({"n":123456789012345678901234567890.10})") ==
        "123456789012345678901234567890.10");
  CHECK(result("{{b}}", R"({"b":true})") == "true");
  CHECK(result("{{o}}", R"({"o":{"k" : [1, 2]}})") == R"({"k" : [1, 2]})");
  CHECK(result("{{s}}", R"({"s":""})").empty());
}

TEST_CASE("template: a missing or null field is an error that names it") {
  CHECK(result("{{a.b}}", R"({"a":{}})") == "error: {{a.b}}: the payload has no such field");
  CHECK(result("{{a}}", R"({"a":null})") == "error: {{a}}: the field is null");
  CHECK(result("{{a}}", "not json") == "error: {{a}}: the payload is not JSON");
  CHECK(result("{{a}}", "42") == "error: {{a}}: the payload has no such field");
}

TEST_CASE("template: a default stands in for a missing or null field") {
  CHECK(result("{{a|200}}x", "{}") == "200x");
  CHECK(result("{{a|200}}", R"({"a":null})") == "200");
  CHECK(result("{{a|200}}", R"({"a":7})") == "7");
  CHECK(result("{{a|}}", "{}").empty());
  CHECK(result("{{ a | b c }}", "{}") == "b c");
  CHECK(result("{{a|x|y}}", "{}") == "x|y");
  CHECK(result("{{a|no}}", "not json") == "no");
}

TEST_CASE("template: the whole payload is itself, byte for byte") {
  CHECK(result("<{{payload}}>", "not \xFF json ") == "<not \xFF json >");
  CHECK(result("{{payload}}", R"({"penstock":1,"payload":{"a" : 1}})") == R"({"a" : 1})");
}

TEST_CASE("template: the job speaks of itself") {
  const std::string element =
      R"({"penstock":1,"id":"j1","type":"resize","attempt":2,"run":5,"crashes":1,)"
      R"("enqueued_at":1764000000.5,"context":{"request_id":"r"},"payload":1})";
  CHECK(result("{{job.id}} {{job.type}} {{job.queue}}", element) == "j1 resize orders");
  CHECK(result("{{job.attempt}} {{job.run}} {{job.crashes}}", element) == "3 6 1");
  CHECK(result("{{job.enqueued_at}}", element) == "1764000000.500");
  CHECK(result("{{job.context.request_id}}", element) == "r");
}

TEST_CASE("template: what a raw job does not have takes a default") {
  CHECK(result("{{job.type}}", "1") == "error: {{job.type}}: the job has no type");
  CHECK(result("{{job.type|none}}", "1") == "none");
  CHECK(result("{{job.context.a}}", "1") ==
        "error: {{job.context.a}}: the job's context has no such field");
  CHECK(result("{{job.id}}", "1") == kSlot);
}

TEST_CASE("template: job. and payload. go before fields of these names") {
  const std::string payload = R"({"job":{"id":"mine"},"payload":{"a":2},"a":1})";
  CHECK(result("{{job.id}}", payload) == kSlot);
  CHECK(result("{{payload.job.id}}", payload) == "mine");
  CHECK(result("{{payload.a}}", payload) == "1");
  CHECK(result("{{payload.payload.a}}", payload) == "2");
  CHECK(result("{{job}}", payload) == R"({"id":"mine"})");
}

TEST_CASE("template: doubled braces are braces, so that other languages' can be written") {
  CHECK(result("{{{{.Names}}", "1") == "{{.Names}}");
  CHECK(result("{{{{{{a}}", R"({"a":1})") == "{{1");
  CHECK(result(R"({"a":{{a}}})", R"({"a":1})") == R"({"a":1})");
  CHECK(result(R"({"o":{"a":{{a}}}})", R"({"a":1})") == R"({"o":{"a":1}})");
  CHECK(result("{{{a}}}", R"({"a":1})") == "{1}");
}

TEST_CASE("template: what cannot be a template is told with its place") {
  CHECK(error_of("a{{b") == "1 {{ is not closed by }}");
  CHECK(error_of("a{{b}c}") == "1 {{ is not closed by }}");
  CHECK(error_of("{{a}}{{}}") == "5 a name is missing between the braces");
  for (const char* text : {"{{ }}", "{{|x}}", "{{a..b}}", "{{.a}}", "{{a.}}", "{{job.}}"})
    CHECK(error_of(text).ends_with("a name is missing between the braces"));
  CHECK(error_of("{{job.foo}}") ==
        "0 a job has no \"foo\", only id, attempt, run, crashes, queue, type, enqueued_at, "
        "context.NAME");
}

TEST_CASE("template: a NUL byte cannot be an argument") {
  CHECK(result("{{a}}", R"({"a":"x\u0000y"})") ==
        "error: {{a}}: holds a NUL byte, which no argument can carry");
  CHECK_FALSE(rendered("{{payload}}", std::string("a\0b", 3)));
}

TEST_CASE("template: half of a surrogate pair is an error, default or not") {
  CHECK(result("{{a|x}}", R"({"a":"\ud800"})") ==
        "error: {{a}}: the field holds half of a surrogate pair");
}

TEST_CASE("template: of duplicate fields the last counts") {
  CHECK(result("{{a}}", R"({"a":1,"a":2})") == "2");
  CHECK(result("{{o.a}}", R"({"o":{"a":1,"a":2}})") == "2");
}

TEST_CASE("template: a field's text is never read as a template again") {
  CHECK(result("{{a}}", R"({"a":"{{b}}","b":1})") == "{{b}}");
}

TEST_CASE("template: a scope serves many templates, and a deep payload is not JSON to it") {
  const auto job = parse_element(R"({"a":1,"b":"x"})", kSlot);
  const TemplateScope scope(*job, "orders");
  CHECK(Template::parse("{{a}}")->render(scope) == "1");
  CHECK(Template::parse("{{b}}")->render(scope) == "x");
  CHECK(result("{{a|deep}}", std::string(2000, '[')) == "deep");
}

}  // namespace
}  // namespace penstock::job
