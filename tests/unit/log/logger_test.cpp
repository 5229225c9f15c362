#include "penstock/log/logger.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <thread>
#include <vector>

#include "unit/log/fake_journal.hpp"
#include "unit/log/pipe.hpp"

using namespace penstock;
using namespace std::chrono_literals;
using log::Field;
using log::Format;
using log::Level;
using log::Logger;
using log::test::Pipe;

namespace {

void write(Logger& logger, std::string_view message, std::initializer_list<Field> fields = {}) {
  logger.write(Level::kInfo, message, std::span(fields.begin(), fields.size()));
}

auto lines_in(const std::string& text) {
  return std::ranges::count(text, '\n');
}

// The process's logger, started on a pipe.
struct Started {
  explicit Started(Level level = Level::kInfo) {
    log::start({.level = level, .format = Format::kLogfmt, .fd = pipe.writer()});
  }
  ~Started() {
    log::stop();
    log::set_level(Level::kInfo);
  }
  std::string read() {
    log::stop();
    return pipe.read_all();
  }
  Pipe pipe;
};

}  // namespace

TEST_CASE("before the start a line is written by its caller, for a person", "[log]") {
  Pipe pipe;
  Logger logger(pipe.writer());
  write(logger, "reading the configuration", {{"file", "p.yaml"}});
  CHECK(pipe.read_until("\n").ends_with("INFO    reading the configuration        file=p.yaml\n"));
}

TEST_CASE("a line before the start to a reader that has gone is counted", "[log]") {
  Pipe pipe;
  pipe.close_reader();
  Logger logger(pipe.writer());
  write(logger, "nobody reads this");
  CHECK(logger.stats().lines == 1);
  CHECK(logger.stats().dropped == 1);
}

TEST_CASE("from the start lines have the format and the instance asked for", "[log]") {
  Pipe pipe;
  Logger logger(pipe.writer());
  logger.start({.format = Format::kLogfmt, .fd = pipe.writer(), .instance = "web1:a"});
  write(logger, "up", {{"pid", 7}});
  CHECK(pipe.read_until("\n").ends_with(" level=info msg=up instance=web1:a pid=7\n"));
}

TEST_CASE("stop writes out what is left", "[log]") {
  Pipe pipe;
  Logger logger(pipe.writer());
  logger.start({.format = Format::kJson, .fd = pipe.writer()});
  for (int i = 0; i < 200; ++i) write(logger, "line", {{"i", i}});
  logger.stop();
  const std::string text = pipe.read_until("\"i\":199}\n");
  CHECK(lines_in(text) == 200);
  CHECK(logger.stats().lines == 200);
  CHECK(logger.stats().dropped == 0);
}

TEST_CASE("stop has the patience asked for", "[log]") {
  Pipe pipe;
  pipe.fill();
  Logger logger(pipe.writer());
  logger.start({.format = Format::kLogfmt, .fd = pipe.writer(), .stop_patience = 10s});
  write(logger, "late");
  const std::jthread reader([&pipe] { pipe.read_until("msg=late\n"); });
  logger.stop();
  CHECK(logger.stats().dropped == 0);
}

TEST_CASE("after the stop a line is still written, where and as the others were", "[log]") {
  Pipe first, second;
  Logger logger(first.writer());
  logger.start({.format = Format::kLogfmt, .fd = second.writer()});
  logger.stop();
  write(logger, "the last words");
  CHECK(second.read_until("\n").ends_with("msg=\"the last words\"\n"));
}

TEST_CASE("after the stop a stuck reader holds up nobody", "[log]") {
  Pipe pipe;
  Logger logger(pipe.writer());
  logger.start({.format = Format::kLogfmt, .fd = pipe.writer()});
  logger.stop();
  pipe.fill();
  for (int i = 0; i < 1000; ++i) write(logger, "the last words");
  CHECK(logger.stats().dropped == 1000);
}

