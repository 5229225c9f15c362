// Fd: a file descriptor with an owner.
#pragma once

#include <unistd.h>

#include <utility>

namespace penstock::process {

class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) noexcept : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Fd() { close(); }

  void close() noexcept {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  }

  explicit operator bool() const noexcept { return fd_ >= 0; }
  int get() const noexcept { return fd_; }
  int release() noexcept { return std::exchange(fd_, -1); }

 private:
  int fd_ = -1;
};

/// Numbers below this are put in their places inside a child; what is passed to one stays above, so
/// that no step of the placing overwrites what a later step needs.
inline constexpr int kFirstFreeFd = 5;

/// `fd` or, if its number is below kFirstFreeFd, a copy above it. Takes a negative one for the
/// failure of the call that should have opened it. Close-on-exec. Errors: SpawnError.
Fd opened(int fd);

/// Opens /dev/null as each of 0, 1 and 2 that is closed: otherwise what is opened next would be
/// taken for a standard stream. Before anything else is opened.
void open_standard_streams() noexcept;

struct Pipe {
  Fd read;
  Fd write;
};

/// Both ends close-on-exec and blocking. Errors: SpawnError.
Pipe make_pipe();

}  // namespace penstock::process
