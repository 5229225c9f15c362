// A pipe that a test reads the log from, or refuses to.
#pragma once

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>
#include <chrono>
#include <stdexcept>
#include <string>
#include <utility>

namespace penstock::log::test {

class Pipe {
 public:
  Pipe() { REQUIRE(pipe2(ends_.data(), O_CLOEXEC) == 0); }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  ~Pipe() {
    close_reader();
    close_writer();
  }

  int reader() const noexcept { return ends_[0]; }
  int writer() const noexcept { return ends_[1]; }
  void close_reader() noexcept { close_end(ends_[0]); }
  void close_writer() noexcept { close_end(ends_[1]); }

  /// Fills the pipe until not one byte more goes in.
  void fill() {
    REQUIRE(fcntl(ends_[1], F_SETFL, O_NONBLOCK) == 0);
    const std::string block(4096, '#');
    while (::write(ends_[1], block.data(), block.size()) > 0) {
    }
    while (::write(ends_[1], "#", 1) > 0) {
    }
    REQUIRE(fcntl(ends_[1], F_SETFL, 0) == 0);
  }

  /// Reads until `text` has come; returns all that was read since the last call. May be called on
  /// another thread, as no assertion may. Errors: std::runtime_error when it does not come.
  std::string read_until(const std::string& text) {
    while (seen_.find(text) == std::string::npos) {
      pollfd polled{.fd = ends_[0], .events = POLLIN, .revents = 0};
      if (poll(&polled, 1, 10'000) != 1 || !read_some())
        throw std::runtime_error("never read: " + text);
    }
    return std::exchange(seen_, {});
  }

  /// Waits as long as nothing comes, then says so; false if something does.
  bool quiet_for(std::chrono::milliseconds duration) const {
    pollfd polled{.fd = ends_[0], .events = POLLIN, .revents = 0};
    return poll(&polled, 1, static_cast<int>(duration.count())) == 0;
  }

  /// Reads what there is, without waiting for more.
  std::string read_all() {
    REQUIRE(fcntl(ends_[0], F_SETFL, O_NONBLOCK) == 0);
    while (read_some()) {
    }
    return std::exchange(seen_, {});
  }

 private:
  static void close_end(int& end) noexcept {
    if (end >= 0) close(std::exchange(end, -1));
  }

  bool read_some() {
    std::array<char, 65536> bytes;
    const ssize_t count = ::read(ends_[0], bytes.data(), bytes.size());
    if (count <= 0) return false;
    seen_.append(bytes.data(), static_cast<std::size_t>(count));
    return true;
  }

  std::array<int, 2> ends_{};
  std::string seen_;
};

}  // namespace penstock::log::test
