// Transfer: one request on the wire, from its start to the response's last byte.
//
//   added ──► request sent ──► head ──► body ──► ended
//     │            ▲  │                  │ a full window pauses libcurl; read() lets it go on
//     │            └──┘ once more, if a kept connection turned out dead (see on_request)
//     └──────── destroyed anywhere: broken off, its connection closed
//
// libcurl's callbacks fill it and wake who waits; they are over when it dies.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>

#include "penstock/async/event.hpp"
#include "penstock/async/task.hpp"
#include "penstock/http/message.hpp"
#include "penstock/http/multi.hpp"
#include "penstock/http/options.hpp"
#include "penstock/http/response.hpp"

namespace penstock::http {

class Transfer final : private Multi::Client {
 public:
  enum class Reading : bool { kWhole, kPieces };

  /// Begins at once. All three must outlive it.
  Transfer(Multi& multi, const SessionOptions& options, const Checked& request, Reading reading);
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;
  ~Transfer();

  /// Makes the Upload's body and gives it to libcurl, in a task beside the one that waits. Errors:
  /// InvalidRequest when it is not as long as announced, and what Upload::next throws.
  async::Task<> upload();

  /// Returns once status() and headers() are there. Errors: Error, as below. Cancellation: at once,
  /// as below; what has come stays.
  async::Task<> head();
  /// Returns when all has come.
  async::Task<> end();
  /// The next bytes of the body, or nullopt at its end. For Reading::kPieces.
  async::Task<std::optional<std::string>> read();

  /// After head().
  unsigned status() const noexcept { return status_; }
  const Headers& headers() const noexcept { return headers_; }
  /// After end().
  Response take_response();

 private:
  enum class Refusal : std::uint8_t {
    kNone,
    kAddress,
    kRepetition,
    kHeadCut,
    kHeadTooLarge,
    kBodyTooLarge,
  };

  static Transfer& of(void* self) noexcept { return *static_cast<Transfer*>(self); }
  void listen();
  void on_done(CURLcode code) noexcept override;
  bool on_header(std::string_view line);
  void on_field(std::string_view line);
  void end_of_head() noexcept;
  std::size_t on_body(std::string_view bytes);
  std::size_t on_upload(char* to, std::size_t room) noexcept;
  bool on_request() noexcept;
  curl_socket_t on_socket(const curl_sockaddr& address);
  bool refuse(Refusal refusal) noexcept;
  bool announces_too_much() const;

  void resume(int direction) noexcept;
  [[noreturn]] void throw_failure() const;

  Multi& multi_;
  const SessionOptions& options_;
  const Checked& request_;
  const std::uint64_t limit_;  // of the body
  const std::size_t window_;   // how much of it may wait to be read

  async::Event head_;      // the head is there, or the end
  async::Event readable_;  // bytes are there, or the end
  async::Event ended_;
  unsigned status_ = 0;
  Headers headers_;
  std::size_t head_bytes_ = 0;  // of all heads, informational ones included
  bool at_status_line_ = true;
  bool has_head_ = false;
  std::string body_;  // what was not read yet
  std::uint64_t body_bytes_ = 0;

  std::string piece_;  // of the upload
  std::size_t piece_taken_ = 0;
  bool uploaded_ = false;
  async::Event wants_piece_;

  unsigned sent_ = 0;  // how often the request was
  int paused_ = CURLPAUSE_CONT;
  Refusal refusal_ = Refusal::kNone;
  CURLcode code_ = CURLE_OK;
  std::array<char, CURL_ERROR_SIZE> detail_{};

  HeaderList header_list_;
  Easy easy_;
};

}  // namespace penstock::http
