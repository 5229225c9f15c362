#include "penstock/job/envelope_compose.hpp"

#include <catch2/catch.hpp>
#include <chrono>
#include <random>

#include "penstock/job/json.hpp"

namespace penstock::job {
namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;

const std::string kSlot = "01KAV9FTFM0000000000000000";  // made at 1764000000.5
const std::string kLaterSlot = "01KAVAFTFM0000000000000000";

Job parsed(std::string element, std::string slot = kSlot) {
  auto job = parse_element(std::move(element), std::move(slot));
  if (!job) FAIL(job.error().reason);
  return std::move(*job);
}

ErrorRecord failure(std::string message = "disk full") {
  return {.at = Time(1764000001250ms),
          .attempt = 1,
          .kind = "exit",
          .code = 3,
          .message = std::move(message),
          .instance = "host",
          .took = 812ms};
}

std::size_t count_errors(const Job& job) {
  return job.errors().empty() ? 0 : json::elements(job.errors())->size();
}

TEST_CASE("compose: a raw job that failed becomes an envelope around its bytes") {
  CHECK(
      compose_retry(parsed(R"({"src": "a.png"})"), failure()) ==
      R"({"penstock":1,"id":"01KAV9FTFM0000000000000000","run":1,"attempt":1,"crashes":0,)"
      R"("enqueued_at":1764000000.5,"errors":[{"at":1764000001.25,"attempt":1,"kind":"exit",)"
      R"("code":3,"message":"disk full","instance":"host","ms":812}],"payload":{"src": "a.png"}})");
}

TEST_CASE("compose: each step counts what it stands for") {
  const Job job = parsed(R"({"penstock":1,"run":7,"attempt":3,"crashes":2,"payload":1})");
  const auto counts = [](const std::string& envelope) {
    const Job next = parsed(envelope);
    return std::array{next.runs, next.attempts_used, next.crashes};
  };
  CHECK(counts(compose_retry(job, failure())) == std::array{8U, 4U, 2U});
  CHECK(counts(compose_snooze(job, failure())) == std::array{8U, 3U, 2U});
  CHECK(counts(compose_return(job)) == std::array{8U, 3U, 2U});
  CHECK(counts(compose_crash(job, failure())) == std::array{8U, 3U, 2U});
  CHECK(counts(compose_start(job)) == std::array{7U, 3U, 3U});
  CHECK(counts(compose_dead(job, failure())) == std::array{8U, 4U, 2U});
  CHECK(counts(compose_unrun(job, failure())) == std::array{7U, 3U, 2U});
}

TEST_CASE("compose: the first crash is charged by who recovers, a later one as the job starts") {
  Job job = parsed(R"({"penstock":1,"payload":1})");
  for (std::uint32_t crash = 1; crash <= 3; ++crash) {
    job = parsed(compose_crash(job, failure()));
    CHECK(job.crashes == crash);
    job = parsed(compose_start(job));
  }
}

TEST_CASE("compose: counters stop at the highest that can be read back") {
  const Job job = parsed(R"({"penstock":1,"run":1000000,"attempt":1000000,"payload":1})");
  CHECK(parsed(compose_retry(job, failure())).runs == kMaxCount);
}

TEST_CASE("compose: what the element said is carried on, byte for byte") {
  const Job job = parsed(
      R"({"penstock" : 1, "id":"j","x\u0041":{"deep":[1.50,  "y"]},"attempts":5,"timeout":30.0,)"
      R"("type":"\u0061","payload":7,"context":{"a":"b"},"z":null})");
  CHECK(compose_return(job) ==
        R"({"penstock":1,"id":"j","run":1,"attempt":0,"crashes":0,)"
        R"("x\u0041":{"deep":[1.50,  "y"]},"attempts":5,"timeout":30.0,"type":"\u0061",)"
        R"("context":{"a":"b"},"z":null,"enqueued_at":1764000000.5,"payload":7})");
}

TEST_CASE("compose: the time of the first fetch stays through later ones") {
  const Job first = parsed("x");
  const Job second = parsed(compose_retry(first, failure()), kLaterSlot);
  CHECK(second.age_from() == first.age_from());
  const Job third = parsed(compose_retry(second, failure()));
  CHECK(third.age_from() == first.age_from());
}

TEST_CASE("compose: an enqueued_at of null gives way to the time of the first fetch") {
  const Job job = parsed(R"({"penstock":1,"enqueued_at":null,"payload":1})");
  CHECK(parsed(compose_retry(job, failure())).enqueued_at == Time(1764000000500ms));
}

TEST_CASE("compose: the id stays through retries, while the slot is new each time") {
  const Job second = parsed(compose_retry(parsed("x"), failure()), kLaterSlot);
  CHECK(second.id == kSlot);
  CHECK(second.slot == kLaterSlot);
  CHECK(parsed(compose_crash(second, failure()), "other").id == kSlot);
}

TEST_CASE("compose: a return adds no error and keeps those there are") {
  CHECK_FALSE(compose_return(parsed("1")).contains("errors"));
  const Job job = parsed(compose_retry(parsed("1"), failure()));
  CHECK(count_errors(parsed(compose_return(job))) == 1);
}

TEST_CASE("compose: the history keeps the first error and the last nine") {
  Job job = parsed("1");
  for (int i = 1; i <= 30; ++i)
    job = parsed(compose_retry(job, failure("no " + std::to_string(i))));
  const auto errors = json::elements(job.errors());
  REQUIRE(errors->size() == 10);
  CHECK((*errors)[0].raw.contains("\"no 1\""));
  CHECK((*errors)[1].raw.contains("\"no 22\""));
  CHECK((*errors)[9].raw.contains("\"no 30\""));
}

TEST_CASE("compose: a foreign history of any length is cut to size") {
  std::string history = "0";
  for (int i = 1; i < 1000; ++i) history += "," + std::to_string(i);
  const Job job = parsed(R"({"penstock":1,"payload":1,"errors":[)" + history + "]}");
  CHECK(parsed(compose_return(job)).errors() == "[0,991,992,993,994,995,996,997,998,999]");
}

TEST_CASE("compose: a message is cut to 4 KiB, between characters") {
  std::string message = std::string(4095, 'x') + "\xC3\xA9";
  const Job job = parsed(compose_retry(parsed("1"), failure(message)));
  CHECK(job.errors().contains("\"" + std::string(4095, 'x') + "\""));
}

TEST_CASE("compose: a message of any bytes leaves the envelope readable") {
  const std::string message = "caf\xE9 \0 \x1B[31m \"quoted\" \n"s;
  const Job job = parsed(compose_retry(parsed("1"), failure(message)));
  CHECK(job.errors().contains(R"("message":"caf\\xe9 \u0000 \u001b[31m \"quoted\" \n)"));
}

TEST_CASE("compose: a payload that is no JSON goes as base64") {
  CHECK(compose_return(parsed("not json")).ends_with(R"("payload_base64":"bm90IGpzb24="})"));
  CHECK(compose_return(parsed("")).ends_with(R"("payload_base64":""})"));
}

TEST_CASE("compose: a payload that would lose white space goes as base64") {
  CHECK(parsed(compose_return(parsed(" 1"))).payload() == " 1");
  CHECK(parsed(compose_return(parsed("1\n"))).payload() == "1\n");
  CHECK(compose_return(parsed("[1, 2]")).ends_with(R"("payload":[1, 2]})"));
}

TEST_CASE("compose: a payload too deep to nest in an envelope goes as base64") {
  for (const std::size_t depth : {json::kMaxDepth - 1, json::kMaxDepth, std::size_t{2000}}) {
    const std::string payload = std::string(depth, '[') + std::string(depth, ']');
    const std::string envelope = compose_return(parsed(payload));
    CHECK(envelope.contains("payload_base64") == (depth >= json::kMaxDepth));
    CHECK(parsed(envelope).payload() == payload);
  }
}

TEST_CASE("compose: a base64 payload that is JSON after all goes verbatim") {
  CHECK(compose_return(parsed(R"({"penstock":1,"payload_base64":"WzFd"})"))
            .ends_with(R"("payload":[1]})"));
}

/// Bytes of one of several kinds: noise, JSON-like noise, JSON, the heads of envelopes.
std::string random_payload(std::mt19937& random) {
  constexpr std::string_view kPieces[] = {"{", "}", "[", "]", "\"", ":", ",", "1", "\\u00e9", " "};
  std::string payload;
  const unsigned kind = static_cast<unsigned>(random() % 4);
  for (std::size_t i = random() % 50; i > 0; --i) {
    if (kind == 0) payload += static_cast<char>(random());
    if (kind == 1) payload += kPieces[random() % std::size(kPieces)];
    if (kind == 2) payload += (payload.empty() ? "[" : ",") + std::to_string(random());
    if (kind == 3) payload += payload.empty() ? "{\"penstock\":" : "\"\xC3\xA9\"";
  }
  if (kind == 2 && !payload.empty()) payload += "]";
  return payload;
}

TEST_CASE("compose: every payload comes back as it was, through all kinds of envelopes") {
  std::mt19937 random(20251125);
  for (int i = 0; i < 20'000; ++i) {
    const std::string payload = random_payload(random);
    Job job = parsed(*compose_new({}, payload));
    CHECK(job.payload() == payload);
    if (!is_envelope(payload)) job = parsed(payload);
    job = parsed(compose_retry(job, failure(payload)));
    job = parsed(compose_crash(job, failure()));
    job = parsed(compose_dead(parsed(compose_snooze(job, failure())), failure()));
    CHECK(job.payload() == payload);
  }
}

TEST_CASE("compose: an unreadable element is kept whole") {
  const std::string element = R"({"penstock":2,"payload":1})";
  const auto bad = parse_element(element, kSlot);
  REQUIRE_FALSE(bad);
  const std::string envelope = compose_unreadable(bad.error(), failure(bad.error().reason));
  const Job job = parsed(envelope);
  CHECK(job.payload() == element);
  CHECK(job.id == kSlot);
  CHECK(job.errors().contains("version that is not known"));
  CHECK(envelope.contains("payload_base64"));
}

TEST_CASE("compose: a new job says what it was told, and nothing else") {
  CHECK(compose_new({}, "[1]") == R"({"penstock":1,"payload":[1]})");
  const NewJob options{.id = "j1",
                       .type = "resize",
                       .enqueued_at = Time(1764000000007ms),
                       .expires_at = Time(1764000100s),
                       .timeout = 1500ms,
                       .attempts = 5,
                       .unique = "k\"",
                       .reply_to = "replies:7",
                       .context = {{"request_id", "r"}, {"n", "1"}}};
  CHECK(compose_new(options, "x") ==
        R"({"penstock":1,"id":"j1","type":"resize","enqueued_at":1764000000.007,)"
        R"("expires_at":1764000100,"timeout":1.5,"attempts":5,"unique":"k\"",)"
        R"("reply_to":"replies:7","context":{"request_id":"r","n":"1"},"payload_base64":"eA=="})");
}

TEST_CASE("compose: a new job's options come back as they were") {
  const NewJob options{
      .id = "j1", .expires_at = Time(1764000100007ms), .timeout = 1ms, .context = {{"a", "b"}}};
  const Job job = parsed(*compose_new(options, "1"));
  CHECK(job.id == options.id);
  CHECK(job.expires_at == options.expires_at);
  CHECK(job.timeout == options.timeout);
  CHECK(job.context == options.context);
}

TEST_CASE("compose: a new job that could not be read back is refused") {
  CHECK_FALSE(compose_new({.id = "a\nb"}, "1"));
  CHECK_FALSE(compose_new({.id = std::string(129, 'x')}, "1"));
  CHECK_FALSE(compose_new({.attempts = 0}, "1"));
  CHECK_FALSE(compose_new({.context = {{"a b", "x"}}}, "1"));
  CHECK(compose_new({.timeout = -1s}, "1").error() ==
        "the envelope \"timeout\" must be a number of seconds, more than 0 and at most a year");
}

TEST_CASE("compose: an id or type that is not UTF-8 is refused or spelled out, never broken JSON") {
  CHECK(parsed(*compose_new({.type = "caf\xE9"}, "1")).type == "caf\\xe9");
}

}  // namespace
}  // namespace penstock::job
