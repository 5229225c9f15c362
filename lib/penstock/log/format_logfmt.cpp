#include <algorithm>
#include <array>

#include "penstock/log/escape.hpp"
#include "penstock/log/format.hpp"
#include "penstock/log/timestamp.hpp"

namespace penstock::log {

namespace {

constexpr auto kBareBytes = [] {
  std::array<bool, 256> bare{};
  for (std::size_t c = 0x21; c < 0x7f; ++c) bare[c] = true;
  bare['"'] = bare['='] = bare['\\'] = false;
  return bare;
}();

bool is_bare(std::string_view text) noexcept {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return kBareBytes[static_cast<unsigned char>(c)];
  });
}

void append_text(std::string& out, std::string_view text, std::size_t limit) {
  const auto [kept, missing] = cut_to(text, limit);
  if (missing == 0 && is_bare(kept)) {
    out += kept;
    return;
  }
  out += '"';
  escape_quoted(out, kept);
  append_missing(out, missing);
  out += '"';
}

}  // namespace

void append_logfmt_value(std::string& out, Value value) {
  if (value.kind() == Value::Kind::kText) {
    append_text(out, value.text(), kMaxValueBytes);
  } else {
    append_number(out, value);
  }
}

void append_logfmt(std::string& out, const Line& line) {
  out += "ts=";
  append_rfc3339(out, line.time());
  (out += " level=") += to_string(line.level());
  out += " msg=";
  append_text(out, line.message(), kMaxMessageBytes);
  line.for_each([&out](std::string_view key, Value value) {
    ((out += ' ') += key) += '=';
    append_logfmt_value(out, value);
  });
  out += '\n';
}

}  // namespace penstock::log
