#include "penstock/async/loop_watch.hpp"

#include <cstdio>

namespace penstock::async {
namespace {

void to_standard_error(const SlowStep& step) {
  std::fprintf(stderr, "penstock: %s\n", step.to_string().c_str());
}

std::string place(const std::source_location& where) {
  if (where.line() == 0) return {};
  return std::string(where.function_name()) + ' ' + where.file_name() + ':' +
         std::to_string(where.line());
}

}  // namespace

std::string SlowStep::to_string() const {
  const auto milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(took).count();
  const std::string kept = " kept the loop for " + std::to_string(milliseconds) + " ms";
  if (task.empty()) return "a turn of " + std::to_string(resumptions) + " resumptions" + kept;
  std::string text = "task " + task + kept + ", from ";
  text += from.line() == 0 ? "its start" : place(from);
  if (to.line() != 0) text += " to " + place(to);
  return text;
}

LoopWatch::LoopWatch(Duration slow, Report report)
    : slow_(slow), report_(report ? std::move(report) : to_standard_error) {}

void LoopWatch::step_begins(std::string_view task, const std::source_location& from) {
  step_.task = task;
  step_.from = from;
  step_.resumptions = 1;
  step_began_ = Clock::now();
}

void LoopWatch::step_ends(const std::source_location& to) {
  step_.took = Clock::now() - step_began_;
  if (step_.took < slow_) return;
  step_.to = to;
  reported_ = true;
  report_(step_);
}

void LoopWatch::turn_begins() noexcept {
  reported_ = false;
  turn_began_ = Clock::now();
}

void LoopWatch::turn_ends(std::size_t resumptions) {
  const Duration took = Clock::now() - turn_began_;
  if (reported_ || took < slow_) return;
  report_({.took = took, .task = {}, .from = {}, .to = {}, .resumptions = resumptions});
}

}  // namespace penstock::async
