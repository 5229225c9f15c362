// Numbers with units: what was read, written again, reads the same.
#include "daemon/config/units.hpp"
#include "fuzz.hpp"

using namespace penstock::config;
using penstock::fuzz::expect;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = penstock::fuzz::text_of(data, size);
  if (const auto duration = parse_duration(text)) {
    const auto again = parse_duration(to_text(*duration));
    expect(again && *again == *duration);
  }
  if (const auto bytes = parse_size(text)) {
    const auto again = parse_size(to_text_size(*bytes));
    expect(again && *again == *bytes);
  }
  if (const auto rate = parse_rate(text)) expect(rate->limit >= 0 && rate->per.count() > 0);
  if (const auto share = parse_share(text)) expect(*share >= 0.0 && *share <= 1.0);
  if (const auto number = parse_integer(text))
    expect(std::to_string(*number).size() <= text.size());
  static_cast<void>(parse_boolean(text));
  return 0;
}
