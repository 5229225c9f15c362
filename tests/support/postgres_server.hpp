// A real PostgreSQL of a test's own, and a blocking way to ask it things.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "support/temp_dir.hpp"

namespace penstock::test {

/// A cluster in a directory of its own, listening there on a unix socket and on a loopback port.
/// Answers when the constructor returns. It runs as `postgres`, or `nobody`, when the test is root,
/// whom PostgreSQL refuses. Only the process started here is ever signalled; it also ends when the
/// test's process does.
class PostgresServer {
 public:
  PostgresServer();
  PostgresServer(const PostgresServer&) = delete;
  PostgresServer& operator=(const PostgresServer&) = delete;
  ~PostgresServer();

  /// On the same data, socket and port. REQUIRES: not running.
  void start();
  /// Every connection is cut, nothing is finished: as after a crash. Waits.
  void kill();
  /// SIGSTOP for the process that accepts connections: those there are go on, new ones are not
  /// answered. Returns once it stands.
  void pause();
  void resume();

  /// For the unix socket, and for the port.
  std::string url() const;
  std::string tcp_url(const std::string& user = "postgres", const std::string& password = "") const;

  /// From now on `user` needs a password on the port.
  void demand_password(const std::string& user) const;

  /// The first value of what `sql` gives, "" for none, on a connection of its own. Errors:
  /// std::runtime_error.
  std::string ask(const std::string& sql) const;
  long count(const std::string& sql) const { return std::stol(ask(sql)); }
  /// The clients there are, but for ask() itself.
  long clients() const;
  /// Those that stand inside a transaction and do nothing.
  long idle_in_transaction() const;

  const std::filesystem::path& directory() const { return dir_.path(); }
  int port() const { return port_; }

 private:
  void initialise();
  pid_t spawn(const std::vector<std::string>& words) const;
  void wait_until_ready();
  bool answers() const;
  [[noreturn]] void give_up(const std::string& what) const;
  std::filesystem::path log() const { return dir_ / "postgres.log"; }
  std::filesystem::path data() const { return dir_ / "data"; }

  TempDir dir_;
  int port_ = 0;
  pid_t pid_ = 0;
};

}  // namespace penstock::test