TEST_CASE("stopping twice is harmless, and a logger can be started again", "[log]") {
  Pipe first, second;
  Logger logger(first.writer());
  logger.start({.format = Format::kLogfmt, .fd = first.writer()});
  write(logger, "one");
  logger.start({.format = Format::kLogfmt, .fd = second.writer()});
  write(logger, "two");
  logger.stop();
  logger.stop();
  CHECK(first.read_until("\n").ends_with("msg=one\n"));
  CHECK(second.read_until("\n").ends_with("msg=two\n"));
  CHECK(logger.stats().lines == 2);
}

TEST_CASE("counts survive the stop", "[log]") {
  Pipe pipe;
  pipe.close_reader();
  Logger logger(pipe.writer());
  logger.start({.format = Format::kLogfmt, .fd = pipe.writer()});
  for (int i = 0; i < 10; ++i) write(logger, "lost");
  logger.stop();
  CHECK(logger.stats().dropped == 10);
  CHECK(logger.stats().pending == 0);
  CHECK(logger.stats().beats > 0);
}

TEST_CASE("a started logger writes to the journal", "[log]") {
  const log::test::FakeJournal journal;
  const Pipe pipe;
  Logger logger(pipe.writer());
  logger.start(
      {.format = Format::kJournald, .fd = pipe.writer(), .journal_socket = journal.path()});
  write(logger, "two\nlines", {{"job", "01J"}});
  const auto fields = journal.receive_fields();
  CHECK(fields.at("MESSAGE") == "two\nlines");
  CHECK(fields.at("PENSTOCK_JOB") == "01J");
}

TEST_CASE("threads may write at once, and no line is torn", "[log]") {
  Started log;
  std::vector<std::jthread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([thread] {
      for (int i = 0; i < 50; ++i) log::info("line", {{"thread", thread}, {"i", i}});
    });
  }
  threads.clear();
  const std::string text = log.read();
  CHECK(lines_in(text) == 200);
  for (int thread = 0; thread < 4; ++thread) {
    CHECK(text.find(" msg=line thread=" + std::to_string(thread) + " i=49\n") != std::string::npos);
  }
}

TEST_CASE("lines below the level are not written", "[log]") {
  Started log;
  log::debug("no");
  log::info("yes");
  CHECK_FALSE(log::enabled(Level::kDebug));
  const std::string text = log.read();
  CHECK(lines_in(text) == 1);
  CHECK(text.ends_with("level=info msg=yes\n"));
}

TEST_CASE("the fields may be a list made at run time", "[log]") {
  Started log;
  const std::vector<Field> fields{{"a", 1}, {"b", "two"}};
  log::write(Level::kDebug, "no", fields);
  log::write(Level::kInfo, "yes", fields);
  const std::string text = log.read();
  CHECK(lines_in(text) == 1);
  CHECK(text.ends_with("msg=yes a=1 b=two\n"));
}

TEST_CASE("the level changes while the log runs", "[log]") {
  Started log;
  log::debug("no");
  log::set_level(Level::kDebug);
  log::debug("now");
  log::set_level(Level::kError);
  log::warning("no");
  log::error("yes");
  const std::string text = log.read();
  CHECK(lines_in(text) == 2);
  CHECK(text.find("level=debug msg=now\n") != std::string::npos);
  CHECK(text.ends_with("level=error msg=yes\n"));
}

TEST_CASE("off writes nothing", "[log]") {
  Started log(Level::kOff);
  log::error("no");
  log::write(Level::kOff, "nor this");
  CHECK(log.read().empty());
}

TEST_CASE("a line has the tags of where it is written", "[log]") {
  Started log;
  const log::Tags tags{{"job", "01J"}, {"queue", "orders"}};
  const log::Scope scope(tags);
  log::info("done", {{"exit", 0}});
  CHECK(log.read().ends_with(" msg=done queue=orders job=01J exit=0\n"));
}
