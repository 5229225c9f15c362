#include "penstock/http/admission.hpp"

#include "penstock/async/gather.hpp"
#include "penstock/async/task_group.hpp"
#include "support/async_run.hpp"
#include "support/async_zoo.hpp"

namespace penstock::test {
namespace {

using namespace penstock::async;
using namespace std::chrono_literals;
using http::Admission;

/// Holds a place for a second; notes how many did so at once.
struct Counter {
  Admission& admission;
  std::size_t now = 0;
  std::size_t most = 0;

  Task<> visit(std::string host) {
    const Admission::Slot slot = co_await admission.enter(std::move(host));
    most = std::max(most, ++now);
    co_await sleep(1s);
    --now;
  }
};

TEST_CASE("to one host there are no more requests at once than its limit") {
  run_shuffled([](std::uint64_t) -> Task<> {
    Admission admission(2, 10);
    Counter counter{admission};
    co_await task_group([&](TaskGroup& group) -> Task<> {
      for (int i = 0; i < 7; ++i) group.spawn(counter.visit("a"));
      co_return;
    });
    CHECK(counter.most == 2);
  });
}

TEST_CASE("to all hosts there are no more requests at once than the limit") {
  run_shuffled([](std::uint64_t) -> Task<> {
    Admission admission(2, 3);
    Counter counter{admission};
    co_await task_group([&](TaskGroup& group) -> Task<> {
      for (int i = 0; i < 12; ++i) group.spawn(counter.visit(std::string(1, "abcd"[i % 4])));
      co_return;
    });
    CHECK(counter.most == 3);
  });
}

TEST_CASE("who waits for a busy host holds up nobody else") {
  run_virtual([]() -> Task<> {
    Admission admission(1, 2);
    const Admission::Slot busy = co_await admission.enter("busy");
    co_await task_group([&](TaskGroup& group) -> Task<> {
      for (int i = 0; i < 5; ++i) group.spawn(swallow(admission.enter("busy")));
      co_await yield_now();
      co_await admission.enter("other");
      group.cancel();
    });
  });
}

TEST_CASE("whoever is cancelled at any point gives back what it had") {
  run_shuffled([](std::uint64_t) -> Task<> {
    Admission admission(1, 2);
    co_await task_group([&](TaskGroup& group) -> Task<> {
      const Admission::Slot a = co_await admission.enter("a");
      std::optional<Admission::Slot> b(co_await admission.enter("b"));
      auto at_host = group.spawn(swallow(admission.enter("a")));
      auto at_total = group.spawn(swallow(admission.enter("c")));
      auto granted = group.spawn(swallow(admission.enter("d")));
      co_await yield_now();
      at_host.cancel();
      at_total.cancel();
      b.reset();
      granted.cancel();
    });
    CHECK(admission.hosts() == 0);
    const Admission::Slot a = co_await admission.enter("a");
    const Admission::Slot d = co_await admission.enter("d");
    CHECK(admission.hosts() == 2);
  });
}

TEST_CASE("a host without requests is forgotten") {
  run_virtual([]() -> Task<> {
    Admission admission(1, 1);
    for (int i = 0; i < 3; ++i) co_await admission.enter("host" + std::to_string(i));
    CHECK(admission.hosts() == 0);
  });
}

}  // namespace
}  // namespace penstock::test
