#include "penstock/log/writer.hpp"

#include <sys/eventfd.h>
#include <sys/socket.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <filesystem>
#include <fstream>

#include "unit/log/pipe.hpp"

using namespace penstock::log;
using namespace std::chrono_literals;
using test::Pipe;

namespace {

constexpr std::size_t kSpool = std::size_t{1} << 16;

std::unique_ptr<Outlet> outlet_to(int fd) {
  return std::make_unique<Outlet>(Format::kLogfmt, fd, "");
}

Renderer logfmt() {
  return {.format = Format::kLogfmt, .colour = false, .instance = "web1"};
}

std::string numbered(int i) {
  return "line " + std::to_string(i) + '\n';
}

// The sum of what the log says was dropped.
std::uint64_t reported(const std::string& text) {
  const std::string report = " level=warning msg=\"log lines dropped\" instance=web1 dropped=";
  std::uint64_t sum = 0;
  for (std::size_t at = text.find(report); at != std::string::npos;
       at = text.find(report, at + 1)) {
    sum += std::stoull(text.substr(at + report.size()));
  }
  return sum;
}

// The signals that each writing thread of this process blocks, as the kernel tells it.
std::vector<std::uint64_t> blocked_by_writers() {
  std::vector<std::uint64_t> masks;
  for (const auto& thread : std::filesystem::directory_iterator("/proc/self/task")) {
    std::ifstream status(thread.path() / "status");
    const std::string text(std::istreambuf_iterator<char>(status), {});
    if (!text.starts_with("Name:\tpenstock-log\n")) continue;
    masks.push_back(std::stoull(text.substr(text.find("SigBlk:") + 7), nullptr, 16));
  }
  return masks;
}

std::uint64_t count_lines(const std::string& text, const std::string& beginning) {
  std::uint64_t count = 0;
  for (std::size_t at = text.find(beginning); at != std::string::npos;
       at = text.find(beginning, at + 1)) {
    ++count;
  }
  return count;
}

}  // namespace

TEST_CASE("the writer writes lines out in their order", "[log]") {
  Pipe pipe;
  Writer writer(outlet_to(pipe.writer()), logfmt(), kSpool);
  std::string expected;
  for (int i = 0; i < 1000; ++i) {
    writer.push(Level::kInfo, numbered(i));
    expected += numbered(i);
  }
  writer.stop(5s);
  CHECK(pipe.read_all() == expected);
  CHECK(writer.dropped() == 0);
}

TEST_CASE("a line is written without waiting for others", "[log]") {
  Pipe pipe;
  Writer writer(outlet_to(pipe.writer()), logfmt(), kSpool);
  for (int i = 0; i < 5; ++i) {
    writer.push(i % 2 == 0 ? Level::kInfo : Level::kError, numbered(i));
    CHECK(pipe.read_until("\n") == numbered(i));
  }
  writer.stop(5s);
}

TEST_CASE("a line wakes a writer that has gone to sleep", "[log]") {
  Pipe pipe;
  Writer writer(outlet_to(pipe.writer()), logfmt(), kSpool);
  CHECK(pipe.quiet_for(50ms));  // ten times what it gathers for
  writer.push(Level::kInfo, numbered(0));
  CHECK(pipe.read_until("\n") == numbered(0));
  writer.stop(5s);
}

TEST_CASE("a stuck reader holds up nobody, and the oldest lines go", "[log]") {
  Pipe pipe;
  pipe.fill();
  Writer writer(outlet_to(pipe.writer()), logfmt(), kSpool);
  constexpr int kLines = 50'000;
  for (int i = 0; i < kLines; ++i) writer.push(Level::kInfo, numbered(i));
  CHECK(writer.dropped() > 0);
  CHECK(writer.pending() > 0);
  CHECK(pipe.read_until(numbered(kLines - 1)).find("line ") != std::string::npos);
  writer.stop(5s);
}

TEST_CASE("when lines flow again the log tells how many were dropped", "[log]") {
  Pipe pipe;
  pipe.fill();
  Writer writer(outlet_to(pipe.writer()), logfmt(), kSpool);
  constexpr int kLines = 50'000;
  for (int i = 0; i < kLines; ++i) writer.push(Level::kInfo, numbered(i));
  const std::string text = pipe.read_until(numbered(kLines - 1));
  CHECK(reported(text) > 0);
  CHECK(reported(text) + count_lines(text, "line ") == kLines);
  writer.stop(5s);
  CHECK(writer.dropped() == reported(text));
}

