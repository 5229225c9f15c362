#include "penstock/process/trampoline_order.hpp"

#include <charconv>

namespace penstock::process {
namespace {

/// Zero-terminated strings, written and read in one order.
class Writer {
 public:
  void add(std::string_view string) { (text_ += string) += '\0'; }
  void add(std::uint64_t number) { add(std::to_string(number)); }
  void add(const std::optional<std::uint64_t>& limit) { limit ? add(*limit) : add(""); }
  void add(const std::vector<std::string>& strings) {
    add(strings.size());
    for (const std::string& string : strings) add(string);
  }
  std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  std::string_view string() {
    const std::size_t end = rest_.find('\0');
    if (end == std::string_view::npos) throw SpawnError(EBADMSG, "the order is cut short");
    const std::string_view string = rest_.substr(0, end);
    rest_.remove_prefix(end + 1);
    return string;
  }

  std::optional<std::uint64_t> number() {
    const std::string_view digits = string();
    std::uint64_t value = 0;
    const auto end = std::from_chars(digits.begin(), digits.end(), value).ptr;
    return digits.empty() || end != digits.end() ? std::nullopt : std::optional(value);
  }

  std::vector<std::string> strings() {
    std::vector<std::string> all;
    for (std::uint64_t left = number().value_or(0); left > 0; --left) all.emplace_back(string());
    return all;
  }

 private:
  std::string_view rest_;
};

}  // namespace

std::string encode_order(const Command& command) {
  Writer writer;
  writer.add(command.argv);
  writer.add(command.environment);
  writer.add(command.cwd);
  writer.add(command.user);
  writer.add(command.limits.memory_bytes);
  writer.add(command.limits.cpu_seconds);
  writer.add(command.limits.open_files);
  writer.add(command.limits.processes);
  writer.add(static_cast<std::uint64_t>(command.ends_with));
  return writer.take();
}

Command decode_order(std::string_view text) {
  Reader reader(text);
  Command command;
  command.argv = reader.strings();
  command.environment = reader.strings();
  command.cwd = reader.string();
  command.user = reader.string();
  command.limits.memory_bytes = reader.number();
  command.limits.cpu_seconds = reader.number();
  command.limits.open_files = reader.number();
  command.limits.processes = reader.number();
  command.ends_with = static_cast<pid_t>(reader.number().value_or(0));
  return command;
}

std::string encode_failure(const SpawnError& failure) {
  Writer writer;
  writer.add(static_cast<std::uint64_t>(failure.error()));
  writer.add(failure.what());
  return writer.take();
}

SpawnError decode_failure(std::string_view text) {
  Reader reader(text);
  const int error = static_cast<int>(reader.number().value_or(EBADMSG));
  return {error, std::string(reader.string())};
}

}  // namespace penstock::process
