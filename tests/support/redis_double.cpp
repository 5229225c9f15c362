#include "support/redis_double.hpp"

#include <algorithm>
#include <charconv>

#include "penstock/async/event.hpp"
#include "penstock/async/sleep.hpp"
#include "penstock/redis/error.hpp"

namespace penstock::test {

/// The client's end of a wire.
class RedisWireTransport final : public redis::Transport {
 public:
  explicit RedisWireTransport(RedisWire& wire) : wire_(wire) {}
  ~RedisWireTransport() override { RedisWireTransport::close(); }

  void start(Receiver& receiver) override { wire_.receiver_ = &receiver; }
  void write(std::string_view bytes) override { wire_.receive(bytes); }
  std::size_t unsent() const noexcept override { return wire_.unsent_.size(); }
  void close() noexcept override {
    wire_.receiver_ = nullptr;
    wire_.stop();
  }

 private:
  RedisWire& wire_;
};

namespace {

/// Takes `*N` or `$N` off the front; nothing when the line is not complete.
std::optional<std::size_t> take_length(std::string_view& text) {
  const std::size_t end = text.find("\r\n");
  if (end == std::string_view::npos) return std::nullopt;
  std::size_t length = 0;
  std::from_chars(text.data() + 1, text.data() + end, length);
  text.remove_prefix(end + 2);
  return length;
}

std::optional<std::string> take_argument(std::string_view& text) {
  const auto length = take_length(text);
  if (!length || text.size() < *length + 2) return std::nullopt;
  std::string argument(text.substr(0, *length));
  text.remove_prefix(*length + 2);
  return argument;
}

std::optional<Command> take_command(std::string& stream) {
  std::string_view text = stream;
  const auto count = take_length(text);
  if (!count) return std::nullopt;
  Command command;
  while (command.size() < *count) {
    auto argument = take_argument(text);
    if (!argument) return std::nullopt;
    command.push_back(std::move(*argument));
  }
  stream.erase(0, stream.size() - text.size());
  return command;
}

}  // namespace

void RedisWire::send(std::string_view bytes) {
  if (end_) return;
  const std::size_t left = server_.cut_after_sent.value_or(std::string::npos) - sent_;
  outgoing_ += bytes.substr(0, left);
  sent_ += std::min(bytes.size(), left);
  if (bytes.size() >= left) return cut();
  schedule();
}

void RedisWire::cut(std::string_view reason) {
  if (!end_) end_ = reason;
  schedule();
}

void RedisWire::schedule() {
  if (receiver_ == nullptr || scheduled()) return;
  async::Loop& loop = async::Loop::current();
  loop.schedule(*this, loop.now() + server_.latency);
}

void RedisWire::stop() noexcept {
  if (scheduled()) async::Loop::current().cancel(*this);
}

void RedisWire::on_timer() noexcept {
  const std::string batch = std::exchange(outgoing_, {});
  for (std::size_t at = 0; at < batch.size() && receiver_ != nullptr; at += server_.piece) {
    receiver_->on_bytes(std::string_view(batch).substr(at, server_.piece));
  }
  if (end_ && outgoing_.empty() && receiver_ != nullptr) receiver_->on_end(*end_);
}

void RedisWire::resume() {
  stalled_ = false;
  incoming_ += std::exchange(unsent_, {});
  if (receiver_ != nullptr) receiver_->on_drained();
  take_commands();
}

void RedisWire::receive(std::string_view bytes) {
  ++writes_;
  const std::size_t left =
      stalled_ ? 0 : server_.cut_after_received.value_or(std::string::npos) - received_;
  incoming_ += bytes.substr(0, left);
  received_ += std::min(bytes.size(), left);
  if (bytes.size() > left) unsent_ += bytes.substr(left);
  take_commands();
  if (!stalled_ && bytes.size() >= left) cut();
}

void RedisWire::take_commands() {
  while (auto command = take_command(incoming_)) {
    commands_.push_back(*command);
    if (const std::string reply = server_.answer(*command); !reply.empty()) send(reply);
  }
}

std::string RedisWire::transcript() const {
  std::string text;
  for (const Command& command : commands_) {
    if (!text.empty()) text += ", ";
    for (std::size_t i = 0; i < command.size(); ++i) text += (i == 0 ? "" : " ") + command[i];
  }
  return text;
}

class RedisDouble::Net final : public redis::Network {
 public:
  explicit Net(RedisDouble& server) : server_(server) {}

  async::Task<std::unique_ptr<redis::Transport>> connect(const redis::Address&) override {
    server_.attempts_.push_back(async::Loop::current().now());
    co_await async::yield_now();
    if (server_.unreachable) co_await async::sleep_until(async::TimePoint::max());
    if (server_.refuse) throw redis::Error(redis::Failure::kUnavailable, *server_.refuse);
    co_return server_.connect();
  }

 private:
  RedisDouble& server_;
};

RedisDouble::RedisDouble() : answer(standard) {}

std::string RedisDouble::standard(const Command& command) {
  if (command.front() == "PING") return "+PONG\r\n";
  if (command.front() != "HELLO") return "+OK\r\n";
  return array({bulk("server"), bulk("redis"), bulk("version"), bulk("7.0.15"), bulk("proto"),
                ":2\r\n", bulk("id"), ":7\r\n", bulk("mode"), bulk("standalone"), bulk("role"),
                bulk("master"), bulk("modules"), "*0\r\n"});
}

void RedisDouble::answer_with(std::string name, std::string reply) {
  answer = [before = answer, name = std::move(name),
            reply = std::move(reply)](const Command& command) {
    return command.front() == name ? reply : before(command);
  };
}

std::unique_ptr<redis::Network> RedisDouble::network() {
  return std::make_unique<Net>(*this);
}

std::unique_ptr<redis::Transport> RedisDouble::connect() {
  wires_.push_back(std::make_unique<RedisWire>(*this));
  return std::make_unique<RedisWireTransport>(*wires_.back());
}

std::string bulk(std::string_view bytes) {
  return "$" + std::to_string(bytes.size()) + "\r\n" + std::string(bytes) + "\r\n";
}

std::string array(std::initializer_list<std::string> elements) {
  std::string text = "*" + std::to_string(elements.size()) + "\r\n";
  for (const std::string& element : elements) text += element;
  return text;
}

}  // namespace penstock::test
