#include "penstock/redis/handshake.hpp"

#include <algorithm>
#include <charconv>
#include <vector>

namespace penstock::redis {
namespace {

using namespace std::string_view_literals;

constexpr int kOldestMajor = 6;
constexpr int kOldestMinor = 2;

std::string password_of(const Options& options) {
  if (!options.read_password) return options.password;
  try {
    return options.read_password();
  } catch (const std::exception& error) {
    throw Error(Failure::kAuthentication,
                std::string("the password cannot be read: ") + error.what());
  }
}

/// CLIENT SETNAME allows printable ASCII without blanks.
std::string printable(std::string name) {
  std::ranges::replace_if(name, [](char c) { return c <= ' ' || c > '~'; }, '-');
  return name;
}

Call say_hello(Connection& connection, const Options& options, const std::string& name) {
  const std::string password = password_of(options);
  const std::string_view username = options.username.empty() ? "default"sv : options.username;
  std::vector<std::string_view> hello{"HELLO", "2"};
  if (!password.empty() || !options.username.empty()) {
    hello.insert(hello.end(), {"AUTH", username, password});
  }
  if (!name.empty()) hello.insert(hello.end(), {"SETNAME", name});
  return connection.call(hello, {.timeout = options.connect_timeout});
}

/// "7.0.15" is at least 6.2.
bool is_recent(std::string_view version) {
  int major = 0;
  int minor = 0;
  const char* end = version.data() + version.size();
  const auto [dot, error] = std::from_chars(version.data(), end, major);
  if (error == std::errc() && dot != end) std::from_chars(dot + 1, end, minor);
  return major > kOldestMajor || (major == kOldestMajor && minor >= kOldestMinor);
}

void check_role(std::string_view role) {
  if (role == "master") return;
  throw Error(Failure::kReadOnly, "this Redis is a " + std::string(role) +
                                      ", which cannot take writes: give the primary's address");
}

void check_version(std::string_view version) {
  if (is_recent(version)) return;
  throw Error(Failure::kOther, "this Redis is version " + std::string(version) +
                                   "; 6.2 or later is needed, or Valkey");
}

/// The map that HELLO answers with, as RESP2 has it: names and values in turn.
Greeting read_hello(const Reply::Array& fields) {
  Greeting greeting;
  std::string_view role = "master";
  std::string_view mode;
  for (std::size_t i = 0; i + 1 < fields.size(); i += 2) {
    const std::string& name = fields[i].string();
    if (name == "id") greeting.id = fields[i + 1].integer();
    if (name == "version") greeting.version = fields[i + 1].string();
    if (name == "role") role = fields[i + 1].string();
    if (name == "mode") mode = fields[i + 1].string();
  }
  check_version(greeting.version);
  check_role(mode == "sentinel" ? mode : role);
  return greeting;
}

async::Task<Greeting> hear_hello(Call hello) {
  bool unknown = false;
  try {
    const Reply reply = co_await std::move(hello);
    co_return read_hello(reply.array());
  } catch (const Error& error) {
    unknown = std::string_view(error.what()).contains("unknown command");
    if (!unknown) throw;
  }
  throw Error(Failure::kOther, "this Redis is older than version 6; 6.2 or later is needed");
}

/// What a PING tells. A user who may not ping is not told that Redis is loading.
async::Task<bool> hear_ping(Call ping) {
  try {
    co_await std::move(ping);
  } catch (const Error& error) {
    if (error.failure() == Failure::kLoading) co_return true;
    if (error.failure() != Failure::kPermission) throw;
  }
  co_return false;
}

Call call(Connection& connection, std::initializer_list<std::string_view> argv,
          CallOptions options) {
  return connection.call(Arguments(argv.begin(), argv.size()), std::move(options));
}

}  // namespace

async::Task<Greeting> shake_hands(Connection& connection, const Options& options,
                                  std::string name) {
  const CallOptions patience{.timeout = options.connect_timeout};
  Call hello = say_hello(connection, options, printable(std::move(name)));
  std::optional<Call> select;
  if (options.database != 0) {
    select = call(connection, {"SELECT", std::to_string(options.database)}, patience);
  }
  Call ping = call(connection, {"PING"}, patience);
  Greeting greeting = co_await hear_hello(std::move(hello));
  if (select) co_await std::move(*select);
  greeting.loading = co_await hear_ping(std::move(ping));
  co_return greeting;
}

async::Task<bool> is_loading(Connection& connection) {
  co_return co_await hear_ping(call(connection, {"PING"}, {}));
}

}  // namespace penstock::redis
