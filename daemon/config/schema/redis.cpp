#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

#include "daemon/config/redis_url.hpp"
#include "daemon/config/schema/fields.hpp"
#include "daemon/config/schema/schema.hpp"

namespace penstock::config {
namespace {

constexpr std::string_view kServed =
    "this version serves redis://HOST:PORT/DB and unix:///PATH/TO/SOCKET";

void read_url(const Scope& at, RedisUrl& into) {
  const auto text = as_string(at);
  if (!text) return;
  auto url = parse_redis_url(*text);
  if (!url) {
    at.error(std::move(url.error()));
  } else if (url->scheme == RedisUrl::Scheme::kTls) {
    at.error(fmt::format("TLS (rediss://) is not in this version: {}", kServed));
  } else if (url->scheme == RedisUrl::Scheme::kSentinel) {
    at.error(fmt::format("sentinels (redis+sentinel://) are not in this version: {}", kServed));
  } else {
    into = std::move(*url);
  }
}

redis::Address address_of(const RedisUrl& url) {
  if (url.scheme == RedisUrl::Scheme::kUnix) return redis::Address::unix_socket(url.socket);
  return redis::Address::tcp(url.hosts.front().name, url.hosts.front().port);
}

void read_password(const Scope& at, Secret& into) {
  if (auto text = as_string(at)) into = Secret(std::move(*text));
}

void check_readable(const Scope& at, const std::string& path) {
  std::error_code unknown;
  if (std::filesystem::is_directory(path, unknown)) {
    return at.error(fmt::format("{} cannot be read: is a directory, not a file", shown(path)));
  }
  if (access(path.c_str(), F_OK) != 0 || access(path.c_str(), R_OK) == 0) return;
  at.error(fmt::format("{} cannot be read: {}; let the daemon's user read it", shown(path),
                       std::generic_category().message(errno)));
}

void read_password_file(const Scope& at, RedisConfig& into) {
  const auto path = as_path(at);
  if (!path) return;
  into.password_file = *path;
  if (at.secrets() == Secrets::kCheck) return check_readable(at, *path);
  auto password = read_secret_file(*path);
  if (!password) return at.error(fmt::format("{} {}", shown(*path), password.error()));
  into.password = std::move(*password);
}

void read_reconnect(const Scope& at, async::Backoff& into) {
  read_map(at, {{"base", duration(into.base, 1ms, 1h)}, {"max", duration(into.max, 1ms, 1h)}});
  if (into.base > into.max) at.key_error("base is longer than max: raise max or lower base");
}

void read_redis_breaker(const Scope& at, async::CircuitBreaker::Settings& into) {
  read_map(at, {{"failures", integer(into.failures, 0, 1000)},
                {"reset", duration(into.reset, 10ms, 1h)}});
}

void only_one_password(const Scope& at, const RedisUrl& url) {
  const Node::Entry* password = at.node().find("password");
  const Node::Entry* file = at.node().find("password_file");
  if (password != nullptr && file != nullptr) {
    at.entry(*file).key_error("stands beside password: keep one of them");
  } else if (!url.password.empty() && (password != nullptr || file != nullptr)) {
    at.entry(password != nullptr ? *password : *file)
        .key_error("stands beside a password in the URL: keep one of them");
  }
  if (const Node::Entry* user = at.node().find("username");
      user != nullptr && !url.username.empty()) {
    at.entry(*user).key_error("stands beside a user in the URL: keep one of them");
  }
}

}  // namespace

void read_redis(const Scope& at, RedisConfig& into) {
  RedisUrl url;
  read_map(at, {{"url", value(read_url, url)},
                {"username", string(into.username)},
                {"password", value(read_password, into.password)},
                {"password_file", value(read_password_file, into)},
                {"connect_timeout", duration(into.connect_timeout, 10ms, 10min)},
                {"retry", value(read_reconnect, into.retry)},
                {"breaker", value(read_redis_breaker, into.breaker)}});
  only_one_password(at, url);
  into.address = address_of(url);
  into.database = url.database;
  if (into.username.empty()) into.username = url.username;
  if (into.password.empty()) into.password = url.password;
}

}  // namespace penstock::config
