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

struct Pipe {
  Fd read;
  Fd write;
};

/// Both ends close-on-exec and blocking. Errors: SpawnError.
Pipe make_pipe();

}  // namespace penstock::process
