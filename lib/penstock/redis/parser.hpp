// Parser: bytes in, replies out. hiredis' redisReader knows the protocol; its objects are our
// Replies, written where they belong as they come.
//
// A hostile server ends in an Error: of garbage, of nesting beyond eight, of a reply beyond the
// limit. No length that it announces is believed before its bytes have come.
#pragma once

#include <hiredis/read.h>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include "penstock/redis/reply.hpp"

namespace penstock::redis {

class Parser {
 public:
  /// `reply_limit` bounds one reply, as it stands in memory.
  explicit Parser(std::size_t reply_limit);
  Parser(const Parser&) = delete;
  Parser& operator=(const Parser&) = delete;

  /// Calls `take` with each reply that `bytes` complete, until it returns false. Errors: Error with
  /// Failure::kProtocol; the stream is then useless.
  template <class Take>
  void parse(std::string_view bytes, Take take) {
    while (!bytes.empty()) {
      feed(bytes.substr(0, kSlice));
      bytes.remove_prefix(std::min(kSlice, bytes.size()));
      while (std::optional<Reply> reply = next()) {
        if (!take(std::move(*reply))) return;
      }
    }
  }

 private:
  // The reader moves what is left of its buffer to the front every kilobyte, so it is fed little.
  static constexpr std::size_t kSlice = std::size_t{8} * 1024;

  struct Free {
    void operator()(redisReader* reader) const noexcept { redisReaderFree(reader); }
  };
  struct Build;

  void feed(std::string_view bytes);
  std::optional<Reply> next();
  bool weigh(std::size_t bytes) noexcept;
  std::size_t unread() const noexcept { return reader_->len - reader_->pos; }
  [[noreturn]] void fail() const;

  const std::size_t limit_;
  std::size_t weight_ = 0;  // of the reply that is being read
  Reply root_;
  std::unique_ptr<redisReader, Free> reader_;
};

}  // namespace penstock::redis
