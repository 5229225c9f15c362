// Lines out of a stream and out of a child's standard error: the same however the bytes come.
// The first byte says where to cut them.
#include <string>
#include <vector>

#include "fuzz.hpp"
#include "penstock/async/input_buffer.hpp"
#include "penstock/process/line_splitter.hpp"

using penstock::async::InputBuffer;
using penstock::fuzz::expect;
using penstock::process::LineSplitter;

namespace {

using Lines = std::vector<std::string>;

constexpr std::size_t kLimit = 16;

/// Gives `bytes` to `take` in pieces.
template <class Take>
void in_pieces(std::string_view bytes, std::size_t piece, Take take) {
  for (; !bytes.empty(); bytes.remove_prefix(std::min(piece, bytes.size())))
    take(bytes.substr(0, piece));
}

Lines split(std::string_view bytes, std::size_t piece) {
  Lines lines;
  LineSplitter splitter(kLimit, [&](std::string_view line) { lines.emplace_back(line); });
  in_pieces(bytes, piece, [&](std::string_view some) { splitter.feed(some); });
  splitter.finish();
  for (const std::string& line : lines) expect(line.size() <= kLimit);
  return lines;
}

/// The pieces between delimiters; the last one is what is left.
Lines delimited(std::string_view bytes, std::size_t piece, std::string_view delimiter) {
  Lines lines;
  InputBuffer buffer;
  in_pieces(bytes, piece, [&](std::string_view some) {
    buffer.append(some);
    while (const auto end = buffer.find(delimiter)) {
      lines.push_back(buffer.take(*end));
      buffer.drop(delimiter.size());
    }
    expect(buffer.undelimited(delimiter) <= buffer.size());
  });
  lines.emplace_back(buffer.view());
  return lines;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes = penstock::fuzz::text_of(data + 1, size - 1);
  const std::size_t piece = std::size_t{data[0]} + 1;
  expect(split(bytes, piece) == split(bytes, bytes.size() + 1));
  for (const char* delimiter : {"\n", "\r\n", "\n\n"}) {
    const Lines lines = delimited(bytes, piece, delimiter);
    expect(lines == delimited(bytes, bytes.size() + 1, delimiter));
    std::string joined = lines.front();
    for (std::size_t i = 1; i < lines.size(); ++i) joined.append(delimiter).append(lines[i]);
    expect(joined == bytes);
  }
  return 0;
}
