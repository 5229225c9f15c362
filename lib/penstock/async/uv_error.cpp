#include "penstock/async/uv_error.hpp"

#include <uv.h>

namespace penstock::async {
namespace {

/// Below it are statuses that no system call has: the resolver's, and the end of a file.
constexpr int kLastErrno = -3000;

class UvCategory final : public std::error_category {
 public:
  const char* name() const noexcept override { return "libuv"; }
  std::string message(int status) const override { return uv_strerror(status); }
  std::error_condition default_error_condition(int status) const noexcept override {
    if (status > kLastErrno) return {-status, std::generic_category()};
    return {status, *this};
  }
};

}  // namespace

const std::error_category& uv_category() noexcept {
  static const UvCategory category;
  return category;
}

}  // namespace penstock::async
