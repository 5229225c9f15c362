// The four shapes of a line. Each function appends one whole line.
//
//   console   17:12:03.042 INFO    done                             queue=orders job=01J… ms=12.5
//   logfmt    ts=2025-11-25T17:12:03.042000Z level=info msg=done queue=orders job=01J… ms=12.5
//   json      {"ts":"2025-11-25T17:12:03.042000Z","level":"info","msg":"done","queue":"orders",…}
//   journald  the journal's native datagram: MESSAGE, PRIORITY, PENSTOCK_QUEUE, PENSTOCK_JOB, …
#pragma once

#include <string>
#include <string_view>

#include "penstock/log/line.hpp"

namespace penstock::log {

void append_console(std::string& out, const Line& line, bool colour);
void append_logfmt(std::string& out, const Line& line);
void append_json(std::string& out, const Line& line);
/// Values keep their bytes: they carry their length, so that nothing in them can begin a field.
void append_journald(std::string& out, const Line& line);

/// A native datagram as text for a standard error that understands syslog's prefix: `<6>done
/// queue=orders job=01J…`.
void append_prefixed_text(std::string& out, std::string_view datagram);

/// `value` as logfmt has it: bare if it is one plain word, else in quotes.
void append_logfmt_value(std::string& out, Value value);
/// Any value but text: digits, or `true`.
void append_number(std::string& out, Value value);

/// What kAuto means for this descriptor; any other format is returned as it is.
Format resolve(Format format, int fd);
/// True for a terminal, unless NO_COLOR is set or the terminal is `dumb`.
bool wants_colour(int fd);

/// How this process renders its lines.
struct Renderer {
  Format format = Format::kConsole;
  bool colour = false;
  std::string instance;

  /// Adds the instance to `line`, then appends the line to `out`.
  void render(std::string& out, Line& line) const;
};

}  // namespace penstock::log
