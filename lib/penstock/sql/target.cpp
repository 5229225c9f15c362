#include "penstock/sql/target.hpp"

#include <libpq-fe.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <map>
#include <memory>
#include <stdexcept>

namespace penstock::sql {
namespace {

using Values = std::map<std::string, std::string>;
using Conninfo = std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)>;

[[noreturn]] void refuse(const std::string& why) {
  throw std::invalid_argument("the address of the database: " + why);
}

/// libpq quotes the text it complains about, which may have a password in it.
std::string without_quotes(std::string message) {
  const std::size_t first = message.find('"');
  const std::size_t last = message.rfind('"');
  if (first != last) message.replace(first, last - first + 1, "…");
  while (message.ends_with('\n')) message.pop_back();
  return message;
}

void collect(const Conninfo& options, Values& values) {
  for (const PQconninfoOption* each = options.get(); each != nullptr && each->keyword != nullptr;
       ++each) {
    if (each->val != nullptr) values.try_emplace(each->keyword, each->val);
  }
}

/// What libpq would choose otherwise.
void prefer_ours(Values& values) {
  // libpq asks a Kerberos server, blocking, if the machine has credentials.
  if (std::getenv("PGGSSENCMODE") == nullptr) values.try_emplace("gssencmode", "disable");
  values.try_emplace("client_encoding", "UTF8");  // as std::string is taken to be
  values.try_emplace("fallback_application_name", "penstock");
  // A peer that vanishes without a word is found out in about eight seconds: by keepalive probes
  // when nothing is under way, by TCP_USER_TIMEOUT when something is. PQcancel() takes them over,
  // which is what bounds it.
  values.try_emplace("keepalives_idle", "5");
  values.try_emplace("keepalives_interval", "1");
  values.try_emplace("keepalives_count", "3");
  values.try_emplace("tcp_user_timeout", "8000");
}

Values parse_text(const std::string& text) {
  char* message = nullptr;
  const Conninfo given(PQconninfoParse(text.c_str(), &message), PQconninfoFree);
  const std::unique_ptr<char, decltype(&PQfreemem)> owner(message, PQfreemem);
  if (given == nullptr) refuse(without_quotes(message != nullptr ? message : "out of memory"));
  Values values;
  collect(given, values);
  if (values.contains("service")) refuse("service files are not read");
  prefer_ours(values);
  collect(Conninfo(PQconndefaults(), PQconninfoFree), values);
  return values;
}

std::string take(Values& values, const std::string& name) {
  const auto found = values.extract(name);
  return found.empty() ? std::string() : found.mapped();
}

std::vector<std::string> split(const std::string& list) {
  std::vector<std::string> parts;
  for (std::size_t from = 0;;) {
    const std::size_t comma = list.find(',', from);
    parts.push_back(list.substr(from, comma - from));
    if (comma == std::string::npos) return parts;
    from = comma + 1;
  }
}

std::uint16_t port_of(const std::string& text) {
  if (text.empty()) return 5432;
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || end != text.data() + text.size() || port == 0)
    refuse("the port is not a number from 1 to 65535");
  return port;
}

/// The element at `index`: a list of one stands for all.
const std::string& element(const std::vector<std::string>& list, std::size_t index) {
  return list.size() == 1 ? list.front() : list.at(index);
}

/// Without a host it is the machine's own socket, as Debian's libpq has it.
std::string host_of(const std::string& given, const std::string& address) {
  if (given.find('@', 1) != std::string::npos)
    refuse("a host has no '@' in it: write one that belongs to the password as %40");
  return given.empty() && address.empty() ? "/var/run/postgresql" : given;
}

std::vector<Target::Server> servers_of(Values& values) {
  const std::vector<std::string> hosts = split(take(values, "host"));
  const std::vector<std::string> addresses = split(take(values, "hostaddr"));
  const std::vector<std::string> ports = split(take(values, "port"));
  const std::size_t count = std::max(hosts.size(), addresses.size());
  for (const auto* list : {&hosts, &addresses, &ports}) {
    if (list->size() != 1 && list->size() != count)
      refuse("host, hostaddr and port are not equally many");
  }
  std::vector<Target::Server> servers;
  for (std::size_t i = 0; i < count; ++i) {
    const std::string& address = element(addresses, i);
    servers.push_back({host_of(element(hosts, i), address), address, port_of(element(ports, i))});
  }
  return servers;
}

std::string label_of(const Target::Server& server) {
  const std::string& host = server.host.empty() ? server.address : server.host;
  const bool bracketed = host.contains(':') && !host.starts_with('[');
  return (bracketed ? "[" + host + "]" : host) + ":" + std::to_string(server.port);
}

}  // namespace

Target Target::parse(const std::string& text) {
  Values values = parse_text(text);
  Target target;
  target.servers_ = servers_of(values);
  if (values["target_session_attrs"] == "prefer-standby")
    refuse("target_session_attrs=prefer-standby is not offered");
  for (const Server& server : target.servers_)
    target.label_ += (target.label_.empty() ? "" : ",") + label_of(server);
  target.label_ += "/" + values["dbname"];
  values.erase("connect_timeout");  // Options has one, for all addresses together
  for (const auto& [name, value] : values) {
    if (!value.empty()) target.parameters_.emplace_back(name, value);
  }
  return target;
}

}  // namespace penstock::sql
