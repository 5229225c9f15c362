#include "penstock/async/stream.hpp"

#include <optional>
#include <system_error>

#include "penstock/async/event.hpp"
#include "penstock/async/gather.hpp"
#include "penstock/async/listener.hpp"
#include "support/async_death.hpp"
#include "support/async_run.hpp"
#include "support/async_streams.hpp"
#include "support/async_zoo.hpp"
#include "support/temp_dir.hpp"

namespace penstock::test {
namespace {

using namespace penstock::async;
using Catch::Matchers::Contains;

/// More than a socket, or two, can hold.
const std::string kFlood(std::size_t{8} << 20U, 'x');

/// What `work` fails with.
template <class T>
Task<std::string> failure(Task<T> work) {
  try {
    co_await std::move(work);
  } catch (const std::exception& error) {
    co_return error.what();
  }
  co_return "nothing";
}

Task<> write(Stream& stream, std::string_view bytes) {
  co_await stream.write(bytes);
}

TEST_CASE("what is written at one end of a stream is read at the other") {
  run_virtual([]() -> Task<> {
    StreamPair pair = stream_pair();
    co_await pair.far.write("hello");
    std::string into(3, '\0');
    CHECK(co_await pair.near.read_some(into) == 3);
    CHECK(into == "hel");
    CHECK(co_await pair.near.read_some(into) == 2);
    co_await pair.near.write("x");
    CHECK(co_await pair.far.read_exactly(1) == "x");
  });
}

TEST_CASE("a reader waits until all that it asked for has come") {
  run_virtual([]() -> Task<> {
    StreamPair pair = stream_pair();
    TaskGroup group;
    auto reading = group.spawn(pair.near.read_exactly(6));
    co_await pair.far.write("abc");
    for (int i = 0; i < 3; ++i) co_await io_polled();
    CHECK_FALSE(reading.finished());
    co_await pair.far.write("defg");
    CHECK(co_await reading.join() == "abcdef");
    co_await group.join();
  });
}

TEST_CASE("a stream that ends too early says so, and what came stays to be read") {
  run_virtual([]() -> Task<> {
    StreamPair pair = stream_pair();
    co_await pair.far.write("abc");
    pair.far.close();
    CHECK(co_await failure(pair.near.read_exactly(4)) == "far sent 3 of 4 bytes");
    CHECK(co_await failure(pair.near.read_until("\n", 9)) == "far ended in the middle of a line");
    CHECK(co_await pair.near.read_exactly(3) == "abc");
    CHECK(co_await read_all(pair.near) == "");
  });
}

TEST_CASE("lines end in either way, and the last one need not") {
  run_virtual([]() -> Task<> {
    StreamPair pair = stream_pair();
    co_await pair.far.write("one\ntwo\r\n\nlast");
    pair.far.close();
    for (const char* line : {"one", "two", "", "last"})
      CHECK(co_await pair.near.read_line() == std::optional<std::string>(line));
    CHECK_FALSE(co_await pair.near.read_line());
  });
}

TEST_CASE("a delimiter that comes in pieces ends what stands before it") {
  run_virtual([]() -> Task<> {
    StreamPair pair = stream_pair();
    TaskGroup group;
    auto reading = group.spawn(pair.near.read_until("--", 3));
    for (const char* piece : {"a", "-b-", "-c"}) {
      co_await pair.far.write(piece);
      co_await io_polled();
    }
    CHECK(co_await reading.join() == std::optional<std::string>("a-b"));
    co_await group.join();
    CHECK(co_await pair.near.read_exactly(1) == "c");
  });
}

TEST_CASE("a line may be as long as the limit and no longer, and stays to be read") {
  run_virtual([]() -> Task<> {
    StreamPair pair = stream_pair();
    co_await pair.far.write("12345\n123456\n");
    CHECK(co_await pair.near.read_line(5) == std::optional<std::string>("12345"));
    for (int i = 0; i < 2; ++i)
      CHECK(co_await failure(pair.near.read_line(5)) == "far sent more than 5 bytes in one line");
    CHECK(co_await pair.near.read_line(6) == std::optional<std::string>("123456"));
  });
}

TEST_CASE("a line without an end is refused as soon as it is too long") {
  run_virtual([]() -> Task<> {
    StreamPair pair = stream_pair();
    co_await pair.far.write("123456");
    CHECK(co_await failure(pair.near.read_line(5)) == "far sent more than 5 bytes in one line");
  });
}

TEST_CASE("a write waits until all of it is taken, however long nobody reads") {
  run_virtual([]() -> Task<> {
    StreamPair pair = stream_pair();
    TaskGroup group;
    auto writing = group.spawn(write(pair.far, kFlood));
    CHECK(co_await pair.near.read_exactly(1) == "x");
    for (int i = 0; i < 50; ++i) co_await io_polled();
    CHECK_FALSE(writing.finished());
    const std::string rest = co_await pair.near.read_exactly(kFlood.size() - 1);
    CHECK(rest.size() == kFlood.size() - 1);
    co_await group.join();
  });
}

TEST_CASE("writes of several tasks stay whole, in the order of their calls") {
  run_virtual([]() -> Task<> {
    StreamPair pair = stream_pair();
    const std::string other(kFlood.size(), 'y');
    TaskGroup group;
    group.spawn(write(pair.far, kFlood));
    group.spawn(write(pair.far, other));
    CHECK(co_await pair.near.read_exactly(kFlood.size()) == kFlood);
    CHECK(co_await pair.near.read_exactly(other.size()) == other);
    co_await group.join();
  });
}

TEST_CASE("a cancelled read loses nothing of what has come") {
  run_virtual([]() -> Task<> {
    StreamPair pair = stream_pair();
    TaskGroup group;
    Ended ended = Ended::kNot;
    auto reading = group.spawn(observe(pair.near.read_exactly(6), ended));
    co_await pair.far.write("abc");
    for (int i = 0; i < 2; ++i) co_await io_polled();
    reading.cancel();
    co_await group.join();
    CHECK(ended == Ended::kCancelled);
    co_await pair.far.write("def");
    CHECK(co_await pair.near.read_exactly(6) == "abcdef");
  });
}

TEST_CASE("a read whose bytes came before it was cancelled, in the same tick, gives them") {
  run_virtual([]() -> Task<> {
    StreamPair pair = stream_pair();
    TaskGroup group;
    Ended ended = Ended::kNot;
    auto reading = group.spawn(observe(pair.near.read_exactly(3), ended));
    co_await yield_now();
    co_await pair.far.write("abc");
    co_await io_polled();
    reading.cancel();
    co_await group.join();
    CHECK(ended == Ended::kValue);
  });
}

TEST_CASE("in a cancelled scope nothing is read, and nothing is written") {
  run_virtual([]() -> Task<> {
    StreamPair pair = stream_pair();
    co_await pair.far.write("a\n");
    co_await io_polled();
    {
      CancelScope scope;
      scope.cancel();
      CHECK(co_await swallow(pair.near.read_line()) == Ended::kCancelled);
      CHECK(co_await swallow(write(pair.near, "lost")) == Ended::kCancelled);
    }
    CHECK(co_await pair.near.read_line() == std::optional<std::string>("a"));
    co_await pair.near.write("b");
    CHECK(co_await pair.far.read_exactly(1) == "b");
  });
}

TEST_CASE("a write that is cancelled under way ends the stream, for its reader too") {
  run_virtual([]() -> Task<> {
    StreamPair pair = stream_pair();
    TaskGroup group;
    Ended ended = Ended::kNot;
    std::string read_failure;
    group.spawn([&]() -> Task<> { read_failure = co_await failure(pair.far.read_line()); });
    auto writing = group.spawn(observe(write(pair.far, kFlood), ended));
    co_await pair.near.write("unread");
    for (int i = 0; i < 2; ++i) co_await io_polled();
    writing.cancel();
    co_await group.join();
    CHECK(ended == Ended::kCancelled);
    CHECK(read_failure == "cannot read from near: operation canceled");
    CHECK(co_await failure(write(pair.far, "x")) == "cannot write to near: operation canceled");
    CHECK(co_await failure(pair.far.read_exactly(1)) == read_failure);
    CHECK((co_await read_all(pair.near)).size() < kFlood.size());
  });
}

TEST_CASE("after its own end was sent a stream still reads") {
  run_virtual([]() -> Task<> {
    StreamPair pair = stream_pair();
    co_await pair.far.write("question");
    co_await pair.far.write_eof();
    CHECK(co_await read_all(pair.near) == "question");
    co_await pair.near.write("answer");
    CHECK(co_await pair.far.read_exactly(6) == "answer");
    CHECK_THAT(co_await failure(write(pair.far, "more")), Contains("cannot write to near"));
  });
}

TEST_CASE("a closed stream wakes who waits in it, and every use throws") {
  run_virtual([]() -> Task<> {
    StreamPair pair = stream_pair();
    TaskGroup group;
    std::string waiting;
    group.spawn([&]() -> Task<> { waiting = co_await failure(pair.near.read_line()); });
    co_await yield_now();
    pair.near.close();
    pair.near.close();
    co_await group.join();
    CHECK(waiting == "cannot read from far: socket is not connected");
    CHECK(co_await failure(pair.near.read_line()) == waiting);
    CHECK(co_await failure(write(pair.near, "x")) ==
          "cannot write to far: socket is not connected");
  });
}

TEST_CASE("a peer that is gone is an error of the write, not a signal") {
  run_virtual([]() -> Task<> {
    StreamPair pair = stream_pair();
    pair.far.close();
    CHECK(co_await failure(write(pair.near, "x")) == "cannot write to far: broken pipe");
  });
}

TEST_CASE("a stream that is destroyed while a task reads from it dies loudly") {
  CHECK(dies_loudly([] {
    run_virtual([]() -> Task<> {
      TaskGroup group;
      std::optional<StreamPair> pair = stream_pair();
      group.spawn(pair->near.read_line());
      co_await yield_now();
      pair.reset();
    });
  }));
}

TEST_CASE("two tasks that read from one stream at a time end the program") {
  CHECK(dies_loudly([] {
    run_virtual([]() -> Task<> {
      StreamPair pair = stream_pair();
      co_await gather(pair.near.read_line(), pair.near.read_line());
    });
  }));
}

TEST_CASE("a stream that nobody waits in does not hide a deadlock") {
  CHECK_THROWS_AS(run_real([]() -> Task<> {
                    StreamPair pair = stream_pair();
                    co_await pair.far.write("xy");
                    co_await pair.near.read_exactly(1);
                    Event never;
                    co_await never.wait();
                  }),
                  Deadlock);
}

TEST_CASE("connecting tries each address, and the last error names its own") {
  run_real([]() -> Task<> {
    Listener dead = co_await listen_tcp("127.0.0.1", 0);
    Listener live = co_await listen_tcp("127.0.0.1", 0);
    const IpAddress refuses = *IpAddress::parse("127.0.0.1", dead.port());
    dead.close();
    const IpAddress answers = *IpAddress::parse("127.0.0.1", live.port());
    const Socket socket = co_await open_tcp({refuses, answers});
    CHECK(stream_of(socket) != nullptr);
    CHECK(co_await failure(open_tcp({refuses, refuses})) ==
          "cannot connect to " + refuses.to_string() + ": connection refused");
  });
}

TEST_CASE("connecting can be cancelled at once") {
  run_real([]() -> Task<> {
    Listener listener = co_await listen_tcp("127.0.0.1", 0);
    co_await task_group([&](TaskGroup& group) -> Task<> {
      group.spawn(connect_tcp("127.0.0.1", listener.port()));
      co_await yield_now();
      group.cancel();
    });
  });
}

TEST_CASE("a unix socket that is not there, or has too long a path, is an error that names it") {
  run_real([]() -> Task<> {
    const TempDir dir;
    const std::string missing = dir / "missing.sock";
    const std::string long_path(200, 'x');
    CHECK(co_await failure(connect_unix(missing)) ==
          "cannot connect to " + missing + ": no such file or directory");
    CHECK_THAT(co_await failure(connect_unix(long_path)), Contains("name too long"));
  });
}

}  // namespace
}  // namespace penstock::test
