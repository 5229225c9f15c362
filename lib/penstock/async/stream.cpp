#include "penstock/async/stream.hpp"

#include <algorithm>
#include <cassert>
#include <cstring>

#include "penstock/async/stream_state.hpp"

namespace penstock::async {

using detail::Fill;
using detail::StreamState;

Stream::Stream(Socket socket, std::string peer)
    : state_(std::make_unique<StreamState>(std::move(socket), std::move(peer))) {}
Stream::Stream(Stream&& other) noexcept = default;
Stream& Stream::operator=(Stream&& other) noexcept {
  std::swap(state_, other.state_);
  return *this;
}
Stream::~Stream() = default;

Task<std::size_t> Stream::read_some(std::span<char> into) {
  assert(!into.empty());
  co_await Fill(*state_, 1);
  InputBuffer& input = state_->input();
  if (input.empty()) state_->check_read();
  const std::size_t count = std::min(input.size(), into.size());
  std::memcpy(into.data(), input.view().data(), count);
  input.drop(count);
  co_return count;
}

Task<std::string> Stream::read_exactly(std::size_t count) {
  co_await Fill(*state_, count);
  InputBuffer& input = state_->input();
  if (input.size() < count) {
    state_->check_read();
    throw EndOfStream(peer() + " sent " + std::to_string(input.size()) + " of " +
                      std::to_string(count) + " bytes");
  }
  co_return input.take(count);
}

Task<std::optional<std::string>> Stream::read_until(std::string delimiter, std::size_t limit) {
  InputBuffer& input = state_->input();
  co_await Fill(*state_, 0);
  for (;;) {
    const std::optional<std::size_t> end = input.find(delimiter);
    if (end.value_or(input.undelimited(delimiter)) > limit)
      throw LineTooLong(peer() + " sent more than " + std::to_string(limit) + " bytes in one line");
    if (end) {
      std::string line = input.take(*end);
      input.drop(delimiter.size());
      co_return line;
    }
    const std::size_t before = input.size();
    co_await Fill(*state_, before + 1);
    if (input.size() > before) continue;
    state_->check_read();
    if (input.empty()) co_return std::nullopt;
    throw EndOfStream(peer() + " ended in the middle of a line");
  }
}

Task<std::optional<std::string>> Stream::read_line(std::size_t limit) {
  std::optional<std::string> line;
  try {
    line = co_await read_until("\n", limit);
  } catch (const EndOfStream&) {
    line = state_->input().take(state_->input().size());
  }
  if (line && line->ends_with('\r')) line->pop_back();
  co_return line;
}

Stream::Write Stream::write(std::string_view bytes) noexcept {
  return {*state_, bytes};
}

Stream::WriteEof Stream::write_eof() noexcept {
  return WriteEof(*state_);
}

void Stream::close() noexcept {
  state_->shut(UV_ENOTCONN);
}

const std::string& Stream::peer() const noexcept {
  return state_->peer();
}

Task<Stream> connect_tcp(std::string host, std::uint16_t port) {
  Socket socket = co_await open_tcp(co_await resolve(host, port));
  co_return Stream(std::move(socket), host + ':' + std::to_string(port));
}

Task<Stream> connect_unix(std::string path) {
  Socket socket = co_await open_unix(path);
  co_return Stream(std::move(socket), path);
}

}  // namespace penstock::async
