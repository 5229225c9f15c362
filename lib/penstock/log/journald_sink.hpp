// JournaldSink: native datagrams to the journal's socket, so that `journalctl PENSTOCK_JOB=01J…`
// finds a job's lines. spdlog's own sink knows no fields.
//
// A line that the journal cannot be given (no socket, a refused datagram) goes to standard error
// instead, as text with syslog's priority prefix. A journal that only reads slowly is waited for.
#pragma once

#include <spdlog/details/null_mutex.h>
#include <spdlog/sinks/base_sink.h>

#include <memory>
#include <string>
#include <string_view>

#include "penstock/log/fd_sink.hpp"

namespace penstock::log {

class JournaldSink final : public spdlog::sinks::base_sink<spdlog::details::null_mutex> {
 public:
  /// Lines must be datagrams, as append_journald makes them. `fallback` stands in for the socket at
  /// `path`.
  JournaldSink(std::string path, std::unique_ptr<FdSink> fallback, Flow& flow);
  JournaldSink(const JournaldSink&) = delete;
  JournaldSink& operator=(const JournaldSink&) = delete;
  ~JournaldSink() override;

 private:
  void sink_it_(const spdlog::details::log_msg& line) override;
  void flush_() override;

  bool deliver(std::string_view datagram) noexcept;
  bool connect_socket() noexcept;
  void disconnect() noexcept;

  const std::string path_;
  const std::unique_ptr<FdSink> fallback_;
  Flow& flow_;
  int socket_ = -1;
};

}  // namespace penstock::log
