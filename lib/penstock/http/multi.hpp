// Multi: libcurl's multi handle on the loop. The loop watches libcurl's sockets and keeps its time,
// so that libcurl never waits; names are resolved in threads of its own.
//
//   uv_poll, timer ──► curl_multi_socket_action ──► callbacks of the easy handles: they only note
//                                                   what came, and wake who waits for it
#pragma once

#include <uv.h>

#include <unordered_map>

#include "penstock/async/handle.hpp"
#include "penstock/async/loop.hpp"
#include "penstock/http/curl.hpp"

namespace penstock::http {

class Multi final : private async::Timer {
 public:
  /// On the loop of this thread. So many `idle` connections are kept for later use.
  explicit Multi(std::size_t idle);
  /// Closes the connections. Dies loudly when a transfer is left.
  ~Multi() override;

  /// What hears of an easy handle's end; the handle names it by CURLOPT_PRIVATE. It is told within
  /// libcurl's rounds, and must not call libcurl.
  class Client {
   public:
    virtual void on_done(CURLcode code) noexcept = 0;

   protected:
    ~Client() = default;
  };

  void add(CURL* easy);
  /// Not from within libcurl's callbacks. What is under way is broken off, and its connection
  /// closed; nobody is called back any more.
  void remove(CURL* easy) noexcept;

  /// What the easy handles have in common beyond connections: TLS sessions, to be resumed.
  CURLSH* share() const noexcept { return share_.get(); }

 private:
  static int on_socket(CURL*, curl_socket_t fd, int what, void* self, void*) noexcept;
  static int on_timeout(CURLM*, long milliseconds, void* self) noexcept;
  static void on_poll(uv_poll_t* poll, int, int events) noexcept;
  void on_timer() noexcept override { act(CURL_SOCKET_TIMEOUT, 0); }

  void watch(curl_socket_t fd, int what) noexcept;
  void act(curl_socket_t fd, int events) noexcept;
  void tell_done() noexcept;

  async::Loop& loop_;
  std::unordered_map<curl_socket_t, async::Handle<uv_poll_t>> polls_;
  std::unique_ptr<CURLSH, FreeBy<curl_share_cleanup>> share_;
  std::unique_ptr<CURLM, FreeBy<curl_multi_cleanup>> multi_;
  std::size_t transfers_ = 0;
};

}  // namespace penstock::http
