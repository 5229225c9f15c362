// Lines as they come through a pipe.
#include "daemon/commands/input_lines.hpp"

#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>
#include <utility>

#include "support/async_run.hpp"

namespace penstock::commands {
namespace {

using Lines = std::vector<std::string>;

struct Pipe {
  Pipe() = default;
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  ~Pipe() {
    close();
    ::close(ends[0]);
  }
  void write(std::string_view bytes) const {
    REQUIRE(::write(ends[1], bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()));
  }
  void close() {
    if (ends[1] >= 0) ::close(std::exchange(ends[1], -1));
  }

  static std::array<int, 2> open() {
    std::array<int, 2> made{};
    REQUIRE(::pipe(made.data()) == 0);
    return made;
  }

  std::array<int, 2> ends = open();
  InputLines lines{ends[0], 8};
};

TEST_CASE_METHOD(Pipe, "lines are there as soon as they end, however they were cut up") {
  test::run_real([&]() -> async::Task<> {
    write("a\nb\nbeg");
    CHECK(co_await lines.next() == Lines{"a", "b"});
    write("un");
    CHECK(co_await lines.next() == Lines{});
    write("\n\nc\n");
    CHECK(co_await lines.next() == Lines{"begun", "", "c"});
  });
}

TEST_CASE_METHOD(Pipe, "a last line without its end counts, once") {
  test::run_real([&]() -> async::Task<> {
    write("a\nlast");
    close();
    CHECK(co_await lines.next() == Lines{"a"});
    CHECK(co_await lines.next() == Lines{"last"});
    CHECK(co_await lines.next() == std::nullopt);
    CHECK(co_await lines.next() == std::nullopt);
  });
}

TEST_CASE_METHOD(Pipe, "of a line that is too long one byte more than allowed is kept") {
  test::run_real([&]() -> async::Task<> {
    write("12345678\n1234");
    CHECK(co_await lines.next() == Lines{"12345678"});
    write("56789xxx");
    CHECK(co_await lines.next() == Lines{});
    write("yyy\nnext\n123456789z\n");
    CHECK(co_await lines.next() == Lines{"123456789", "next", "123456789"});
  });
}

TEST_CASE_METHOD(Pipe, "input pauses while there is nothing to read, and not at its end") {
  CHECK(lines.paused());
  write("a");
  CHECK_FALSE(lines.paused());
  test::run_real([&]() -> async::Task<> { co_await lines.next(); });
  CHECK(lines.paused());
  close();
  CHECK_FALSE(lines.paused());
}

}  // namespace
}  // namespace penstock::commands
