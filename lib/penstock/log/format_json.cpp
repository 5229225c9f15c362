#include <cmath>

#include "penstock/log/escape.hpp"
#include "penstock/log/format.hpp"
#include "penstock/log/timestamp.hpp"

namespace penstock::log {

namespace {

void append_string(std::string& out, std::string_view text, std::size_t limit) {
  const auto [kept, missing] = cut_to(text, limit);
  out += '"';
  escape_json(out, kept);
  append_missing(out, missing);
  out += '"';
}

// JSON has no infinity and no NaN: they are written as text.
bool is_json_number(Value value) noexcept {
  return value.kind() != Value::Kind::kReal || std::isfinite(value.as_real());
}

void append_value(std::string& out, Value value) {
  if (value.kind() == Value::Kind::kText) {
    append_string(out, value.text(), kMaxValueBytes);
  } else if (is_json_number(value)) {
    append_number(out, value);
  } else {
    out += '"';
    append_number(out, value);
    out += '"';
  }
}

}  // namespace

void append_json(std::string& out, const Line& line) {
  out += R"({"ts":")";
  append_rfc3339(out, line.time());
  (out += R"(","level":")") += to_string(line.level());
  out += R"(","msg":)";
  append_string(out, line.message(), kMaxMessageBytes);
  line.for_each([&out](std::string_view key, Value value) {
    ((out += ",\"") += key) += "\":";
    append_value(out, value);
  });
  out += "}\n";
}

}  // namespace penstock::log
