// Clean-up that awaits. C++ has no asynchronous destructor, and no co_await in a catch block; this
// is the place for it.
//
//   co_await try_finally([&] { return copy(from, to); }, [&] { return to.flush(); }, 5s);
//
//   co_await with(co_await open(path), [&](File& file) { return read(file); }, 5s);
//
// The clean-up runs once the body has ended, however that ended: it returned, threw or was
// cancelled. It is out of reach of cancellation and deadlines from outside, and therefore always
// has a limit of its own.
#pragma once

#include <exception>
#include <functional>
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

#include "penstock/async/timeout.hpp"

namespace penstock::async {

namespace detail {

/// Awaits `clean_up()`, then throws the body's `error`, if there is one. `failed` says that it is
/// more than a cancellation.
template <class CleanUp>
Task<> clean_up_and_rethrow(CleanUp clean_up, Duration limit, std::exception_ptr error,
                            bool failed) {
  try {
    co_await shield(with_timeout(limit, std::invoke(clean_up)));
  } catch (...) {  // catch-all: an error of the body goes before one of the clean-up
    if (!failed) throw;
  }
  if (error) std::rethrow_exception(std::move(error));
}

}  // namespace detail

/// Awaits `body()`, then `clean_up()` for at most `limit`, and returns what the body returned. Both
/// return a Task; they may capture by reference. Errors: the body's; else the clean-up's, Timeout
/// when it took too long. An error of the clean-up takes the place of a Cancelled, which meets the
/// next suspension anyway, but is dropped beside an error of the body. Cancellation: passed on to
/// the body; not to the clean-up, which is waited for.
template <class Body, class CleanUp>
std::invoke_result_t<Body&> try_finally(Body body, CleanUp clean_up, Duration limit) {
  using T = typename std::invoke_result_t<Body&>::value_type;
  std::conditional_t<std::is_void_v<T>, std::monostate, std::optional<T>> result;
  std::exception_ptr error;
  bool failed = false;
  try {
    if constexpr (std::is_void_v<T>) {
      co_await std::invoke(body);
    } else {
      result.emplace(co_await std::invoke(body));
    }
  } catch (const Cancelled&) {
    error = std::current_exception();
  } catch (...) {
    error = std::current_exception();
    failed = true;
  }
  co_await detail::clean_up_and_rethrow(std::move(clean_up), limit, std::move(error), failed);
  if constexpr (!std::is_void_v<T>) co_return std::move(*result);
}

/// What with() can close: close() returns an awaitable.
template <class R>
concept Closable = requires(R& resource) { with_timeout(Duration(), resource.close()); };

/// Awaits `body(resource)`, then `resource.close()` for at most `limit`, as try_finally() does. The
/// resource is destroyed after that.
template <Closable Resource, class Body>
std::invoke_result_t<Body&, Resource&> with(Resource resource, Body body, Duration limit) {
  const auto use = [&] { return std::invoke(body, resource); };
  const auto close = [&] { return resource.close(); };
  co_return co_await try_finally(use, close, limit);
}

}  // namespace penstock::async
