#include "penstock/process/output.hpp"

#include <unistd.h>

#include <cerrno>
#include <memory>
#include <span>

#include "penstock/process/run.hpp"

namespace penstock::process {
namespace {

constexpr std::size_t kReadBytes = std::size_t{64} * 1024;  // what a pipe holds unless enlarged
constexpr int kDrainReads = 32;  // the largest pipe an ordinary user can make, twice over

/// One for all children of a thread: none keeps anything in it between two reads.
std::span<char> read_buffer() {
  thread_local const auto buffer = std::make_unique_for_overwrite<char[]>(kReadBytes);
  return {buffer.get(), kReadBytes};
}

}  // namespace

OutputPipe::OutputPipe(Pipe pipe, async::Event& ended)
    : Watcher(std::move(pipe.read)), theirs_(std::move(pipe.write)), ended_(ended) {
  watch(UV_READABLE);
}

/// False when there is nothing to read now.
bool OutputPipe::read_some() noexcept {
  const std::span<char> buffer = read_buffer();
  const ssize_t count = ::read(fd(), buffer.data(), buffer.size());
  if (count < 0) return errno == EINTR;
  if (count == 0) {
    finish();
    return false;
  }
  bytes_ += static_cast<std::uint64_t>(count);
  take({buffer.data(), static_cast<std::size_t>(count)});
  return true;
}

void OutputPipe::drain() noexcept {
  for (int reads = 0; reads < kDrainReads && open(); ++reads) {
    if (!read_some()) return;
  }
}

void OutputPipe::finish() noexcept {
  if (ended()) return;
  close();
  at_end();
  ended_.set();
}

ErrorLines::ErrorLines(LineSplitter::Sink sink, async::Event& ended) : OutputPipe(ended) {
  if (sink) lines_.emplace(kMaxErrorLine, std::move(sink));
}

void ErrorLines::take(std::string_view bytes) noexcept {
  if (!lines_) return;
  const async::ContextScope scope(context_);
  lines_->feed(bytes);
}

void ErrorLines::at_end() noexcept {
  if (!lines_) return;
  const async::ContextScope scope(context_);
  lines_->finish();
}

}  // namespace penstock::process
