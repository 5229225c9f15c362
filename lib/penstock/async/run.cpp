#include "penstock/async/run.hpp"

#include <csignal>

namespace penstock::async {

Interrupted::Interrupted(int signal)
    : std::runtime_error("interrupted by signal " + std::to_string(signal)), signal_(signal) {}

detail::StopSignal::StopSignal() {
  signals_.emplace({SIGINT, SIGTERM});
}

Task<> detail::StopSignal::watch(TaskGroup& group) {
  number_ = co_await signals_->next();
  signals_.reset();
  group.cancel();
}

}  // namespace penstock::async
