#include "penstock/async/handle.hpp"

#include <optional>
#include <stdexcept>

#include "penstock/async/sleep.hpp"
#include "support/async_run.hpp"

namespace penstock::test {
namespace {

using namespace penstock::async;
using namespace std::chrono_literals;

Handle<uv_timer_t> timer_handle() {
  return Handle<uv_timer_t>(
      [](uv_timer_t* timer) { return uv_timer_init(Loop::current().uv(), timer); });
}

int count_handles() {
  int count = 0;
  uv_walk(
      Loop::current().uv(), [](uv_handle_t*, void* counter) { ++*static_cast<int*>(counter); },
      &count);
  return count;
}

TEST_CASE("a handle that was never made is empty, and closing it does nothing") {
  Handle<uv_timer_t> none;
  none.close();
  CHECK_FALSE(none);
  CHECK(none.status() == 0);
}

TEST_CASE("a handle that cannot be initialised says why") {
  const Handle<uv_timer_t> failed([](uv_timer_t*) { return UV_EMFILE; });
  CHECK_FALSE(failed);
  CHECK(failed.status() == UV_EMFILE);
}

TEST_CASE("an initialiser that throws leaves nothing behind") {
  const auto make = [] {
    return Handle<uv_timer_t>([](uv_timer_t*) -> int { throw std::runtime_error("boom"); });
  };
  CHECK_THROWS_WITH(make(), "boom");
}

TEST_CASE("a destroyed handle is closed, and gone after the next turns") {
  run_real([]() -> Task<> {
    const int before = count_handles();
    {
      const auto handle = timer_handle();
      CHECK(handle);
      CHECK(count_handles() == before + 1);
    }
    co_await sleep(1ms);
    CHECK(count_handles() == before);
  });
}

TEST_CASE("a closed handle's memory lives until libuv has let go of it, with its data null") {
  run_real([]() -> Task<> {
    int owner = 0;
    auto handle = timer_handle();
    handle->data = &owner;
    const uv_timer_t* box = handle.get();
    handle.close();
    handle.close();
    CHECK_FALSE(handle);
    CHECK(box->data == nullptr);
    co_await sleep(1ms);
  });
}

TEST_CASE("a handle moves with its box") {
  run_real([]() -> Task<> {
    auto first = timer_handle();
    uv_timer_t* box = first.get();
    Handle<uv_timer_t> second = std::move(first);
    CHECK_FALSE(first);
    CHECK(second.get() == box);
    first = std::move(second);
    CHECK(first.get() == box);
    co_return;
  });
}

TEST_CASE("a loop closes the handles that are open when it ends") {
  uv_tcp_t tcp{};
  uv_timer_t timer{};
  {
    Loop loop;
    uv_tcp_init(loop.uv(), &tcp);
    uv_timer_init(loop.uv(), &timer);
    uv_timer_start(&timer, [](uv_timer_t*) {}, 1'000'000, 0);
  }
  CHECK(uv_is_closing(reinterpret_cast<uv_handle_t*>(&tcp)) != 0);
  CHECK(uv_is_active(reinterpret_cast<uv_handle_t*>(&timer)) == 0);
}

TEST_CASE("a handle may outlive its loop") {
  Handle<uv_timer_t> handle;
  {
    Loop loop;
    handle = timer_handle();
  }
  handle.close();
  CHECK_FALSE(handle);
}

}  // namespace
}  // namespace penstock::test
