#include "penstock/job/envelope.hpp"

#include <catch2/catch.hpp>
#include <chrono>

namespace penstock::job {
namespace {

using namespace std::chrono_literals;

const std::string kSlot = "01KAV9FTFM0000000000000000";

Job parsed(std::string element) {
  auto job = parse_element(std::move(element), kSlot);
  if (!job) FAIL(job.error().reason);
  return std::move(*job);
}

/// An envelope with a payload and these further members.
std::string with(std::string_view members) {
  return R"({"penstock":1,"payload":{},)" + std::string(members) + "}";
}

/// Why an element is refused; empty if it is not.
std::string refusal(std::string element) {
  const auto job = parse_element(element, kSlot);
  if (job) return {};
  CHECK(job.error().element == element);
  CHECK(job.error().slot == kSlot);
  return job.error().reason;
}

std::string refusal_with(std::string_view members) {
  return refusal(with(members));
}

TEST_CASE("envelope: a raw element is the payload, whatever its bytes") {
  for (const std::string& element :
       {std::string(R"({"src":"a.png"})"), std::string("not json"), std::string(),
        std::string("\0\xFF{", 3), std::string(R"(["penstock"])"),
        std::string(R"({"type":"x","penstock":1})"), std::string(R"({"penstocks":1})"),
        std::string(R"({"penstock" 1})"), std::string(R"({"\u0070enstock":1})"),
        std::string(R"({"penstock")"), std::string("  {  ")}) {
    const Job job = parsed(element);
    CHECK_FALSE(job.is_envelope);
    CHECK(job.payload() == element);
    CHECK(job.element == element);
  }
}

TEST_CASE("envelope: a raw element takes its slot for an id") {
  const Job job = parsed("x");
  CHECK(job.id == kSlot);
  CHECK(job.slot == kSlot);
  CHECK(job.attempt() == 1);
  CHECK(job.run() == 1);
}

TEST_CASE("envelope: a raw element's bytes are moved, not copied") {
  std::string element(1000, 'x');
  const char* const bytes = element.data();
  CHECK(parsed(std::move(element)).payload().data() == bytes);
}

TEST_CASE("envelope: a job's views survive its being moved, short strings too") {
  for (const char* element : {"ab", R"({"penstock":1,"payload":[1],"errors":[7]})"}) {
    Job job = parsed(element);
    const std::string payload(job.payload());
    const Job moved = std::move(job);
    CHECK(moved.payload() == payload);
  }
}

TEST_CASE("envelope: all its options are read") {
  const Job job = parsed(R"({"penstock":1,"id":"j1","type":"resize","payload":{"src":"a.png"},
      "enqueued_at":1764000000.5,"attempts":5,"timeout":30,"expires_at":1764000100,"unique":"k",
      "reply_to":"replies:7","context":{"request_id":"r","n":1.50,"ok":true,"none":null},
      "attempt":2,"run":4,"crashes":1,"errors":[{"at":1}]})");
  CHECK(job.id == "j1");
  CHECK(job.type == "resize");
  CHECK(job.payload() == R"({"src":"a.png"})");
  CHECK(job.enqueued_at == Time(1764000000500ms));
  CHECK(job.expires_at == Time(1764000100s));
  CHECK(job.timeout == 30s);
  CHECK(job.attempts == 5);
  CHECK(job.unique == "k");
  CHECK(job.reply_to == "replies:7");
  CHECK(job.context ==
        std::vector<ContextField>{{"request_id", "r"}, {"n", "1.50"}, {"ok", "true"}});
  CHECK(job.attempts_used == 2);
  CHECK(job.runs == 4);
  CHECK(job.crashes == 1);
  CHECK(job.errors() == R"([{"at":1}])");
}

TEST_CASE("envelope: white space may stand between its first tokens") {
  CHECK(parsed(" \n{\t\"penstock\" : 1 ,\"payload\":  7 }\n").payload() == "7");
}

TEST_CASE("envelope: one without an id takes its slot") {
  CHECK(parsed(R"({"penstock":1,"payload":1})").id == kSlot);
}

TEST_CASE("envelope: a payload is the value as it stands, a string with its quotes") {
  CHECK(parsed(R"({"penstock":1,"payload":"a\u0041"})").payload() == R"("a\u0041")");
  CHECK(parsed(R"({"penstock":1,"payload":null})").payload() == "null");
  CHECK(parsed(R"({"penstock":1,"payload": [1 , 123456789012345678901234567890] })").payload() ==
        "[1 , 123456789012345678901234567890]");
}

TEST_CASE("envelope: a base64 payload is decoded, escaped slashes and all") {
  CHECK(parsed(R"({"penstock":1,"payload_base64":"AP8="})").payload() ==
        std::string_view("\0\xFF", 2));
  CHECK(parsed(R"({"penstock":1,"payload_base64":"\/\/\/\/"})").payload() == "\xFF\xFF\xFF");
  CHECK(parsed(R"({"penstock":1,"payload_base64":""})").payload().empty());
}

TEST_CASE("envelope: a null option is an absent one") {
  const Job job = parsed(with(
      R"("id":null,"type":null,"timeout":null,"errors":null,"context":null,"payload_base64":null)"));
  CHECK(job.id == kSlot);
  CHECK(job.type.empty());
  CHECK_FALSE(job.timeout);
  CHECK(job.payload() == "{}");
}

TEST_CASE("envelope: unknown keys are no error") {
  CHECK(refusal_with(R"("x":1)").empty());
}

TEST_CASE("envelope: one that is not valid JSON is refused, with the place") {
  CHECK(refusal(R"({"penstock":1,"payload":})") ==
        "the envelope is not valid JSON: a value is wanted here, at byte 24");
  CHECK_FALSE(refusal(R"({"penstock":1,"payload":1)").empty());
  CHECK_FALSE(refusal(R"({"penstock":1,"payload":1} x)").empty());
  CHECK_FALSE(refusal("{\"penstock\":1,\"payload\":\"\xE9\"}").empty());
  CHECK_FALSE(refusal("{\"penstock\":1,\"payload\":" + std::string(200'000, '[')).empty());
}

TEST_CASE("envelope: an unknown version is refused") {
  for (const char* version : {"2", "0", "1.0", "\"1\"", "null", "true", "{}"}) {
    CHECK(refusal(R"({"penstock":)" + std::string(version) + R"(,"payload":1})") ==
          "the envelope \"penstock\" is of a version that is not known here");
  }
}

TEST_CASE("envelope: a key that stands twice is refused, however it is spelled") {
  CHECK(refusal_with(R"("id":"a","id":"b")") == "the envelope \"id\" is twice");
  CHECK(refusal_with(R"("id":"a","\u0069d":"b")") == "the envelope \"id\" is twice");
  CHECK(refusal_with(R"("x":1,"x":2)") == "the envelope \"x\" is twice");
  CHECK(refusal_with(R"("penstock":1)") == "the envelope \"penstock\" is twice");
  CHECK_FALSE(refusal_with(R"("\ud800":1)").empty());
}

TEST_CASE("envelope: one and only one payload is wanted") {
  CHECK(refusal(R"({"penstock":1})") ==
        "the envelope has no \"payload\" and no \"payload_base64\"");
  CHECK(refusal_with(R"("payload_base64":"")") ==
        "the envelope has both \"payload\" and \"payload_base64\"");
}

TEST_CASE("envelope: bad base64 is refused, with the place") {
  CHECK(refusal(R"({"penstock":1,"payload_base64":"AB!="})") ==
        "the envelope \"payload_base64\" is not base64 at character 2");
  CHECK(refusal(R"({"penstock":1,"payload_base64":7})") ==
        "the envelope \"payload_base64\" must be a string");
}

TEST_CASE("envelope: a value of the wrong type is refused") {
  for (const char* members :
       {R"("id":7)", R"("type":{})", R"("unique":[])", R"("reply_to":true)", R"("attempt":"2")",
        R"("crashes":1.0)", R"("run":1e2)", R"("attempts":{})", R"("timeout":"30s")",
        R"("expires_at":"now")", R"("enqueued_at":[])", R"("context":"x")", R"("errors":{})"})
    CHECK_FALSE(refusal_with(members).empty());
}

TEST_CASE("envelope: a reply goes to no key of Penstock's own") {
  for (const std::string key :
       {"penstock:instances", "orders:inflight:one", "orders:retry", "orders:wake:a:b", "a:dead",
        "orders:scheduled", "orders:stats", "orders:unique:k", "orders:result:1", "x:guard:y"}) {
    CAPTURE(key);
    CHECK(refusal_with("\"reply_to\":\"" + key + '"').contains("a key of Penstock's own"));
  }
  for (const std::string key : {"orders:reply:7", "replies", "deadline:x", "retry", "a:b:c"}) {
    CAPTURE(key);
    CHECK(refusal_with("\"reply_to\":\"" + key + '"').empty());
  }
}

TEST_CASE("envelope: a number out of range is refused") {
  for (const char* members :
       {R"("attempt":-1)", R"("attempt":1000001)", R"("run":99999999999999999999)",
        R"("attempts":0)", R"("timeout":0)", R"("timeout":-1)", R"("timeout":1e400)",
        R"("timeout":31622401)", R"("expires_at":-1)", R"("expires_at":253402300800)",
        R"("enqueued_at":123456789012345678901234567890)"})
    CHECK_FALSE(refusal_with(members).empty());
}

TEST_CASE("envelope: a number at the edge of its range is read") {
  CHECK(parsed(with(R"("attempt":1000000)")).attempts_used == 1'000'000);
  CHECK(parsed(with(R"("attempts":1)")).attempts == 1);
  CHECK(parsed(with(R"("timeout":0.001)")).timeout == 1ms);
  CHECK(parsed(with(R"("timeout":31622400)")).timeout == std::chrono::days(366));
  CHECK(parsed(with(R"("expires_at":0)")).expires_at == Time());
  CHECK(parsed(with(R"("enqueued_at":17640000005e-1)")).enqueued_at == Time(1764000000500ms));
}

TEST_CASE("envelope: a short text may not be empty, too long, or hold control characters") {
  for (const char* key : {"id", "type", "unique", "reply_to"}) {
    const auto text = [&](const std::string& value) {
      return refusal_with("\"" + std::string(key) + "\":\"" + value + "\"");
    };
    const std::size_t limit = std::string_view(key) == "id" ? kMaxIdBytes : kMaxNameBytes;
    CHECK(text(std::string(limit, 'x')).empty());
    CHECK(text(std::string(limit + 1, 'x')).ends_with("bytes"));
    CHECK(text("").ends_with("is empty"));
    CHECK(text("a\\nb").ends_with("holds a control character"));
    CHECK(text("a\x7F").ends_with("holds a control character"));
    CHECK(text("a\\u0000").ends_with("holds a control character"));
    CHECK(text("a\\ud800").ends_with("holds half of a surrogate pair"));
  }
}

TEST_CASE("envelope: context names must make safe environment variables") {
  for (const char* name : {"", "1a", "_a", "a b", "a=b", "a\xC3\xA9", "\\u0061", "a\\n", "-a"})
    CHECK_FALSE(refusal_with("\"context\":{\"" + std::string(name) + "\":\"x\"}").empty());
  CHECK_FALSE(refusal_with("\"context\":{\"" + std::string(65, 'a') + "\":\"x\"}").empty());
  CHECK(refusal_with(R"("context":{"a":"x","B_2":"y","x-request.id":"z"})").empty());
}

TEST_CASE("envelope: two context names of one variable are refused") {
  CHECK(refusal_with(R"("context":{"request-id":"a","Request_ID":"b"})") ==
        "the envelope \"context\" names \"Request_ID\" twice");
}

TEST_CASE("envelope: context values must be short and plain") {
  CHECK_FALSE(refusal_with(R"("context":{"a":{}})").empty());
  CHECK_FALSE(refusal_with(R"("context":{"a":"x\u0000"})").empty());
  CHECK_FALSE(refusal_with(R"("context":{"a":"x\ny"})").empty());
  CHECK(refusal_with("\"context\":{\"a\":\"" + std::string(4096, 'x') + "\"}").empty());
  CHECK_FALSE(refusal_with("\"context\":{\"a\":\"" + std::string(4097, 'x') + "\"}").empty());
  CHECK_FALSE(refusal_with("\"context\":{\"a\":" + std::string(4097, '7') + "}").empty());
}

TEST_CASE("envelope: a context may have 64 fields") {
  std::string fields;
  for (int i = 0; i < 64; ++i) fields += (i > 0 ? ",\"f" : "\"f") + std::to_string(i) + "\":1";
  CHECK(parsed(with("\"context\":{" + fields + "}")).context.size() == 64);
  CHECK_FALSE(refusal_with("\"context\":{" + fields + ",\"g\":1}").empty());
}

TEST_CASE("envelope: one with hundreds of keys is refused, not compared for ever") {
  std::string element = R"({"penstock":1,"payload":1)";
  for (int i = 0; i < 100'000; ++i) element += ",\"k" + std::to_string(i) + "\":1";
  CHECK(refusal(element + "}").starts_with("the envelope is not valid JSON: too many members"));
}

TEST_CASE("envelope: reasons quote hostile keys harmlessly") {
  CHECK(refusal_with(R"("a\n\u001b[2J":1,"a\n\u001b[2J":2)") ==
        R"(the envelope "a\n\u001b[2J" is twice)");
}

TEST_CASE("envelope: a job's age counts from its push, or else from its first fetch") {
  CHECK(parsed("x").age_from() == Time(1764000000500ms));
  CHECK(parsed(with(R"("enqueued_at":5)")).age_from() == Time(5s));
  CHECK(parsed(with(R"("id":"order-7")")).age_from() == Time(1764000000500ms));
}

TEST_CASE("envelope: the variable of a context field") {
  CHECK(context_variable("x-request.id_2") == "PENSTOCK_CTX_X_REQUEST_ID_2");
}

}  // namespace
}  // namespace penstock::job
