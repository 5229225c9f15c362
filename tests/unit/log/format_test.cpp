#include "penstock/log/format.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <ctime>
#include <limits>
#include <nlohmann/json.hpp>

#include "unit/log/fake_journal.hpp"
#include "unit/log/pipe.hpp"
#include "unit/log/rendering.hpp"

using namespace penstock::log;
using namespace std::chrono_literals;
using test::make_line;
using test::rendered;

namespace {

std::string value_text(Value value) {
  std::string out;
  append_logfmt_value(out, value);
  return out;
}

class Environment {
 public:
  Environment(const char* name, const std::string& value) : name_(name) {
    setenv(name, value.c_str(), 1);
  }
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;
  ~Environment() { unsetenv(name_); }

 private:
  const char* name_;
};

class Terminal {
 public:
  Terminal() : master_(posix_openpt(O_RDWR | O_NOCTTY)) {
    REQUIRE(grantpt(master_) == 0);
    REQUIRE(unlockpt(master_) == 0);
    slave_ = open(ptsname(master_), O_RDWR | O_NOCTTY);
    REQUIRE(slave_ >= 0);
  }
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;
  ~Terminal() {
    close(slave_);
    close(master_);
  }
  int fd() const noexcept { return slave_; }

 private:
  int master_;
  int slave_ = -1;
};

}  // namespace

TEST_CASE("logfmt quotes what is not one plain word", "[log]") {
  CHECK(
      rendered(Format::kLogfmt, "it is done", {{"queue", "orders"}, {"note", "a=b"}, {"x", ""}}) ==
      "ts=2025-11-25T17:12:03.000042Z level=info msg=\"it is done\" queue=orders note=\"a=b\" "
      "x=\"\"\n");
}

TEST_CASE("json has one object per line, with the time first", "[log]") {
  CHECK(
      rendered(Format::kJson, "done", {{"job", "01J"}, {"n", 7}, {"ok", true}}) ==
      R"({"ts":"2025-11-25T17:12:03.000042Z","level":"info","msg":"done","job":"01J","n":7,"ok":true})"
      "\n");
}

TEST_CASE("console aligns level, message and fields", "[log]") {
  setenv("TZ", "UTC", 1);
  tzset();
  CHECK(rendered(Format::kConsole, "done", {{"queue", "orders"}}) ==
        "17:12:03.000 INFO    done                             queue=orders\n");
  CHECK(rendered(Format::kConsole, make_line("wörk", {{"a", 1}}, Level::kWarning)) ==
        "17:12:03.000 WARNING wörk                             a=1\n");
  CHECK(rendered(Format::kConsole, "done") == "17:12:03.000 INFO    done\n");
}

TEST_CASE("console colours the level and dims the keys", "[log]") {
  std::string text;
  append_console(text, make_line("bad", {{"a", 1}}, Level::kError), true);
  CHECK(text.find("\x1b[31mERROR  \x1b[0m bad") != std::string::npos);
  CHECK(text.find("\x1b[2ma=\x1b[0m1\n") != std::string::npos);
}

TEST_CASE("numbers of every kind are written as they are", "[log]") {
  CHECK(value_text(std::numeric_limits<std::int64_t>::min()) == "-9223372036854775808");
  CHECK(value_text(std::numeric_limits<std::uint64_t>::max()) == "18446744073709551615");
  CHECK(value_text(std::uint8_t{7}) == "7");
  CHECK(value_text(0.25) == "0.25");
  CHECK(value_text(100000.0f) == "100000");
  CHECK(value_text(false) == "false");
}

TEST_CASE("durations are in milliseconds, to the microsecond", "[log]") {
  CHECK(value_text(2s) == "2000");
  CHECK(value_text(12'345us) == "12.345");
  CHECK(value_text(12'300us) == "12.3");
  CHECK(value_text(12'003us) == "12.003");
  CHECK(value_text(-1'500us) == "-1.5");
  CHECK(value_text(999ns) == "0");
}

TEST_CASE("a null text is empty", "[log]") {
  CHECK(value_text(static_cast<const char*>(nullptr)) == "\"\"");
}

TEST_CASE("infinity and NaN are text in json", "[log]") {
  const auto line = nlohmann::json::parse(
      rendered(Format::kJson, "", {{"a", std::numeric_limits<double>::infinity()}, {"b", NAN}}));
  CHECK(line["a"] == "inf");
  CHECK(line["b"] == "nan");
}

TEST_CASE("values beyond 2 KiB are cut, and say how much is missing", "[log]") {
  const std::string text(3000, 'x');
  const std::string cut = std::string(2048, 'x') + "…(+952)";
  CHECK(value_text(text) == '"' + cut + '"');
  CHECK(nlohmann::json::parse(rendered(Format::kJson, "", {{"a", text}}))["a"] == cut);
  CHECK(test::FakeJournal::parse(rendered(Format::kJournald, "", {{"a", text}}))["PENSTOCK_A"] ==
        cut);
}

TEST_CASE("the whole of a message up to 8 KiB is kept", "[log]") {
  const std::string text(8193, 'x');
  const auto line = nlohmann::json::parse(rendered(Format::kJson, text));
  CHECK(line["msg"] == std::string(8192, 'x') + "…(+1)");
}

TEST_CASE("auto is json on a pipe and console on a terminal", "[log]") {
  const test::Pipe pipe;
  const Terminal terminal;
  CHECK(resolve(Format::kAuto, pipe.writer()) == Format::kJson);
  CHECK(resolve(Format::kAuto, terminal.fd()) == Format::kConsole);
  CHECK(resolve(Format::kLogfmt, terminal.fd()) == Format::kLogfmt);
}

TEST_CASE("auto is journald where JOURNAL_STREAM names the descriptor", "[log]") {
  const test::Pipe pipe;
  struct stat status{};
  REQUIRE(fstat(pipe.writer(), &status) == 0);
  const std::string device = std::to_string(status.st_dev);
  {
    const Environment ours("JOURNAL_STREAM", device + ":" + std::to_string(status.st_ino));
    CHECK(resolve(Format::kAuto, pipe.writer()) == Format::kJournald);
  }
  const Environment other("JOURNAL_STREAM", device + ":" + std::to_string(status.st_ino + 1));
  CHECK(resolve(Format::kAuto, pipe.writer()) == Format::kJson);
}

TEST_CASE("only a terminal gets colours, and only if NO_COLOR and TERM let it", "[log]") {
  const test::Pipe pipe;
  const Terminal terminal;
  const Environment xterm("TERM", "xterm");
  CHECK(wants_colour(terminal.fd()));
  CHECK_FALSE(wants_colour(pipe.writer()));
  {
    const Environment no_color("NO_COLOR", "1");
    CHECK_FALSE(wants_colour(terminal.fd()));
  }
  const Environment dumb("TERM", "dumb");
  CHECK_FALSE(wants_colour(terminal.fd()));
}

TEST_CASE("the instance is a tag of every line", "[log]") {
  Line line = make_line("up", {{"a", 1}});
  std::string text;
  Renderer{.format = Format::kLogfmt, .colour = false, .instance = "web1"}.render(text, line);
  CHECK(text.ends_with(" msg=up instance=web1 a=1\n"));
}
