#include "penstock/sql/dial.hpp"

#include <netdb.h>

#include <algorithm>
#include <array>
#include <new>
#include <optional>
#include <system_error>
#include <vector>

#include "penstock/async/ip_address.hpp"
#include "penstock/async/timeout.hpp"
#include "penstock/log/log.hpp"
#include "penstock/sql/error.hpp"

namespace penstock::sql {
namespace {

using Remedy = ConnectionError::Remedy;

[[noreturn]] void fail(const std::string& why, Remedy remedy = Remedy::kWait,
                       std::string sqlstate = {}) {
  throw ConnectionError(why, ConnectionError::Sent::kNo, remedy, std::move(sqlstate));
}

std::string digits_of(const async::IpAddress& address) {
  std::array<char, NI_MAXHOST> digits{};
  getnameinfo(address.get(), address.size(), digits.data(), digits.size(), nullptr, 0,
              NI_NUMERICHOST);
  return digits.data();
}

/// The server at each of its addresses.
async::Task<std::vector<Target::Server>> addresses_of(Target::Server server) {
  if (server.is_unix_socket() || !server.address.empty())
    co_return std::vector<Target::Server>{server};
  std::vector<Target::Server> found;
  for (const async::IpAddress& address : co_await async::resolve(server.host, server.port)) {
    server.address = digits_of(address);
    found.push_back(server);
  }
  co_return found;
}

/// One name of several that is not known is no obstacle.
async::Task<std::vector<Target::Server>> addresses_of(const Target& target) {
  std::vector<Target::Server> all;
  std::string unknown;
  for (const Target::Server& server : target.servers()) {
    try {
      const std::vector<Target::Server> some = co_await addresses_of(server);
      all.insert(all.end(), some.begin(), some.end());
    } catch (const std::system_error& error) {
      unknown = error.what();
    }
  }
  if (all.empty()) fail(unknown);
  co_return all;
}

/// Verbose messages have the SQLSTATE in them: `FATAL:  28P01: password authentication failed`. It
/// is taken out. libpq has it nowhere else while it connects.
std::string take_sqlstate(std::string& message) {
  const std::size_t severity = message.rfind(":  ");
  if (severity == std::string::npos || message.size() < severity + 10) return {};
  std::string code = message.substr(severity + 3, 5);
  const bool plausible = std::ranges::all_of(
      code, [](char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z'); });
  if (!plausible || message.compare(severity + 8, 2, ": ") != 0) return {};
  message.erase(severity + 3, 7);
  return code;
}

/// Credentials, databases and settings are not put right by waiting.
Remedy remedy_of(std::string_view sqlstate, const PGconn* connection) {
  if (PQconnectionNeedsPassword(connection) != 0) return Remedy::kMend;
  static constexpr std::array<std::string_view, 5> kMend{"28", "3D", "42", "22", "0A"};
  return std::ranges::find(kMend, sqlstate.substr(0, 2)) != kMend.end() ? Remedy::kMend
                                                                        : Remedy::kWait;
}

[[noreturn]] void fail(const PGconn* connection) {
  std::string message = message_of(connection);
  const std::string sqlstate = take_sqlstate(message);
  fail(message, remedy_of(sqlstate, connection), sqlstate);
}

void log_notice(void*, const PGresult* notice) {
  const auto field = [notice](int code) {
    const char* text = PQresultErrorField(notice, code);
    return std::string_view(text != nullptr ? text : "");
  };
  log::debug("database notice", {{"severity", field(PG_DIAG_SEVERITY_NONLOCALIZED)},
                                 {"sqlstate", field(PG_DIAG_SQLSTATE)},
                                 {"notice", field(PG_DIAG_MESSAGE_PRIMARY)}});
}

void start(PqConnection& connection, const Target& target, const Target::Server& server) {
  std::vector<const char*> names;
  std::vector<const char*> values;
  const auto add = [&](const char* name, const std::string& value) {
    if (value.empty()) return;
    names.push_back(name);
    values.push_back(value.c_str());
  };
  const std::string port = std::to_string(server.port);
  for (const auto& [name, value] : target.parameters()) add(name.c_str(), value);
  add("host", server.host);
  add("hostaddr", server.address);
  add("port", port);
  names.push_back(nullptr);
  values.push_back(nullptr);
  connection.reset(PQconnectStartParams(names.data(), values.data(), 0));
  if (connection == nullptr) throw std::bad_alloc();
  if (PQstatus(connection.get()) == CONNECTION_BAD) fail(connection.get());
  PQsetErrorVerbosity(connection.get(), PQERRORS_VERBOSE);
  PQsetNoticeReceiver(connection.get(), log_notice, nullptr);
}

async::Task<> connect(PqConnection& connection, Socket& socket, const Target& target,
                      Target::Server server) {
  start(connection, target, server);
  int events = UV_WRITABLE;
  for (;;) {
    co_await socket.wait(PQsocket(connection.get()), events);
    socket.close();  // libpq may close it too, and open another
    const PostgresPollingStatusType status = PQconnectPoll(connection.get());
    if (status == PGRES_POLLING_OK) break;
    if (status == PGRES_POLLING_FAILED) fail(connection.get());
    events = status == PGRES_POLLING_READING ? UV_READABLE : UV_WRITABLE;
  }
  PQsetErrorVerbosity(connection.get(), PQERRORS_DEFAULT);
  PQsetnonblocking(connection.get(), 1);
}

/// Drops what was begun, unless it was cut short by a cancellation.
void drop(PqConnection& connection, Socket& socket) noexcept {
  socket.close();
  connection.reset();
}

async::Task<> connect_any(PqConnection& connection, Socket& socket, const Target& target) {
  const std::vector<Target::Server> servers = co_await addresses_of(target);
  std::optional<ConnectionError> error;
  for (std::size_t i = 0; i < servers.size(); ++i) {
    const async::TimePoint now = async::Loop::current().now();
    const auto share = (async::current_deadline() - now) / static_cast<int>(servers.size() - i);
    try {
      co_return co_await async::with_deadline(now + share,
                                              connect(connection, socket, target, servers[i]));
    } catch (const ConnectionError& refused) {
      if (!refused.transient()) throw;  // another address would say the same
      error = refused;
    } catch (const async::Timeout&) {
      error.emplace("no answer in time", ConnectionError::Sent::kNo);
    }
    drop(connection, socket);
  }
  throw ConnectionError(*error);
}

}  // namespace

std::string message_of(const PGconn* connection) {
  const std::string_view all = PQerrorMessage(connection);
  return std::string(all.substr(0, all.find('\n')));
}

async::Task<> dial(PqConnection& connection, Socket& socket, const Target& target,
                   async::Duration patience) {
  try {
    co_await async::with_timeout(patience, connect_any(connection, socket, target));
  } catch (const async::Timeout&) {
    drop(connection, socket);
    fail("no answer in time");
  }
}

}  // namespace penstock::sql
