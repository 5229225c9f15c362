#include "daemon/commands/command_line.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <functional>
#include <span>
#include <sstream>
#include <string_view>
#include <vector>

#include "daemon/commands/commands.hpp"
#include "daemon/commands/context.hpp"
#include "daemon/commands/exit_codes.hpp"
#include "daemon/config/diagnostic.hpp"
#include "daemon/config/nearest.hpp"
#include "penstock/log/log.hpp"

namespace penstock::commands {
namespace {

struct Parsed {
  std::string config_file = kDefaultConfig;
  DevOptions dev;
  std::string dev_data;
  CheckOptions check;
  EnqueueOptions enqueue;
  StatusOptions status;
  std::function<int()> command;
};

CLI::App* add(CLI::App& app, Parsed& parsed, const char* name, const char* does,
              std::function<int()> command) {
  CLI::App* sub = app.add_subcommand(name, does);
  sub->add_option("-c,--config", parsed.config_file, "the configuration file")
      ->capture_default_str();
  sub->callback([&parsed, command = std::move(command)] { parsed.command = command; });
  return sub;
}

void add_dev(CLI::App& app, Parsed& parsed) {
  CLI::App* dev =
      add(app, parsed, "dev",
          "run the daemon with a private Redis, to try things out or for a single box", [&parsed] {
            parsed.dev.config_file = parsed.config_file;
            parsed.dev.data = parsed.dev_data;
            return commands::dev(parsed.dev);
          });
  dev->add_option("--data", parsed.dev_data, "where the private Redis keeps its append-only file");
  dev->add_option("--port", parsed.dev.port, "its port on the loopback; 0: only a unix socket")
      ->default_val(7379);
}

void add_check(CLI::App& app, Parsed& parsed) {
  CLI::App* check =
      add(app, parsed, "check", "say everything that is wrong with the configuration", [&parsed] {
        parsed.check.config_file = parsed.config_file;
        return commands::check(parsed.check);
      });
  check->add_flag("-q,--quiet", parsed.check.quiet, "no word when nothing is wrong");
  check->add_flag("--json", parsed.check.json, "one JSON document on standard output");
}

/// An option that changes what a job does is not to vanish with an unset variable of a shell.
const CLI::Validator kGiven(
    [](const std::string& value) {
      return value.empty() ? std::string("is empty: give it a value, or leave it out") : "";
    },
    "");

void add_enqueue(CLI::App& app, Parsed& parsed) {
  EnqueueOptions& options = parsed.enqueue;
  CLI::App* enqueue =
      add(app, parsed, "enqueue", "push a job, or one per line of standard input", [&parsed] {
        parsed.enqueue.config_file = parsed.config_file;
        return commands::enqueue(parsed.enqueue);
      });
  enqueue->add_option("queue", options.queue, "a queue of the configuration")->required();
  enqueue->add_option("payload", options.payload,
                      "the payload; - reads one per line of standard input");
  enqueue->add_option("--in", options.in, "run it so much later: 5m, 2h30m")->check(kGiven);
  enqueue->add_option("--at", options.at, "run it then: 2026-12-24T18:00:00Z, or Unix seconds")
      ->check(kGiven)
      ->excludes("--in");
  enqueue->add_option("--id", options.id, "the job's id; without it one is made")->check(kGiven);
  enqueue->add_option("--type", options.type, "the job's type");
  enqueue
      ->add_option("--unique", options.unique,
                   "refuse it while another job with this key lives (or for a week more than "
                   "that one's retries can take)")
      ->check(kGiven);
  enqueue->add_option("--ttl", options.ttl, "drop it if it has not run in so long")->check(kGiven);
  enqueue->add_flag("--wait", options.wait, "wait for the outcome and print the result");
  enqueue->add_option("--timeout", options.timeout, "wait no longer than this")
      ->check(kGiven)
      ->needs("--wait");
  enqueue->add_flag("--json", options.json, "answer as JSON");
}

void add_status(CLI::App& app, Parsed& parsed) {
  CLI::App* status =
      add(app, parsed, "status", "queues, running jobs, breakers and instances", [&parsed] {
        parsed.status.config_file = parsed.config_file;
        return commands::status(parsed.status);
      });
  status->add_flag("--json", parsed.status.json, "one JSON document on standard output");
}

/// `--unique=` with nothing behind it, which would take the next argument for its value; null if
/// there is none.
const char* option_without_value(std::span<char*> arguments) {
  for (const char* argument : arguments) {
    const std::string_view text = argument;
    if (text == "--") return nullptr;
    if (text.starts_with("--") && text.find('=') + 1 == text.size()) return argument;
  }
  return nullptr;
}

/// What is wrong when no command was given, or none that there is.
std::string no_command(const CLI::App& app, std::span<char*> arguments) {
  std::vector<std::string> names;
  for (const CLI::App* sub : app.get_subcommands({})) names.push_back(sub->get_name());
  const std::vector<std::string_view> known(names.begin(), names.end());
  const std::string there_are = "there are: " + config::joined(known);
  if (arguments.empty()) return "a command is missing; " + there_are;
  const std::string_view meant = config::nearest(arguments.front(), known);
  return "there is no command \"" + std::string(arguments.front()) + "\"; " +
         (meant.empty() ? there_are : "perhaps you meant " + std::string(meant));
}

/// Runs the command to its end, and its log to the last line.
int finished(const std::function<int()>& command) {
  int status = kDone;
  std::string complaint;
  try {
    status = command();
  } catch (const std::exception& error) {
    Failure failure = failure_of(error);
    status = failure.status;
    complaint = std::move(failure.what);
  }
  log::stop();
  if (!complaint.empty()) complain(complaint);
  return written(status);
}

}  // namespace

int run_command_line(int argc, char** argv) {
  CLI::App app(
      "Penstock runs jobs from Redis: redis-cli LPUSH QUEUE PAYLOAD, and the work gets done.",
      "penstock");
  Parsed parsed;
  app.require_subcommand(1);
  app.set_version_flag("--version", PENSTOCK_VERSION);
  add(app, parsed, "run", "run the daemon in the foreground",
      [&parsed] { return commands::run(parsed.config_file); });
  add_dev(app, parsed);
  add_check(app, parsed);
  add_enqueue(app, parsed);
  add_status(app, parsed);
  const std::span<char*> arguments(argv + std::min(argc, 1), argv + argc);
  if (const char* option = option_without_value(arguments)) {
    complain(std::string(option) + " is empty: give it a value, or leave it out");
    return kUsage;
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& answered) {  // --help, --version
    std::ostringstream text;
    app.exit(answered, text, text);
    std::fputs(text.str().c_str(), stdout);
    return written(kDone);
  } catch (const CLI::ParseError& error) {
    const std::string what =
        app.get_subcommands().empty() ? no_command(app, arguments) : error.what();
    complain(what + " (penstock --help tells how)");
    return kUsage;
  }
  return finished(parsed.command);
}

}  // namespace penstock::commands
