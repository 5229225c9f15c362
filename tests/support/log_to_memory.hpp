// The log, for tests to read.
#pragma once

#include <sys/mman.h>
#include <unistd.h>
#include <catch2/catch.hpp>

#include <string>

#include "penstock/log/log.hpp"

namespace penstock::test {

/// The log, written to memory while this lives.
class LogToMemory {
 public:
  explicit LogToMemory(log::Level level = log::Level::kInfo)
      : fd_(memfd_create("log", MFD_CLOEXEC)) {
    log::start({.level = level, .format = log::Format::kLogfmt, .fd = fd_});
  }
  LogToMemory(const LogToMemory&) = delete;
  LogToMemory& operator=(const LogToMemory&) = delete;
  ~LogToMemory() {
    log::stop();
    close(fd_);
  }

  /// All lines so far. Ends the log.
  std::string text() {
    log::stop();
    std::string text(static_cast<std::size_t>(lseek(fd_, 0, SEEK_END)), '\0');
    REQUIRE(pread(fd_, text.data(), text.size(), 0) == static_cast<ssize_t>(text.size()));
    return text;
  }

 private:
  int fd_;
};

}  // namespace penstock::test
