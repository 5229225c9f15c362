// The descriptors that a child and its parent share.
#pragma once

#include "penstock/async/fd.hpp"

namespace penstock::process {

using async::Fd;

/// Numbers below this are put in their places inside a child; what is passed to one stays above, so
/// that no step of the placing overwrites what a later step needs.
inline constexpr int kFirstFreeFd = 5;

/// `fd` or, if its number is below kFirstFreeFd, a copy above it. Takes a negative one for the
/// failure of the call that should have opened it. Close-on-exec. Errors: SpawnError.
Fd opened(int fd);

/// Opens /dev/null as each of 0, 1 and 2 that is closed: otherwise what is opened next would be
/// taken for a standard stream. Before anything else is opened.
void open_standard_streams() noexcept;

struct Pipe {
  Fd read;
  Fd write;
};

/// Both ends close-on-exec and blocking. Errors: SpawnError.
Pipe make_pipe();

}  // namespace penstock::process
