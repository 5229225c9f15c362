#include "penstock/async/file.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <random>
#include <string_view>
#include <system_error>

#include "penstock/async/fd.hpp"

namespace penstock::async {
namespace {

constexpr std::size_t kChunk = std::size_t{64} * 1024;

[[noreturn]] void fail(const char* what, const std::string& path, int error = errno) {
  throw std::system_error(error, std::generic_category(), what + path);
}

Fd open_file(const char* what, const std::string& path, int flags) {
  constexpr mode_t kAsTheUmaskHasIt = 0666;
  Fd fd(::open(path.c_str(), flags | O_CLOEXEC, kAsTheUmaskHasIt));
  if (!fd) fail(what, path);
  return fd;
}

std::string read_whole(const std::string& path, std::size_t limit) {
  constexpr const char* kWhat = "cannot read ";
  const Fd fd = open_file(kWhat, path, O_RDONLY);
  std::string bytes;
  for (;;) {
    const std::size_t before = bytes.size();
    bytes.resize(before + kChunk);
    const ssize_t size = ::read(fd.get(), bytes.data() + before, kChunk);
    if (size < 0 && errno != EINTR) fail(kWhat, path);
    bytes.resize(before + static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
    if (bytes.size() > limit) fail(kWhat, path, EFBIG);
    if (size == 0) return bytes;
  }
}

void write_whole(const Fd& fd, const std::string& path, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t size = ::write(fd.get(), bytes.data(), bytes.size());
    if (size < 0 && errno != EINTR) fail("cannot write ", path);
    bytes.remove_prefix(static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
  }
}

/// A name beside `path` that nobody has.
std::string name_beside(const std::string& path) {
  std::random_device random;
  return path + '.' + std::to_string(random()) + std::to_string(random());
}

void keep_permissions(const Fd& fd, const std::string& path) {
  struct stat old{};
  if (::stat(path.c_str(), &old) == 0) ::fchmod(fd.get(), old.st_mode & 07777U);
}

void replace(const std::string& path, std::string_view bytes) {
  const std::string beside = name_beside(path);
  const Fd fd = open_file("cannot write ", beside, O_WRONLY | O_CREAT | O_EXCL);
  try {
    keep_permissions(fd, path);
    write_whole(fd, path, bytes);
    if (::fsync(fd.get()) != 0 || std::rename(beside.c_str(), path.c_str()) != 0)
      fail("cannot write ", path);
  } catch (const std::system_error&) {
    ::unlink(beside.c_str());
    throw;
  }
}

void write_over(const std::string& path, std::string_view bytes) {
  write_whole(open_file("cannot write ", path, O_WRONLY | O_CREAT | O_TRUNC), path, bytes);
}

}  // namespace

Task<std::string> read_file(ThreadPool& pool, std::string path, std::size_t limit) {
  co_return co_await to_thread(pool, [&] { return read_whole(path, limit); });
}

Task<> write_file(ThreadPool& pool, std::string path, std::string bytes, WriteMode how) {
  co_await to_thread(pool, [&] {
    if (how == WriteMode::kReplacing) {
      replace(path, bytes);
    } else {
      write_over(path, bytes);
    }
  });
}

}  // namespace penstock::async
