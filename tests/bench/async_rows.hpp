// What ./dev bench async compares: the same piece of work in our coroutines, in Boost.Asio's, and
// in callbacks of plain libuv. Each function does one round of `count` and gives the cost of one:
// nanoseconds, or bytes. kNone stands for what a peer does not have.
#pragma once

namespace penstock::bench {

inline constexpr double kNone = -1;

struct Peer {
  /// A coroutine that is awaited and ends at once.
  double (*child_await)(int count);
  /// A task that is spawned, and waited for.
  double (*spawn_join)(int count);
  /// An item that goes from a task to another that waits for it, through a bounded queue.
  double (*queue_pair)(int count);
  /// A permit that goes from a task to another that waits for it.
  double (*semaphore_hand_off)(int count);
  /// A value that belongs to the task, read below two others.
  double (*context_lookup)(int count);
  /// A time limit of an hour that is set and taken back.
  double (*timer_set_cancel)(int count);
  /// 64 bytes there and back over TCP on one loop: one round trip.
  double (*ping_pong)(int count);
  /// Heap memory of one of `count` tasks that sleep at the same time.
  double (*sleeper_bytes)(int count);
};

Peer ours();
/// Every row kNone where Boost is not installed.
Peer asio();
Peer libuv();

/// The finer table of our own primitives.
void print_primitives();

inline double none(int) {
  return kNone;
}

}  // namespace penstock::bench
