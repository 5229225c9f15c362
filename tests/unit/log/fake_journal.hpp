// A socket in a temporary directory that stands in for the journal's.
#pragma once

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <utility>

namespace penstock::log::test {

class FakeJournal {
 public:
  FakeJournal() {
    std::string pattern = (std::filesystem::temp_directory_path() / "penstock-log-XXXXXX").string();
    REQUIRE(mkdtemp(pattern.data()) != nullptr);
    directory_ = pattern;
    listen();
  }
  FakeJournal(const FakeJournal&) = delete;
  FakeJournal& operator=(const FakeJournal&) = delete;
  ~FakeJournal() {
    vanish();
    std::filesystem::remove_all(directory_);
  }

  std::string path() const { return (directory_ / "socket").string(); }

  void listen() {
    sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
    path().copy(address.sun_path, sizeof address.sun_path - 1);
    socket_ = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    REQUIRE(bind(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  }
  /// As when the journal's socket unit is stopped.
  void vanish() noexcept {
    if (socket_ >= 0) close(std::exchange(socket_, -1));
    std::filesystem::remove(path());
  }

  /// The next line's datagram.
  std::string receive() const {
    pollfd polled{.fd = socket_, .events = POLLIN, .revents = 0};
    REQUIRE(poll(&polled, 1, 10'000) == 1);
    std::string bytes(1 << 20, '\0');
    const ssize_t count = recv(socket_, bytes.data(), bytes.size(), 0);
    REQUIRE(count > 0);
    bytes.resize(static_cast<std::size_t>(count));
    return bytes;
  }

  /// The next line's fields.
  std::map<std::string, std::string> receive_fields() const { return parse(receive()); }

  /// The protocol, read as systemd's documentation has it.
  static std::map<std::string, std::string> parse(std::string_view rest) {
    std::map<std::string, std::string> fields;
    while (!rest.empty()) {
      const std::size_t line_end = rest.find('\n');
      const std::string_view line = rest.substr(0, line_end);
      rest.remove_prefix(line_end + 1);
      if (const std::size_t equals = line.find('='); equals != std::string_view::npos) {
        fields[std::string(line.substr(0, equals))] = line.substr(equals + 1);
        continue;
      }
      std::uint64_t length = 0;
      std::memcpy(&length, rest.data(), sizeof length);
      fields[std::string(line)] = rest.substr(sizeof length, length);
      REQUIRE(rest[sizeof length + length] == '\n');
      rest.remove_prefix(sizeof length + length + 1);
    }
    return fields;
  }

 private:
  std::filesystem::path directory_;
  int socket_ = -1;
};

}  // namespace penstock::log::test
