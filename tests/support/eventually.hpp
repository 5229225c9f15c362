// Waiting for something that another process does: it is asked for, again and again.
#pragma once

#include <chrono>
#include <thread>

namespace penstock::test {

/// True as soon as `holds()` is; false when it is not by the deadline, which is generous: a busy
/// machine is no failure.
template <class Condition>
bool eventually(Condition holds, std::chrono::milliseconds deadline = std::chrono::seconds(30),
                std::chrono::milliseconds pause = std::chrono::milliseconds(5)) {
  const auto end = std::chrono::steady_clock::now() + deadline;
  while (!holds()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(pause);
  }
  return true;
}

}  // namespace penstock::test
