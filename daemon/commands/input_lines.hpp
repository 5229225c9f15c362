// Lines of a descriptor as they come, read beside the loop: a pipe that pauses blocks nobody.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "penstock/async/task.hpp"
#include "penstock/async/thread_pool.hpp"

namespace penstock::commands {

class InputLines {
 public:
  /// Of a line longer than `longest` bytes only one byte more is kept: enough to tell.
  InputLines(int fd, std::size_t longest) : fd_(fd), kept_(longest + 1) {}

  /// Waits for input and returns the lines that it ends, without their newlines; there may be none.
  /// Nothing at the end of the input, once the last line was returned, ended or not. Errors:
  /// std::system_error. Cancellation: waits for input all the same.
  async::Task<std::optional<std::vector<std::string>>> next();

  /// Whether next() would wait: whoever writes has paused.
  bool paused() const;

 private:
  std::vector<std::string> take_lines(std::string_view bytes);
  void go_on(std::string_view bytes);

  const int fd_;
  const std::size_t kept_;  // bytes of a line
  bool ended_ = false;
  std::string begun_;  // a line whose end has not come
  async::ThreadPool reader_{1};
};

}  // namespace penstock::commands
