// Boost.Asio's coroutines as its users write them. Asio 1.74 has no queue and no semaphore of its
// own: a timer that never ends stands for the condition to wait for, as its examples have it.
#include "async_rows.hpp"

#ifdef PENSTOCK_HAVE_ASIO

#include <utility>  // which Asio 1.74 forgets, and clang minds
//
#include <boost/asio.hpp>
#include <deque>

#include "async_measure.hpp"

namespace {

using namespace penstock::bench;
namespace net = boost::asio;
using net::awaitable;
using net::use_awaitable;
using Tcp = net::ip::tcp;

/// For one thread, which spares Asio what locks it can be spared.
class Context {
 public:
  template <class Work>
  void spawn(Work work) {
    net::co_spawn(context_, std::move(work), [](const std::exception_ptr& error) {
      if (error) std::rethrow_exception(error);
    });
  }
  void run() { context_.run(); }

 private:
  net::io_context context_{BOOST_ASIO_CONCURRENCY_HINT_UNSAFE};
};

template <class Work>
double on_context(Work work, int count) {
  Context context;
  context.spawn(std::move(work));
  const Stopwatch watch;
  context.run();
  return watch.per(count);
}

awaitable<int> identity(int number) {
  co_return number;
}

awaitable<void> child_awaits(int count) {
  for (int i = 0; i < count; ++i) {
    if (co_await identity(i) != i) co_return;
  }
}

awaitable<void> nothing() {
  co_return;
}

awaitable<void> spawns_and_joins(int count) {
  const auto executor = co_await net::this_coro::executor;
  for (int i = 0; i < count; ++i) co_await net::co_spawn(executor, nothing(), use_awaitable);
}

/// Something that one task waits for and another wakes it from.
class Condition {
 public:
  explicit Condition(const net::any_io_executor& executor)
      : timer_(executor, net::steady_timer::time_point::max()) {}
  awaitable<void> wait() {
    boost::system::error_code ignored;
    co_await timer_.async_wait(net::redirect_error(use_awaitable, ignored));
  }
  void wake_one() { timer_.cancel_one(); }

 private:
  net::steady_timer timer_;
};

class IntQueue {
 public:
  explicit IntQueue(const net::any_io_executor& executor) : changed_(executor) {}
  awaitable<void> put(int item) {
    while (!items_.empty()) co_await changed_.wait();
    items_.push_back(item);
    changed_.wake_one();
  }
  awaitable<int> get() {
    while (items_.empty()) co_await changed_.wait();
    const int item = items_.front();
    items_.pop_front();
    changed_.wake_one();
    co_return item;
  }

 private:
  std::deque<int> items_;
  Condition changed_;
};

awaitable<void> forward(IntQueue& from, IntQueue& to, int count) {
  for (int i = 0; i < count; ++i) co_await to.put(co_await from.get());
}

awaitable<void> queue_pairs(int count) {
  const auto executor = co_await net::this_coro::executor;
  IntQueue there(executor);
  IntQueue back(executor);
  co_await back.put(0);
  net::co_spawn(executor, forward(there, back, count / 2), net::detached);
  co_await forward(back, there, count / 2);
}

class Permits {
 public:
  explicit Permits(const net::any_io_executor& executor) : released_(executor) {}
  awaitable<void> acquire() {
    if (std::exchange(taken_, true)) co_await released_.wait();  // handed over by release()
  }
  void release(bool awaited) {
    if (awaited) {
      released_.wake_one();
    } else {
      taken_ = false;
    }
  }

 private:
  Condition released_;
  bool taken_ = false;
};

/// `last`: nobody waits when the last permit is released.
awaitable<void> contend(Permits& permits, int count, bool last) {
  for (int i = 0; i < count; ++i) {
    co_await permits.acquire();
    permits.release(!last || i + 1 < count);
  }
}

awaitable<void> hand_offs(int count) {
  const auto executor = co_await net::this_coro::executor;
  Permits permits(executor);
  co_await permits.acquire();
  net::co_spawn(executor, contend(permits, count / 2, false), net::detached);
  co_await net::post(executor, use_awaitable);  // the other one waits now
  permits.release(true);
  co_await contend(permits, count / 2, true);
}

awaitable<void> timers(int count) {
  net::steady_timer timer(co_await net::this_coro::executor);
  for (int i = 0; i < count; ++i) {
    timer.expires_after(std::chrono::hours(1));
    timer.async_wait([](const boost::system::error_code&) {});
    timer.cancel();
  }
}

awaitable<void> echo(Tcp::acceptor& acceptor) {
  Tcp::socket socket = co_await acceptor.async_accept(use_awaitable);
  socket.set_option(Tcp::no_delay(true));
  std::string message(kMessageBytes, '\0');
  boost::system::error_code end;
  while (!end) {
    const std::size_t size = co_await socket.async_read_some(
        net::buffer(message), net::redirect_error(use_awaitable, end));
    if (!end) co_await net::async_write(socket, net::buffer(message, size), use_awaitable);
  }
}

awaitable<void> ping_pongs(int count, double& each) {
  const auto executor = co_await net::this_coro::executor;
  Tcp::acceptor acceptor(executor, {net::ip::address_v4::loopback(), 0});
  net::co_spawn(executor, echo(acceptor), net::detached);
  Tcp::socket socket(executor);
  co_await socket.async_connect(acceptor.local_endpoint(), use_awaitable);
  socket.set_option(Tcp::no_delay(true));
  std::string message(kMessageBytes, 'x');
  const Stopwatch watch;
  for (int i = 0; i < count; ++i) {
    co_await net::async_write(socket, net::buffer(message), use_awaitable);
    co_await socket.async_read_some(net::buffer(message), use_awaitable);
  }
  each = watch.per(count);
  socket.close();
  co_await net::post(executor, use_awaitable);
}

double ping_pong(int count) {
  double each = 0;
  Context context;
  context.spawn(ping_pongs(count, each));
  context.run();
  return each;
}

awaitable<void> sleeper() {
  net::steady_timer timer(co_await net::this_coro::executor, std::chrono::hours(1));
  co_await timer.async_wait(use_awaitable);
}

double sleepers(int count) {
  const HeapScale scale;
  net::io_context context{BOOST_ASIO_CONCURRENCY_HINT_UNSAFE};
  for (int i = 0; i < count; ++i) net::co_spawn(context, sleeper(), net::detached);
  context.poll();
  return scale.per(count);
}

}  // namespace

penstock::bench::Peer penstock::bench::asio() {
  return {
      .child_await = [](int count) { return on_context(child_awaits(count), count); },
      .spawn_join = [](int count) { return on_context(spawns_and_joins(count), count); },
      .queue_pair = [](int count) { return on_context(queue_pairs(count), count); },
      .semaphore_hand_off = [](int count) { return on_context(hand_offs(count), count); },
      .context_lookup = none,
      .timer_set_cancel = [](int count) { return on_context(timers(count), count); },
      .ping_pong = ping_pong,
      .sleeper_bytes = sleepers,
  };
}

#else

penstock::bench::Peer penstock::bench::asio() {
  return {.child_await = none,
          .spawn_join = none,
          .queue_pair = none,
          .semaphore_hand_off = none,
          .context_lookup = none,
          .timer_set_cancel = none,
          .ping_pong = none,
          .sleeper_bytes = none};
}

#endif
