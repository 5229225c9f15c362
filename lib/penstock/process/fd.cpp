#include "penstock/process/fd.hpp"

#include <fcntl.h>

#include <cerrno>

#include "penstock/process/command.hpp"

namespace penstock::process {

Fd opened(int fd) {
  if (fd >= kFirstFreeFd) return Fd(fd);
  Fd low(fd);
  Fd lifted(low ? fcntl(fd, F_DUPFD_CLOEXEC, kFirstFreeFd) : -1);
  if (!lifted) throw SpawnError::because(errno, "cannot open a descriptor for a child");
  return lifted;
}

void open_standard_streams() noexcept {
  int fd = STDIN_FILENO;
  while (fd >= STDIN_FILENO && fd <= STDERR_FILENO) fd = open("/dev/null", O_RDWR);
  const Fd one_too_many(fd);
}

Pipe make_pipe() {
  int ends[2] = {-1, -1};
  if (pipe2(ends, O_CLOEXEC) != 0)
    throw SpawnError::because(errno, "cannot open a pipe to a child");
  Fd write(ends[1]);
  Fd read = opened(ends[0]);
  return {std::move(read), opened(write.release())};
}

}  // namespace penstock::process
