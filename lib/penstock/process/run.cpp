#include "penstock/process/run.hpp"

#include <algorithm>
#include <exception>

#include "penstock/async/timeout.hpp"
#include "penstock/process/child.hpp"
#include "penstock/process/input.hpp"
#include "penstock/process/output.hpp"
#include "penstock/process/pacing.hpp"

namespace penstock::process {
namespace {

using namespace std::chrono_literals;

// For what a command leaves in its group when it ends by itself. Nobody waits for such processes to
// finish their work, only to put it away.
constexpr async::Duration kAfterExit = 200ms;

struct Streams {
  explicit Streams(Spec& spec)
      : input(spec.input),
        output(spec.max_output, ended),
        errors(std::move(spec.on_error_line), ended) {}

  StandardStreams take_child_ends() noexcept {
    return {input.take_child_end(), output.take_child_end(), errors.take_child_end()};
  }
  void finish() noexcept {
    input.finish();
    output.finish();
    errors.finish();
  }

  async::Task<> until_ended() {
    output.drain();
    errors.drain();
    while (!output.ended() || !errors.ended()) {
      ended.clear();
      co_await ended.wait();
    }
  }

  async::Event ended;  // either of the two; declared first, as they refer to it
  Input input;
  OutputCapture output;
  ErrorLines errors;
};

Command command_of(Spec& spec) {
  return {.argv = std::move(spec.argv),
          .environment = std::move(spec.environment),
          .cwd = std::move(spec.cwd),
          .user = std::move(spec.user),
          .limits = spec.limits,
          .ends_with = spec.ends_with};
}

/// Ends what is left of the group, then takes the rest of the output.
async::Task<> finish(Child& child, Streams& streams, const Spec& spec, bool interrupted) {
  co_await child.end(interrupted ? spec.grace : std::min(spec.grace, kAfterExit), spec.kill_now);
  try {
    const async::Duration patience = interrupted ? async::Duration::zero() : spec.output_grace;
    co_await async::with_timeout(patience, streams.until_ended());
  } catch (const async::Timeout&) {
    // held open by a process that left the group
  }
  streams.finish();
}

Exit exit_of(const Child& child, Streams& streams) {
  const Status& status = child.status();
  return {.code = status.code,
          .signal = status.signal,
          .core_dumped = status.core_dumped,
          .output = streams.output.take_kept(),
          .output_bytes = streams.output.bytes(),
          .error_bytes = streams.errors.bytes(),
          .error_lines_cut = streams.errors.cut(),
          .output_cut = streams.output.cut()};
}

}  // namespace

async::Task<Exit> run(Spec spec) {
  if (async::this_task().innermost_scope().pending()) throw async::Cancelled{};
  co_await turn_to_start();
  Streams streams(spec);
  Child child;
  co_await child.start(command_of(spec), streams.take_child_ends());
  std::exception_ptr interruption;
  try {
    co_await child.exited();
  } catch (...) {
    interruption = std::current_exception();
  }
  co_await async::shield(finish(child, streams, spec, interruption != nullptr));
  Exit exit = exit_of(child, streams);
  if (!interruption) co_return exit;
  if (spec.on_cancelled) spec.on_cancelled(exit);
  std::rethrow_exception(interruption);
}

}  // namespace penstock::process