TEST_CASE("losses are told once", "[log]") {
  Pipe pipe;
  pipe.fill();
  Writer writer(outlet_to(pipe.writer()), logfmt(), kSpool);
  for (int i = 0; i < 50'000; ++i) writer.push(Level::kInfo, numbered(i));
  pipe.read_until(numbered(49'999));
  writer.push(Level::kInfo, "afterwards\n");
  writer.stop(5s);
  CHECK(pipe.read_all() == "afterwards\n");
}

TEST_CASE("stopping with a stuck reader ends in time, and what is left counts as dropped",
          "[log]") {
  Pipe pipe;
  pipe.fill();
  Writer writer(outlet_to(pipe.writer()), logfmt(), kSpool);
  for (int i = 0; i < 100; ++i) writer.push(Level::kInfo, numbered(i));
  const auto begin = std::chrono::steady_clock::now();
  writer.stop(20ms);
  CHECK(std::chrono::steady_clock::now() - begin < 5s);
  CHECK(writer.dropped() == 100);
  CHECK(writer.pending() == 0);
}

TEST_CASE("a stop that has time waits for a slow reader", "[log]") {
  Pipe pipe;
  pipe.fill();
  Writer writer(outlet_to(pipe.writer()), logfmt(), kSpool);
  for (int i = 0; i < 100; ++i) writer.push(Level::kInfo, numbered(i));
  std::string text;
  std::thread reader([&] { text = pipe.read_until(numbered(99)); });
  writer.stop(10s);
  reader.join();
  CHECK(count_lines(text, "line ") == 100);
  CHECK(writer.dropped() == 0);
}

TEST_CASE("a thread that a blocking write does not give back is left behind", "[log]") {
  // An eventfd near its limit says that it can be written to, and then blocks.
  const int counter = eventfd(0, 0);
  const std::uint64_t nearly_full = 0xffff'ffff'ffff'fff0;
  REQUIRE(write(counter, &nearly_full, sizeof nearly_full) == sizeof nearly_full);
  Writer writer(outlet_to(counter), logfmt(), kSpool);
  writer.push(Level::kError, "8 bytes\n");  // all that an eventfd takes at once
  const auto begin = std::chrono::steady_clock::now();
  writer.stop(20ms);
  CHECK(std::chrono::steady_clock::now() - begin < 5s);
  CHECK(writer.pending() > 0);
  close(counter);
}

TEST_CASE("lines to a reader that has gone are counted, and the process lives", "[log]") {
  Pipe pipe;
  pipe.close_reader();
  Writer writer(outlet_to(pipe.writer()), logfmt(), kSpool);
  for (int i = 0; i < 10; ++i) writer.push(Level::kInfo, numbered(i));
  writer.stop(5s);
  CHECK(writer.dropped() == 10);
}

TEST_CASE("lines to a descriptor that is not open are counted", "[log]") {
  Writer writer(outlet_to(-1), logfmt(), kSpool);
  for (int i = 0; i < 10; ++i) writer.push(Level::kInfo, numbered(i));
  const auto begin = std::chrono::steady_clock::now();
  writer.stop(1h);
  CHECK(std::chrono::steady_clock::now() - begin < 5s);
  CHECK(writer.dropped() == 10);
}

TEST_CASE("closing the descriptor given does not close the log", "[log]") {
  Pipe pipe;
  Writer writer(outlet_to(pipe.writer()), logfmt(), kSpool);
  pipe.close_writer();
  writer.push(Level::kInfo, "still here\n");
  CHECK(pipe.read_until("\n") == "still here\n");
  writer.stop(5s);
}

TEST_CASE("a line that was given up half-way does not run into the next", "[log]") {
  Pipe pipe;
  Outlet outlet(Format::kLogfmt, pipe.writer(), "");
  const int room = fcntl(pipe.writer(), F_GETPIPE_SZ);
  outlet.flow().limit(std::chrono::steady_clock::now());
  outlet.put(Level::kInfo, std::string(static_cast<std::size_t>(room) + 5000, 'x') + '\n');
  outlet.flush();
  CHECK(outlet.flow().lost() == 1);
  std::string bytes(static_cast<std::size_t>(room), '\0');
  REQUIRE(read(pipe.reader(), bytes.data(), bytes.size()) == room);
  outlet.put(Level::kInfo, "next\n");
  outlet.flush();
  CHECK(pipe.read_until("next\n") == "\nnext\n");
}

TEST_CASE("a socket takes what it has room for", "[log]") {
  std::array<int, 2> ends{};
  REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) == 0);
  Outlet outlet(Format::kLogfmt, ends[1], "");
  outlet.flow().limit(std::chrono::steady_clock::now());
  outlet.put(Level::kInfo, std::string(std::size_t{16} << 20, 'x') + '\n');
  outlet.flush();
  CHECK(outlet.flow().lost() == 1);
  close(ends[0]);
  close(ends[1]);
}

TEST_CASE("the writer beats while its reader is stuck", "[log]") {
  Pipe pipe;
  pipe.fill();
  Writer writer(outlet_to(pipe.writer()), logfmt(), kSpool);
  writer.push(Level::kInfo, numbered(0));
  const std::uint64_t before = writer.beats();
  while (writer.beats() < before + 3) std::this_thread::yield();
  CHECK(writer.pending() > 0);
  writer.stop(0ms);
}

TEST_CASE("an idle writer does not wake up", "[log]") {
  Pipe pipe;
  Writer writer(outlet_to(pipe.writer()), logfmt(), kSpool);
  writer.push(Level::kInfo, numbered(0));
  pipe.read_until("\n");
  while (writer.pending() > 0) std::this_thread::yield();
  const std::uint64_t before = writer.beats();
  writer.push(Level::kInfo, numbered(1));
  pipe.read_until("\n");
  while (writer.pending() > 0) std::this_thread::yield();
  CHECK(writer.beats() - before <= 2);  // one for the batch, one for its only write
  writer.stop(5s);
}

TEST_CASE("signals are left to the other threads", "[log]") {
  Pipe pipe;
  Writer writer(outlet_to(pipe.writer()), logfmt(), kSpool);
  writer.push(Level::kInfo, numbered(0));
  pipe.read_until("\n");  // it runs, and has its name
  const auto masks = blocked_by_writers();
  CHECK_FALSE(masks.empty());
  for (const std::uint64_t mask : masks) {
    for (const int signal : {SIGHUP, SIGINT, SIGUSR1, SIGPIPE, SIGTERM, SIGCHLD}) {
      CHECK((mask >> (signal - 1) & 1) == 1);
    }
  }
  writer.stop(5s);
}
