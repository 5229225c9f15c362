// Whole files, read and written on a thread of a pool: the kernel has no other way that never
// blocks. For configuration, state and results; deliberately no streaming.
#pragma once

#include <string>

#include "penstock/async/thread_pool.hpp"

namespace penstock::async {

inline constexpr std::size_t kFileLimit = std::size_t{1} << 30U;

enum class WriteMode : bool {
  kInPlace,   // truncates and writes: a reader may see a part, and a crash may leave one
  kReplacing  // readers see the old content or the new, also after the machine crashed
};

/// All of the file at `path`. Errors: std::system_error, naming it; errc::file_too_large when it is
/// longer than `limit` bytes. Cancellation: as to_thread().
Task<std::string> read_file(ThreadPool& pool, std::string path, std::size_t limit = kFileLimit);

/// Makes `bytes` the content of the file at `path`, which need not exist. Replacing keeps the
/// permissions of the old file, not its owner. Errors: std::system_error, naming it; a failed
/// replacement leaves the old file and nothing else. Cancellation: as to_thread().
Task<> write_file(ThreadPool& pool, std::string path, std::string bytes,
                  WriteMode how = WriteMode::kInPlace);

}  // namespace penstock::async
