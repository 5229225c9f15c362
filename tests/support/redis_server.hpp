// A real redis-server of a test's own, and a blocking client to look into it with.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "support/temp_dir.hpp"

struct redisContext;

namespace penstock::test {

/// What Redis answered, by value.
struct Reply {
  enum class Kind : std::uint8_t { kNil, kStatus, kError, kInteger, kText, kArray };

  Kind kind = Kind::kNil;
  std::string text;  // of a status, an error or a bulk string
  long long integer = 0;
  std::vector<Reply> elements;

  bool is_nil() const { return kind == Kind::kNil; }
  bool is_error() const { return kind == Kind::kError; }
  std::size_t size() const { return elements.size(); }
  const Reply& operator[](std::size_t i) const { return elements.at(i); }

  /// The elements' texts; integers and nil as `7` and `(nil)`.
  std::vector<std::string> texts() const;

  bool operator==(std::string_view other) const { return kind == Kind::kText && text == other; }
  bool operator==(long long other) const { return kind == Kind::kInteger && integer == other; }
};

/// Errors: std::runtime_error when there is no connection (any more). An error that Redis answers
/// is a Reply.
class RedisClient {
 public:
  explicit RedisClient(const std::filesystem::path& socket);

  /// One command; arguments may hold any bytes.
  Reply cmd(const std::vector<std::string>& arguments);

  template <class... Arguments>
  Reply cmd(std::string_view name, const Arguments&... arguments) {
    return cmd(std::vector<std::string>{std::string(name), text(arguments)...});
  }

  /// EVAL of a script.
  Reply eval(std::string_view script, const std::vector<std::string>& keys,
             const std::vector<std::string>& arguments);

  /// Sends a command without waiting; receive() gets the replies in order.
  void send(const std::vector<std::string>& arguments);
  Reply receive();

 private:
  struct Free {
    void operator()(redisContext* context) const;
  };

  static std::string text(std::string_view value) { return std::string(value); }
  template <class Number>
    requires std::is_arithmetic_v<Number>
  static std::string text(Number value) {
    return std::to_string(value);
  }

  std::unique_ptr<redisContext, Free> context_;
};

/// Found on PATH as redis-server. Listens on a unix socket in a directory of its own and, if
/// wanted, on a loopback port. Answers when the constructor returns. Only the process started here
/// is ever signalled; it also ends when the test's process does, however that ends.
class RedisServer {
 public:
  struct Options {
    bool append_only = false;                 // keep data over restarts, even after kill()
    bool tcp = false;                         // also listen on 127.0.0.1
    std::vector<std::string> arguments = {};  // more of redis-server's own
  };

  RedisServer() : RedisServer(Options()) {}
  explicit RedisServer(Options options);
  RedisServer(const RedisServer&) = delete;
  RedisServer& operator=(const RedisServer&) = delete;
  ~RedisServer();

  /// On the same data, socket and port. REQUIRES: not running.
  void start();
  /// SIGTERM, and waits: what Redis has acknowledged is kept if append_only.
  void stop();
  /// SIGKILL, and waits.
  void kill();
  void restart() { stop(), start(); }
  /// SIGSTOP: connections stay, nothing is answered. Returns once the process has stopped.
  void pause();
  void resume();

  RedisClient client() const { return RedisClient(socket()); }
  std::filesystem::path socket() const { return dir_ / "redis.sock"; }
  std::filesystem::path log() const { return dir_ / "redis.log"; }
  const std::filesystem::path& directory() const { return dir_.path(); }
  int port() const { return port_; }  // 0 without tcp
  pid_t pid() const { return pid_; }  // 0 when not running

 private:
  std::vector<std::string> command_line() const;
  void wait_until_ready();
  [[noreturn]] void give_up();
  bool answers() const;
  void end(int signal);

  Options options_;
  TempDir dir_;
  int port_ = 0;
  pid_t pid_ = 0;
};

}  // namespace penstock::test
