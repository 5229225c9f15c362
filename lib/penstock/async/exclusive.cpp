#include "penstock/async/exclusive.hpp"

#include <cstdio>
#include <cstdlib>
#include <string>

namespace penstock::async {
namespace {

std::string text(const std::source_location& where) {
  return std::string(where.file_name()) + ':' + std::to_string(where.line());
}

}  // namespace

void detail::Holder::die(const char* lock, const std::source_location& where) const noexcept {
  const std::string task(task_->name());
  std::fprintf(stderr,
               "penstock: task \"%s\" waits at %s for %s that it holds itself since %s: it would "
               "wait for ever\n",
               task.c_str(), text(where).c_str(), lock, text(where_).c_str());
  std::abort();
}

}  // namespace penstock::async
