#include "penstock/async/try_finally.hpp"

#include "penstock/async/task_group.hpp"
#include "support/async_run.hpp"
#include "support/async_zoo.hpp"

namespace penstock::test {
namespace {

using namespace penstock::async;
using namespace std::chrono_literals;

Task<> note(Journal& journal, std::string event) {
  co_await yield_now();
  journal(event);
}

/// What `work` threw: the text of its error, "cancelled", or "" if nothing.
template <class T>
Task<std::string> error_of(Task<T> work) {
  try {
    co_await std::move(work);
  } catch (const Cancelled&) {
    co_return "cancelled";
  } catch (const std::exception& error) {
    co_return error.what();
  }
  co_return "";
}

TEST_CASE("the clean-up runs after a body that returns, whose value is returned") {
  run_virtual([]() -> Task<> {
    Journal journal;
    const auto body = [&]() -> Task<std::unique_ptr<int>> {
      co_await note(journal, "body");
      co_return std::make_unique<int>(7);
    };
    const auto seven = co_await try_finally(body, [&] { return note(journal, "clean"); }, 1s);
    CHECK(*seven == 7);
    CHECK(journal.text() == "body clean");
  });
}

TEST_CASE("the clean-up runs after a body that throws, whose error is thrown") {
  run_virtual([]() -> Task<> {
    Journal journal;
    const auto body = [] { return error_after(1s, "body"); };
    const auto error =
        co_await error_of(try_finally(body, [&] { return note(journal, "clean"); }, 1s));
    CHECK(error == "body");
    CHECK(journal.text() == "clean");
  });
}

TEST_CASE("the clean-up of a cancelled body may await, and then Cancelled goes on") {
  run_virtual([]() -> Task<> {
    Journal journal;
    Ended ended = Ended::kNot;
    const auto clean_up = [&]() -> Task<> {
      co_await sleep(1s);
      journal("clean");
    };
    TaskGroup group;
    group.spawn(observe(try_finally(forever, clean_up, 2s), ended));
    co_await yield_now();
    group.cancel();
    co_await group.join();
    CHECK(ended == Ended::kCancelled);
    CHECK(journal.text() == "clean");
  });
}

TEST_CASE("a cancellation that comes during the clean-up meets the next suspension after it") {
  run_virtual([]() -> Task<> {
    Journal journal;
    Ended ended = Ended::kNot;
    const auto work = [&]() -> Task<> {
      co_await try_finally([&] { return note(journal, "body"); }, [] { return sleep(1s); }, 2s);
      journal("after");
      co_await yield_now();
      journal("never");
    };
    TaskGroup group;
    group.spawn(observe(work(), ended));
    co_await sleep(500ms);
    group.cancel();
    co_await group.join();
    CHECK(ended == Ended::kCancelled);
    CHECK(journal.text() == "body after");
  });
}

TEST_CASE("a deadline around both bounds the body, not the clean-up") {
  run_virtual([]() -> Task<> {
    Journal journal;
    const TimePoint start = Loop::current().now();
    const auto clean_up = [&]() -> Task<> {
      CHECK(current_deadline() == start + 1s + 5s);
      co_await sleep(3s);
      journal("clean");
    };
    const auto error = co_await error_of(with_timeout(1s, try_finally(forever, clean_up, 5s)));
    CHECK(error == "timed out");
    CHECK(journal.text() == "clean");
    CHECK(Loop::current().now() - start == 4s);
  });
}

TEST_CASE("a clean-up that takes too long is cancelled, and Timeout thrown") {
  run_virtual([]() -> Task<> {
    Journal journal;
    const TimePoint start = Loop::current().now();
    const auto error =
        co_await error_of(try_finally([&] { return note(journal, "body"); }, forever, 5s));
    CHECK(error == "timed out");
    CHECK(Loop::current().now() - start == 5s);
  });
}

TEST_CASE("an error of the body goes before one of the clean-up, and that before Cancelled") {
  run_virtual([]() -> Task<> {
    Journal journal;
    const auto fails = [] { return error_after(1s, "clean-up"); };
    const auto after_error =
        co_await error_of(try_finally([] { return error_after(1s, "body"); }, fails, 5s));
    CHECK(after_error == "body");
    const auto after_value =
        co_await error_of(try_finally([&] { return note(journal, "body"); }, fails, 5s));
    CHECK(after_value == "clean-up");
    std::string after_cancel;
    TaskGroup group;
    group.spawn(
        [&]() -> Task<> { after_cancel = co_await error_of(try_finally(forever, fails, 5s)); });
    co_await yield_now();
    group.cancel();
    co_await group.join();
    CHECK(after_cancel == "clean-up");
  });
}

TEST_CASE("what never starts is not cleaned up") {
  run_virtual([]() -> Task<> {
    Journal journal;
    TaskGroup group;
    group.spawn(try_finally(forever, [&] { return note(journal, "clean"); }, 1s));
    group.cancel();
    co_await group.join();
    CHECK(journal.text().empty());
  });
}

/// Closes in its own time, and notes what happens to it.
struct File {
  explicit File(Journal& events) noexcept : journal(&events) {}
  File(File&& other) noexcept : journal(std::exchange(other.journal, nullptr)) {}
  File& operator=(File&&) = delete;
  ~File() {
    if (journal != nullptr) (*journal)("gone");
  }
  Task<> close() {
    co_await sleep(1s);
    (*journal)("closed");
  }
  Task<int> read() {
    co_await yield_now();
    (*journal)("read");
    co_return 7;
  }
  Journal* journal;
};

TEST_CASE("a resource is closed after its use, and destroyed after that") {
  run_virtual([]() -> Task<> {
    Journal journal;
    const int seven = co_await with(File(journal), [](File& file) { return file.read(); }, 2s);
    CHECK(seven == 7);
    CHECK(journal.text() == "read closed gone");
  });
}

TEST_CASE("a resource is closed when its use fails or is cancelled") {
  run_virtual([]() -> Task<> {
    Journal journal;
    const auto fails = [](File&) { return error_after(1s, "boom"); };
    const auto error = co_await error_of(with(File(journal), fails, 2s));
    CHECK(error == "boom");
    CHECK(journal.text() == "closed gone");
    const auto hangs = [](File&) { return forever(); };
    const auto late = co_await error_of(with_timeout(1s, with(File(journal), hangs, 2s)));
    CHECK(late == "timed out");
    CHECK(journal.text() == "closed gone closed gone");
  });
}

}  // namespace
}  // namespace penstock::test
