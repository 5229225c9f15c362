// What every fuzz target needs: its entry, and a way to say what must hold. A target takes any
// bytes and checks more than that nothing crashes: a property that is true of every input.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <source_location>
#include <string_view>

/// Called by libFuzzer for each input.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace penstock::fuzz {

inline std::string_view text_of(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

/// Ends the process, which libFuzzer takes for a finding, unless `held`.
inline void expect(bool held, std::source_location where = std::source_location::current()) {
  if (held) return;
  std::fprintf(stderr, "%s:%u: an expectation does not hold\n", where.file_name(), where.line());
  std::abort();
}

/// The first half of an input up to its first zero byte, and the rest after it.
struct Halves {
  std::string_view first;
  std::string_view second;
};
inline Halves halves_of(std::string_view input) {
  const std::size_t zero = input.find('\0');
  if (zero == std::string_view::npos) return {input, {}};
  return {input.substr(0, zero), input.substr(zero + 1)};
}

}  // namespace penstock::fuzz
