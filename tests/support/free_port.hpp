// A port for a server of a test's own.
#pragma once

namespace penstock::test {

/// One of the loopback interface that was free a moment ago. Errors: std::system_error.
int free_port();

}  // namespace penstock::test
