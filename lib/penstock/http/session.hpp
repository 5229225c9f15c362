// Session: the HTTP client of an application. One for all its requests, since it owns what they
// share: connections that are kept open, TLS sessions, resolved names, and limits.
//
//   http::Session session;
//   http::Response response = co_await session.get("https://example.org/");
//   response.raise_for_status();
//
// libcurl speaks HTTP, on the loop. Certificates are verified, always. A server that sends too
// much, too slowly or nonsense is an Error of its own type, and costs no more than the limits say.
//
// A kept connection that the server had closed as it was used again: the request is sent once more
// on another, if it is idempotent and not a line came back. Nothing else is ever sent twice here;
// see async::retry.
//
// Deliberately absent: cookies, caches, .netrc, HSTS, Alt-Svc, JSON (a body is bytes), unix
// sockets, and proxies or certificates found in the environment.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include "penstock/async/task.hpp"
#include "penstock/http/error.hpp"
#include "penstock/http/options.hpp"
#include "penstock/http/request.hpp"
#include "penstock/http/response.hpp"
#include "penstock/http/stream.hpp"

namespace penstock::http {

class Admission;
class Multi;
struct Checked;

class Session {
 public:
  /// On the loop of this thread, which must outlive it. Has SIGPIPE ignored, unless the program
  /// handles it.
  explicit Session(SessionOptions options = {});
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  /// Closes the connections. Dies loudly when requests are under way.
  ~Session();

  /// Sends a request, and receives all of the response, whatever its status. Errors: Error, by
  /// type. Order: first come, first served, where a limit makes them wait. Cancellation: at once,
  /// in which case the connection is closed (of HTTP/2: the request withdrawn); a response that is
  /// complete is delivered.
  async::Task<Response> request(Request request);

  async::Task<Response> get(std::string url, Headers headers = {});
  async::Task<Response> post(std::string url, Body body, Headers headers = {});
  /// `json` is a text already; Content-Type says what it is.
  async::Task<Response> post_json(std::string url, std::string json, Headers headers = {});

  /// Sends a request, and calls `body`, which returns a Task, with the response as soon as its head
  /// has come. Returns what `body` returned. What it leaves unread is not waited for: the
  /// connection is closed. Errors: Error, and what `body` throws. Cancellation: as above.
  template <class F>
  std::invoke_result_t<F&, ResponseStream&> stream(Request request, F body);

 private:
  using Reader = std::function<async::Task<>(ResponseStream&)>;

  async::Task<> run_stream(Request request, Reader body);
  async::Task<Response> collect(Checked request);
  async::Task<Response> collect_one(const Checked& request);
  async::Task<std::optional<Checked>> stream_one(const Checked& request, unsigned hops,
                                                 const Reader& body);
  std::optional<Checked> next_hop(const Checked& request, unsigned hops, unsigned status,
                                  const Headers& headers) const;
  async::Duration patience(const Checked& request) const noexcept;

  const SessionOptions options_;
  const std::unique_ptr<Admission> admission_;
  const std::unique_ptr<Multi> multi_;
};

template <class F>
std::invoke_result_t<F&, ResponseStream&> Session::stream(Request request, F body) {
  using T = typename std::invoke_result_t<F&, ResponseStream&>::value_type;
  if constexpr (std::is_void_v<T>) {
    co_await run_stream(std::move(request), std::ref(body));
  } else {
    std::optional<T> result;
    co_await run_stream(std::move(request), [&](ResponseStream& response) -> async::Task<> {
      result.emplace(co_await body(response));
    });
    co_return std::move(*result);
  }
}

}  // namespace penstock::http
