#include "daemon/handlers/exec.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <expected>

#include "penstock/async/loop.hpp"
#include "penstock/job/json_string.hpp"
#include "penstock/log/log.hpp"

namespace penstock::handlers {
namespace {

// What a program needs to find others and to speak the user's language. The rest of the daemon's
// environment may hold its secrets.
constexpr std::array kInherited{"PATH", "HOME",   "USER",     "LOGNAME", "SHELL",
                                "LANG", "LC_ALL", "LC_CTYPE", "TZ",      "TMPDIR"};

std::string variable(std::string_view name, std::string_view value) {
  std::string text(name);
  text += '=';
  return text += value;
}

job::HandlerEnd unfit(std::string reason) {
  return {.kind = job::EndKind::kUnfit, .text = std::move(reason)};
}

/// How many lines of a job's standard error go to the log, which shares a disk with all else: a
/// burst, then so many a second. What is left out is counted, and told at the end.
class LineBudget {
 public:
  LineBudget() = default;
  LineBudget(const LineBudget&) = delete;
  LineBudget& operator=(const LineBudget&) = delete;
  ~LineBudget() {
    if (left_out_ > 0) log::warning("lines of standard error left out", {{"lines", left_out_}});
  }

  bool take() {
    const async::TimePoint now = async::Loop::current().now();
    const double seconds = std::chrono::duration<double>(now - last_).count();
    last_ = now;
    lines_ = std::min(kBurst, lines_ + seconds * kPerSecond);
    if (lines_ < 1) {
      ++left_out_;
      return false;
    }
    lines_ -= 1;
    return true;
  }

 private:
  static constexpr double kBurst = 10'000;
  static constexpr double kPerSecond = 1'000;

  double lines_ = kBurst;
  async::TimePoint last_ = async::Loop::current().now();
  std::size_t left_out_ = 0;
};

void tell_of_cuts(const process::Exit& exit) {
  if (exit.error_lines_cut > 0) {
    log::warning("lines of standard error cut",
                 {{"lines", exit.error_lines_cut}, {"bytes", exit.error_bytes}});
  }
  if (exit.output_cut) {
    log::warning("output cut", {{"kept_bytes", exit.output.size()}, {"bytes", exit.output_bytes}});
  }
}

job::HandlerEnd end_of(process::Exit exit) {
  tell_of_cuts(exit);
  job::HandlerEnd end{.kind = exit.signal != 0 ? job::EndKind::kSignalled : job::EndKind::kExited,
                      .code = exit.signal != 0 ? exit.signal : exit.code};
  end.result = std::move(exit.output);
  return end;
}

}  // namespace

ExecHandler::ExecHandler(config::ExecHandler options, log::Level output_level)
    : options_(std::move(options)), output_level_(output_level) {
  for (const char* name : kInherited) {
    const char* const value = std::getenv(name);
    // A name that stood twice would be read as its first value.
    if (value != nullptr && !options_.env.contains(name))
      inherited_.push_back(variable(name, value));
  }
}

async::Task<job::HandlerEnd> ExecHandler::run(const job::Attempt& attempt) {
  const job::TemplateScope scope(attempt.job, attempt.queue);
  process::Spec spec{.argv = {}};
  for (const job::Template& argument : options_.command) {
    auto text = argument.render(scope);
    if (!text) co_return unfit(std::move(text.error()));
    spec.argv.push_back(std::move(*text));
  }
  spec.environment = environment_for(attempt);
  for (const auto& [name, value] : options_.env) {
    auto text = value.render(scope);
    if (!text) co_return unfit(std::move(text.error()));
    spec.environment.push_back(variable(name, *text));
  }
  std::string last_line;
  LineBudget budget;
  spec.cwd = options_.cwd;
  spec.user = options_.user;
  spec.limits = options_.limits;
  spec.input = attempt.job.payload();
  spec.max_output = attempt.max_result;
  spec.grace = options_.grace;
  spec.kill_now = &attempt.hurry;
  spec.on_cancelled = tell_of_cuts;
  spec.on_error_line = [&](std::string_view line) {
    last_line = line;
    if (budget.take()) log::write(output_level_, line, {{"stream", "stderr"}});
  };
  std::optional<job::HandlerEnd> end;
  try {
    end = end_of(co_await process::run(std::move(spec)));
    end->text = std::move(last_line);
  } catch (const process::SpawnError& error) {
    if (error.blames_arguments()) co_return unfit(error.what());  // which are the job's own
    end = job::HandlerEnd{
        .kind = job::EndKind::kNotStarted, .code = error.error(), .text = error.what()};
  }
  co_return std::move(*end);
}

std::vector<std::string> ExecHandler::environment_for(const job::Attempt& attempt) const {
  const job::Job& job = attempt.job;
  std::vector<std::string> environment = inherited_;
  environment.reserve(inherited_.size() + 8 + job.context.size() + options_.env.size());
  environment.push_back(variable("PENSTOCK_JOB_ID", job.id));
  environment.push_back(variable("PENSTOCK_QUEUE", attempt.queue));
  environment.push_back(variable("PENSTOCK_TYPE", job.type));
  environment.push_back(variable("PENSTOCK_ATTEMPT", std::to_string(attempt.number)));
  environment.push_back(variable("PENSTOCK_RUN", std::to_string(attempt.run)));
  if (const auto enqueued_at = job.age_from())
    environment.push_back(variable("PENSTOCK_ENQUEUED_AT", job::seconds_text(*enqueued_at)));
  environment.push_back(
      variable("PENSTOCK_DEADLINE",
               job::seconds_text(std::chrono::floor<std::chrono::milliseconds>(attempt.deadline))));
  for (const job::ContextField& field : job.context) {
    environment.push_back(variable(job::context_variable(field.name), field.value));
  }
  return environment;
}

}  // namespace penstock::handlers
