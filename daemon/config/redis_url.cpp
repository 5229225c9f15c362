#include "daemon/config/redis_url.hpp"

#include <array>
#include <charconv>
#include <cstddef>
#include <optional>

namespace penstock::config {
namespace {

using Failure = std::unexpected<std::string>;

// redis.conf allows any number; nobody has more, and a typing error is found.
constexpr int kMostDatabases = 65536;
constexpr std::uint16_t kRedisPort = 6379;
constexpr std::uint16_t kSentinelPort = 26379;

struct Form {
  std::string_view prefix;
  RedisUrl::Scheme scheme;
};
constexpr std::array kForms = {Form{"redis://", RedisUrl::Scheme::kTcp},
                               Form{"rediss://", RedisUrl::Scheme::kTls},
                               Form{"unix://", RedisUrl::Scheme::kUnix},
                               Form{"redis+sentinel://", RedisUrl::Scheme::kSentinel}};

template <class Number>
std::optional<Number> number(std::string_view text, int most) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool whole = error == std::errc() && end == text.data() + text.size();
  if (!whole || value < 0 || value > most || text.front() == '-') return std::nullopt;
  return static_cast<Number>(value);
}

std::optional<std::string> percent_decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    unsigned code = 0;
    const std::string_view digits = text.substr(i + 1, 2);
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), code, 16);
    if (digits.size() != 2 || error != std::errc() || end != digits.data() + 2) return std::nullopt;
    out += static_cast<char>(code);
    i += 2;
  }
  return out;
}

Parsed<std::string_view> take_user(RedisUrl& url, std::string_view rest) {
  const std::size_t at = rest.rfind('@');
  // The @ of a socket's path is no user's.
  if (at == rest.npos || rest.starts_with('/')) return rest;
  const std::string_view user = rest.substr(0, at);
  const std::size_t colon = user.find(':');
  const auto name = percent_decoded(user.substr(0, colon));
  const auto password = percent_decoded(colon == user.npos ? "" : user.substr(colon + 1));
  if (!name || !password) return Failure("a % in the user or password: write it as %25");
  url.username = *name;
  url.password = Secret(*password);
  return rest.substr(at + 1);
}

Parsed<void> set_database(RedisUrl& url, std::string_view text) {
  const auto database = text.empty() ? std::optional(0) : number<int>(text, kMostDatabases);
  if (!database) return Failure("the database at its end is not a number: write …/0");
  url.database = *database;
  return {};
}

// HOST, HOST:PORT, [IPV6] or [IPV6]:PORT.
Parsed<RedisUrl::Host> host(std::string_view text, std::uint16_t port) {
  const bool bracketed = text.starts_with('[');
  const std::size_t end = bracketed ? text.find(']') : text.find(':');
  if (bracketed && end == text.npos) return Failure("an IPv6 address whose ] is missing");
  const std::string_view name = bracketed ? text.substr(1, end - 1) : text.substr(0, end);
  if (name.empty()) return Failure("has no host: write redis://HOST:PORT/DB");
  const std::string_view after = end == text.npos ? "" : text.substr(end + (bracketed ? 1 : 0));
  if (after.empty()) return RedisUrl::Host{std::string(name), port};
  const auto own = number<std::uint16_t>(after.substr(1), 65535);
  if (!after.starts_with(':') || !own || *own == 0) {
    return Failure("the port is not a number from 1 to 65535 (an IPv6 address stands in [ ])");
  }
  return RedisUrl::Host{std::string(name), *own};
}

Parsed<RedisUrl> network(RedisUrl url, std::string_view rest) {
  const std::size_t slash = rest.find('/');
  const auto at = host(rest.substr(0, slash), kRedisPort);
  if (!at) return Failure(at.error());
  url.hosts = {*at};
  const auto database = set_database(url, slash == rest.npos ? "" : rest.substr(slash + 1));
  if (!database) return Failure(database.error());
  return url;
}

Parsed<RedisUrl> unix_socket(RedisUrl url, std::string_view rest) {
  url.hosts.clear();
  const std::size_t query = rest.find('?');
  url.socket = rest.substr(0, query);
  if (!url.socket.starts_with('/'))
    return Failure("has no absolute path: write unix:///run/redis.sock");
  if (query == rest.npos) return url;
  const std::string_view option = rest.substr(query + 1);
  if (!option.starts_with("db=")) return Failure("knows ?db=NUMBER behind the path, nothing else");
  const auto database = set_database(url, option.substr(3));
  if (!database) return Failure(database.error());
  return url;
}

Parsed<RedisUrl> sentinels(RedisUrl url, std::string_view rest) {
  const std::size_t slash = rest.find('/');
  if (slash == rest.npos) return Failure("has no master: write redis+sentinel://HOST,HOST/NAME/DB");
  const std::string_view name = rest.substr(slash + 1);
  const std::size_t second = name.find('/');
  url.master = name.substr(0, second);
  if (url.master.empty()) return Failure("has no master: write redis+sentinel://HOST,HOST/NAME/DB");
  url.hosts.clear();
  for (std::string_view list = rest.substr(0, slash);;) {
    const std::size_t comma = list.find(',');
    const auto one = host(list.substr(0, comma), kSentinelPort);
    if (!one) return Failure(one.error());
    url.hosts.push_back(*one);
    if (comma == list.npos) break;
    list.remove_prefix(comma + 1);
  }
  const auto database = set_database(url, second == name.npos ? "" : name.substr(second + 1));
  if (!database) return Failure(database.error());
  return url;
}

}  // namespace

Parsed<RedisUrl> parse_redis_url(std::string_view text) {
  for (const Form& form : kForms) {
    if (!text.starts_with(form.prefix)) continue;
    RedisUrl url;
    url.scheme = form.scheme;
    const auto rest = take_user(url, text.substr(form.prefix.size()));
    if (!rest) return Failure(rest.error());
    if (form.scheme == RedisUrl::Scheme::kUnix) return unix_socket(std::move(url), *rest);
    if (form.scheme == RedisUrl::Scheme::kSentinel) return sentinels(std::move(url), *rest);
    return network(std::move(url), *rest);
  }
  return Failure("is not a Redis URL: write redis://HOST:PORT/DB or unix:///PATH/TO/SOCKET");
}

}  // namespace penstock::config
