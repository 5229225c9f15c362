#include "daemon/commands/exit_codes.hpp"

#include <filesystem>
#include <new>
#include <system_error>

#include "penstock/async/timeout.hpp"
#include "penstock/job/lease.hpp"
#include "penstock/process/command.hpp"
#include "penstock/redis/error.hpp"

namespace penstock::commands {
namespace {

template <class Type>
const Type* as(const std::exception& error) {
  return dynamic_cast<const Type*>(&error);
}

}  // namespace

Failure failure_of(const std::exception& error) {
  if (as<job::NameTaken>(error)) return {kNegative, error.what()};
  if (as<Unavailable>(error)) return {kUnavailable, error.what()};
  if (as<redis::Error>(error)) return {kUnavailable, std::string("Redis: ") + error.what()};
  if (as<async::Timeout>(error)) return {kTimedOut, error.what()};
  if (const auto* file = as<std::filesystem::filesystem_error>(error))
    return {kSystem, file->path1().string() + ": " + file->code().message()};
  if (as<std::system_error>(error) || as<process::SpawnError>(error))
    return {kSystem, error.what()};
  if (as<std::bad_alloc>(error)) return {kSystem, "out of memory"};
  return {kInternal, std::string("a fault of Penstock's own, please report it: ") + error.what()};
}

}  // namespace penstock::commands
