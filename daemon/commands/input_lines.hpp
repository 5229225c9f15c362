// Lines of a descriptor as they come, read beside the loop: a pipe that pauses blocks nobody.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "penstock/async/task.hpp"
#include "penstock/async/thread_pool.hpp"

namespace penstock::commands {

class InputLines {
 public:
  explicit InputLines(int fd) : fd_(fd) {}

  /// Waits for input and returns the lines that it ends, without their newlines; there may be none.
  /// Nothing at the end of the input, once the last line was returned, ended or not. Errors:
  /// std::system_error. Cancellation: waits for input all the same.
  async::Task<std::optional<std::vector<std::string>>> next();

  /// Whether next() would wait: whoever writes has paused.
  bool paused() const;

 private:
  std::vector<std::string> take_lines(std::string_view bytes);

  const int fd_;
  bool ended_ = false;
  std::string begun_;  // a line whose end has not come
  async::ThreadPool reader_{1};
};

}  // namespace penstock::commands
