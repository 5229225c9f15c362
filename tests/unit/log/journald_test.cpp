#include <catch2/catch.hpp>

#include "penstock/log/outlet.hpp"
#include "unit/log/fake_journal.hpp"
#include "unit/log/pipe.hpp"
#include "unit/log/rendering.hpp"

using namespace penstock::log;
using namespace std::chrono_literals;
using test::FakeJournal;
using test::make_line;
using test::Pipe;
using test::rendered;

namespace {

std::string datagram(std::string_view message) {
  return rendered(Format::kJournald, make_line(message, {{"job", "01J"}}));
}

void write(Outlet& outlet, const std::string& line) {
  outlet.put(Level::kInfo, line);
  outlet.flush();
}

}  // namespace

TEST_CASE("the journal gets a line's fields under names of its own", "[log]") {
  const FakeJournal journal;
  const Pipe pipe;
  Outlet outlet(Format::kJournald, pipe.writer(), journal.path());
  const Line line = make_line("failed",
                              {{"queue", "orders"},
                               {"job", "01J"},
                               {"attempt", 2},
                               {"trace-id.v2", "4bf9"},
                               {"duration_ms", 12'500us}},
                              Level::kError);
  write(outlet, rendered(Format::kJournald, line));
  using Fields = std::map<std::string, std::string>;
  CHECK(journal.receive_fields() == Fields{{"MESSAGE", "failed"},
                                           {"PRIORITY", "3"},
                                           {"SYSLOG_IDENTIFIER", "penstock"},
                                           {"PENSTOCK_QUEUE", "orders"},
                                           {"PENSTOCK_JOB", "01J"},
                                           {"PENSTOCK_ATTEMPT", "2"},
                                           {"PENSTOCK_TRACE_ID_V2", "4bf9"},
                                           {"PENSTOCK_DURATION_MS", "12.5"}});
}

TEST_CASE("levels have the journal's priorities", "[log]") {
  const auto priority = [](Level level) {
    return FakeJournal::parse(rendered(Format::kJournald, make_line("", {}, level)))["PRIORITY"];
  };
  CHECK(priority(Level::kTrace) == "7");
  CHECK(priority(Level::kDebug) == "7");
  CHECK(priority(Level::kInfo) == "6");
  CHECK(priority(Level::kWarning) == "4");
  CHECK(priority(Level::kError) == "3");
}

TEST_CASE("without the journal's socket lines go to standard error with a priority", "[log]") {
  Pipe pipe;
  FakeJournal journal;
  journal.vanish();
  Outlet outlet(Format::kJournald, pipe.writer(), journal.path());
  write(outlet, rendered(Format::kJournald,
                         make_line("two\nlines", {{"job", "0 1"}, {"n", 2}}, Level::kWarning)));
  CHECK(pipe.read_until("\n") == "<4>two\\nlines job=\"0 1\" n=2\n");
}

TEST_CASE("a journal that comes back is found again", "[log]") {
  Pipe pipe;
  FakeJournal journal;
  Outlet outlet(Format::kJournald, pipe.writer(), journal.path());
  write(outlet, datagram("before"));
  CHECK(journal.receive_fields()["MESSAGE"] == "before");
  journal.vanish();
  write(outlet, datagram("meanwhile"));
  CHECK(pipe.read_until("\n") == "<6>meanwhile job=01J\n");
  journal.listen();
  write(outlet, datagram("after"));
  CHECK(journal.receive_fields()["MESSAGE"] == "after");
}

TEST_CASE("a journal that was restarted loses no line", "[log]") {
  const Pipe pipe;
  FakeJournal journal;
  Outlet outlet(Format::kJournald, pipe.writer(), journal.path());
  write(outlet, datagram("before"));
  journal.vanish();
  journal.listen();
  write(outlet, datagram("after"));
  CHECK(journal.receive_fields()["MESSAGE"] == "after");
}

TEST_CASE("a datagram the journal cannot take goes to standard error", "[log]") {
  Pipe pipe;
  const FakeJournal journal;
  Outlet outlet(Format::kJournald, pipe.writer(), journal.path());
  write(outlet, "MESSAGE=large\nPRIORITY=6\nPENSTOCK_A=" + std::string(4 << 20, 'x') + '\n');
  CHECK(pipe.read_until("\n").starts_with("<6>large a=\"xxx"));
}

TEST_CASE("the largest line there can be fits a datagram", "[log]") {
  const FakeJournal journal;
  const Pipe pipe;
  Outlet outlet(Format::kJournald, pipe.writer(), journal.path());
  const std::string text(100'000, '\n');
  Line line = make_line(text);
  for (const char* key : {"a", "b", "c", "d", "e", "f", "g", "h", "i"}) line.add(key, text);
  write(outlet, rendered(Format::kJournald, line));
  CHECK(journal.receive_fields()["PENSTOCK_FIELDS_CUT"] == "1");
}

TEST_CASE("a journal that does not read is waited for no longer than allowed", "[log]") {
  const FakeJournal journal;
  const Pipe pipe;
  Outlet outlet(Format::kJournald, pipe.writer(), journal.path());
  outlet.flow().limit(std::chrono::steady_clock::now());
  std::uint64_t written = 0;
  for (; outlet.flow().lost() < 3; ++written) write(outlet, datagram("line"));
  for (std::uint64_t i = 0; i < written - 3; ++i) journal.receive();
  write(outlet, datagram("flows again"));
  CHECK(journal.receive_fields()["MESSAGE"] == "flows again");
}
