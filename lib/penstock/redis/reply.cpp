#include "penstock/redis/reply.hpp"

#include "penstock/redis/error.hpp"

namespace penstock::redis {
namespace {

[[noreturn]] void refuse(const char* expected, Reply::Kind kind) {
  throw Error(Failure::kProtocol, std::string("Redis answered with ") + to_string(kind) +
                                      " where " + expected + " was expected");
}

}  // namespace

std::int64_t Reply::integer() const {
  if (!is_integer()) refuse("an integer", kind());
  return std::get<std::int64_t>(value_);
}

std::string& Reply::string() {
  switch (kind()) {
    case Kind::kString:
      return std::get<std::string>(value_);
    case Kind::kStatus:
      return std::get<Status>(value_).text;
    case Kind::kError:
      return std::get<ErrorText>(value_).text;
    default:
      refuse("a string", kind());
  }
}

const std::string& Reply::string() const {
  return const_cast<Reply*>(this)->string();
}

Reply::Array& Reply::array() {
  if (!is_array()) refuse("an array", kind());
  return std::get<Array>(value_);
}

const Reply::Array& Reply::array() const {
  return const_cast<Reply*>(this)->array();
}

const char* to_string(Reply::Kind kind) noexcept {
  switch (kind) {
    case Reply::Kind::kNil:
      return "nil";
    case Reply::Kind::kInteger:
      return "integer";
    case Reply::Kind::kString:
      return "string";
    case Reply::Kind::kStatus:
      return "status";
    case Reply::Kind::kError:
      return "error";
    case Reply::Kind::kArray:
      return "array";
  }
  return "unknown";
}

}  // namespace penstock::redis
