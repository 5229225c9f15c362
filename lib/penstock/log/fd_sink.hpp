// FdSink: lines to a pipe, a terminal, a socket or a file.
//
// The descriptor is shared with other processes, so that it cannot be made non-blocking. The sink
// asks poll() first, and then writes no more than a pipe with room is sure to take (PIPE_BUF);
// sockets have a flag for each call. What may still block, such as a terminal that was stopped
// between the two, blocks the writing thread alone.
#pragma once

#include <spdlog/details/null_mutex.h>
#include <spdlog/sinks/base_sink.h>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "penstock/log/flow.hpp"

namespace penstock::log {

class FdSink final : public spdlog::sinks::base_sink<spdlog::details::null_mutex> {
 public:
  /// Keeps a duplicate of `fd`. Lines that cannot be written are counted on `flow`.
  FdSink(int fd, Flow& flow);
  FdSink(const FdSink&) = delete;
  FdSink& operator=(const FdSink&) = delete;
  ~FdSink() override;

 private:
  enum class Kind { kFile, kPipe, kSocket };

  void sink_it_(const spdlog::details::log_msg& line) override;
  void flush_() override;

  static Kind kind_of(int fd) noexcept;
  bool write_some(std::string_view& rest) noexcept;
  void give_up(std::string_view rest) noexcept;

  const int fd_;
  const Kind kind_;
  Flow& flow_;
  std::string waiting_;  // lines since the last flush
  bool torn_ = false;    // the last line written is not whole
};

}  // namespace penstock::log
