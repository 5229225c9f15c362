#include "penstock/redis/parser.hpp"

#include <algorithm>
#include <new>
#include <string>

#include "penstock/redis/error.hpp"

namespace penstock::redis {
namespace {

// What an array reserves before its elements have come; the count is only the server's word.
constexpr int kBelievedElements = 1024;

// An empty buffer that is larger is given back.
constexpr std::size_t kIdleBuffer = 64 * 1024;

}  // namespace

/// hiredis' construction kit. An element is built in its place in the parent's vector, which does
/// not grow while a nested array in it is being read: the addresses that the reader holds stay
/// good. Null means: no memory, or too large.
struct Parser::Build {
  static Parser& self(const redisReadTask* task) noexcept {
    return *static_cast<Parser*>(task->privdata);
  }

  static void* put(const redisReadTask* task, Reply reply) {
    if (task->parent == nullptr) return &(self(task).root_ = std::move(reply));
    return &static_cast<Reply*>(task->parent->obj)->array().emplace_back(std::move(reply));
  }

  template <class Make>
  static void* build(const redisReadTask* task, std::size_t bytes, Make make) noexcept {
    if (!self(task).weigh(sizeof(Reply) + bytes)) return nullptr;
    try {
      return put(task, make());
    } catch (const std::bad_alloc&) {
      return nullptr;
    }
  }

  static void* text(const redisReadTask* task, char* bytes, std::size_t size) noexcept {
    return build(task, size, [&] {
      std::string copy(bytes, size);
      if (task->type == REDIS_REPLY_STATUS) return Reply::status(std::move(copy));
      if (task->type == REDIS_REPLY_ERROR) return Reply::error(std::move(copy));
      return Reply(std::move(copy));
    });
  }

  static void* array(const redisReadTask* task, int count) noexcept {
    return build(task, 0, [&] {
      Reply::Array elements;
      elements.reserve(static_cast<std::size_t>(std::clamp(count, 0, kBelievedElements)));
      return Reply(std::move(elements));
    });
  }

  static void* integer(const redisReadTask* task, long long value) noexcept {
    return build(task, 0, [&] { return Reply(std::int64_t{value}); });
  }

  static void* nil(const redisReadTask* task) noexcept {
    return build(task, 0, [] { return Reply(); });
  }

  static inline redisReplyObjectFunctions functions{text, array, integer, nil, [](void*) {}};
};

Parser::Parser(std::size_t reply_limit)
    : limit_(reply_limit), reader_(redisReaderCreateWithFunctions(&Build::functions)) {
  if (reader_ == nullptr) throw std::bad_alloc();
  reader_->privdata = this;
  reader_->maxbuf = kIdleBuffer;
}

void Parser::feed(std::string_view bytes) {
  if (redisReaderFeed(reader_.get(), bytes.data(), bytes.size()) != REDIS_OK) fail();
}

std::optional<Reply> Parser::next() {
  void* reply = nullptr;
  if (redisReaderGetReply(reader_.get(), &reply) != REDIS_OK) fail();
  if (reply == nullptr) {
    if (weight_ + unread() > limit_) fail();
    return std::nullopt;
  }
  weight_ = 0;
  return std::move(root_);
}

bool Parser::weigh(std::size_t bytes) noexcept {
  weight_ += bytes;
  return weight_ <= limit_;
}

void Parser::fail() const {
  const bool too_large = weight_ + unread() > limit_;
  throw Error(Failure::kProtocol,
              too_large ? "a reply is larger than " + std::to_string(limit_) + " bytes"
                        : std::string("not Redis' protocol: ") + reader_->errstr);
}

}  // namespace penstock::redis
