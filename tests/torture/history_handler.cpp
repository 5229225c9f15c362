// history_handler FILE ID [MS [EXIT]]: a job's command that tells on itself. It appends a line as
// it starts and one as it ends, `ID JOB RUN ATTEMPT PID PARENT start|end NANOSECONDS`, each in one
// write, and takes MS milliseconds in between.
#include <fcntl.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <string>
#include <thread>

namespace {

std::string variable(const char* name) {
  const char* const value = std::getenv(name);
  return value != nullptr && *value != '\0' ? value : "-";
}

bool append(int file, const std::string& id, const char* what) {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  const std::string line = id + ' ' + variable("PENSTOCK_JOB_ID") + ' ' + variable("PENSTOCK_RUN") +
                           ' ' + variable("PENSTOCK_ATTEMPT") + ' ' + std::to_string(::getpid()) +
                           ' ' + std::to_string(::getppid()) + ' ' + what + ' ' +
                           std::to_string(std::chrono::nanoseconds(now).count()) + '\n';
  return ::write(file, line.data(), line.size()) == static_cast<ssize_t>(line.size());
}

}  // namespace

int main(int count, char** words) {
  if (count < 3) return 64;
  const int file = ::open(words[1], O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (file < 0 || !append(file, words[2], "start")) return 74;
  if (count > 3) std::this_thread::sleep_for(std::chrono::milliseconds(std::atoi(words[3])));
  if (!append(file, words[2], "end")) return 74;
  return count > 4 ? std::atoi(words[4]) : 0;
}
