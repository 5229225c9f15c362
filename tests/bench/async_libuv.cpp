#include <netinet/in.h>
#include <uv.h>

#include <array>
#include <memory>
#include <vector>

#include "async_measure.hpp"
#include "async_rows.hpp"

namespace {

using namespace penstock::bench;

double timers(int count) {
  uv_loop_t loop;
  uv_loop_init(&loop);
  uv_timer_t timer;
  uv_timer_init(&loop, &timer);
  const Stopwatch watch;
  for (int i = 0; i < count; ++i) {
    uv_timer_start(&timer, [](uv_timer_t*) {}, 3'600'000, 0);
    uv_timer_stop(&timer);
  }
  const double each = watch.per(count);
  uv_close(reinterpret_cast<uv_handle_t*>(&timer), nullptr);
  uv_run(&loop, UV_RUN_DEFAULT);
  uv_loop_close(&loop);
  return each;
}

/// Both ends of one connection: each sends back what it gets, `left` times.
class PingPong {
 public:
  explicit PingPong(int count) : left_(count), count_(count) {}

  double run() {
    uv_loop_init(&loop_);
    listen_and_connect();
    uv_run(&loop_, UV_RUN_DEFAULT);
    uv_loop_close(&loop_);
    return each_;
  }

 private:
  static PingPong& of(const void* data) { return *static_cast<PingPong*>(const_cast<void*>(data)); }

  void listen_and_connect() {
    for (uv_tcp_t* handle : {&listener_, &server_, &client_}) {
      uv_tcp_init(&loop_, handle);
      handle->data = this;
    }
    sockaddr_in address{};
    uv_ip4_addr("127.0.0.1", 0, &address);
    uv_tcp_bind(&listener_, reinterpret_cast<const sockaddr*>(&address), 0);
    uv_listen(reinterpret_cast<uv_stream_t*>(&listener_), 1, [](uv_stream_t* listener, int) {
      PingPong& self = of(listener->data);
      uv_accept(listener, reinterpret_cast<uv_stream_t*>(&self.server_));
      self.read(self.server_);
    });
    int size = sizeof address;
    uv_tcp_getsockname(&listener_, reinterpret_cast<sockaddr*>(&address), &size);
    connect_.data = this;
    uv_tcp_connect(&connect_, &client_, reinterpret_cast<const sockaddr*>(&address),
                   [](uv_connect_t* request, int) { of(request->data).connected(); });
  }

  void connected() {
    read(client_);
    watch_ = Stopwatch();
    write(client_);
  }

  void read(uv_tcp_t& handle) {
    uv_tcp_nodelay(&handle, 1);
    uv_read_start(
        reinterpret_cast<uv_stream_t*>(&handle),
        [](uv_handle_t* owner, std::size_t, uv_buf_t* buffer) {
          PingPong& self = of(owner->data);
          // Larger than what comes: libuv then knows that there is no more, and reads once.
          *buffer = uv_buf_init(self.input_.data(), static_cast<unsigned>(self.input_.size()));
        },
        [](uv_stream_t* stream, ssize_t size, const uv_buf_t*) {
          if (size > 0) of(stream->data).came(reinterpret_cast<uv_tcp_t&>(*stream));
        });
  }

  void came(uv_tcp_t& handle) {
    if (&handle == &client_ && --left_ == 0) return end();
    write(handle);
  }

  /// A write that the kernel takes at once needs no request: the fastest there is.
  void write(uv_tcp_t& handle) {
    const uv_buf_t buffer = uv_buf_init(message_.data(), kMessageBytes);
    uv_try_write(reinterpret_cast<uv_stream_t*>(&handle), &buffer, 1);
  }

  void end() {
    each_ = watch_.per(count_);
    for (uv_tcp_t* handle : {&listener_, &server_, &client_})
      uv_close(reinterpret_cast<uv_handle_t*>(handle), nullptr);
  }

  uv_loop_t loop_{};
  uv_tcp_t listener_{};
  uv_tcp_t server_{};
  uv_tcp_t client_{};
  uv_connect_t connect_{};
  std::array<char, kMessageBytes> message_{};
  std::array<char, std::size_t{64} * 1024> input_{};
  Stopwatch watch_;
  int left_;
  const int count_;
  double each_ = 0;
};

double sleepers(int count) {
  uv_loop_t loop;
  uv_loop_init(&loop);
  const HeapScale scale;
  std::vector<std::unique_ptr<uv_timer_t>> timers_of_all;
  for (int i = 0; i < count; ++i) {
    timers_of_all.push_back(std::make_unique<uv_timer_t>());
    uv_timer_init(&loop, timers_of_all.back().get());
    uv_timer_start(timers_of_all.back().get(), [](uv_timer_t*) {}, 3'600'000, 0);
  }
  const double each = scale.per(count);
  for (const auto& timer : timers_of_all)
    uv_close(reinterpret_cast<uv_handle_t*>(timer.get()), nullptr);
  uv_run(&loop, UV_RUN_DEFAULT);
  uv_loop_close(&loop);
  return each;
}

}  // namespace

penstock::bench::Peer penstock::bench::libuv() {
  return {
      .child_await = none,
      .spawn_join = none,
      .queue_pair = none,
      .semaphore_hand_off = none,
      .context_lookup = none,
      .timer_set_cancel = timers,
      .ping_pong = [](int count) { return PingPong(count).run(); },
      .sleeper_bytes = sleepers,
  };
}
