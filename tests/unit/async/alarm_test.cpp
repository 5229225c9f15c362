#include "penstock/async/alarm.hpp"

#include <catch2/catch.hpp>

namespace penstock::async {
namespace {

using namespace std::chrono_literals;

struct UvLoop {
  UvLoop() { uv_loop_init(&uv); }
  UvLoop(const UvLoop&) = delete;
  UvLoop& operator=(const UvLoop&) = delete;
  ~UvLoop() { uv_loop_close(&uv); }
  uv_loop_t uv{};
};

struct Alarms {
  ~Alarms() {
    uv_walk(&loop.uv, [](uv_handle_t* handle, void*) { uv_close(handle, nullptr); }, nullptr);
    run();
  }
  /// Runs the loop until it has nothing to wait for.
  void run() { uv_run(&loop.uv, UV_RUN_DEFAULT); }

  UvLoop loop;
  int rings = 0;
  TimePoint rung{};
  Alarm alarm{&loop.uv, [this] {
                ++rings;
                rung = Clock::now();
              }};
  const TimePoint start = Clock::now();
};

TEST_CASE_METHOD(Alarms, "an alarm rings once, and not before its time") {
  alarm.set(start + 3ms);
  run();
  CHECK(rings == 1);
  CHECK(rung >= start + 3ms);
}

TEST_CASE_METHOD(Alarms, "an alarm for a time that has passed rings at once") {
  const TimePoint boot{};  // of the machine, as the clock counts; a short while ago it may be
  for (const TimePoint past : {start - 1ms, boot + 1ns, boot, boot - 1h, TimePoint::min()}) {
    rings = 0;
    alarm.set(past);
    run();
    CHECK(rings == 1);
  }
}

TEST_CASE_METHOD(Alarms, "an alarm for a time before the clock's zero, or at it, rings at once") {
  alarm.set(TimePoint(-1h));
  run();
  alarm.set(TimePoint());
  run();
  CHECK(rings == 2);
}

TEST_CASE_METHOD(Alarms, "an alarm that is set earlier rings earlier, and no more") {
  alarm.set(start + 1h);
  alarm.set(start + 2ms);
  run();
  CHECK(rings == 1);
  CHECK(rung < start + 1h);
}

TEST_CASE_METHOD(Alarms, "an alarm that is put off keeps its time") {
  alarm.set(start + 2ms);
  alarm.set(start + 1h);
  run();
  CHECK(rings == 1);
}

TEST_CASE_METHOD(Alarms, "an alarm that is cleared does not ring, and keeps no loop alive") {
  alarm.set(start - 1h);
  alarm.clear();
  run();
  CHECK(rings == 0);
  alarm.set(start + 1ms);
  run();
  CHECK(rings == 1);
}

}  // namespace
}  // namespace penstock::async
