// Replies of a hostile Redis: however they are cut into reads, the replies and the end are the
// same. The first byte says where to cut.
#include <string>

#include "fuzz.hpp"
#include "penstock/redis/error.hpp"
#include "penstock/redis/parser.hpp"

using namespace penstock::redis;
using penstock::fuzz::expect;

namespace {

constexpr std::size_t kReplyLimit = std::size_t{1} << 20U;

struct Seen {
  std::size_t replies = 0;
  bool failed = false;
  bool operator==(const Seen&) const = default;
};

Seen read(std::string_view bytes, std::size_t piece) {
  Seen seen;
  Parser parser(kReplyLimit);
  try {
    for (; !bytes.empty(); bytes.remove_prefix(std::min(piece, bytes.size())))
      parser.parse(bytes.substr(0, piece), [&](Reply) {
        ++seen.replies;
        return true;
      });
  } catch (const Error& error) {
    expect(error.failure() == Failure::kProtocol);
    seen.failed = true;
  }
  return seen;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes = penstock::fuzz::text_of(data + 1, size - 1);
  const Seen whole = read(bytes, bytes.size() + 1);
  const Seen pieces = read(bytes, std::size_t{data[0]} + 1);
  expect(whole == pieces);
  return 0;
}
