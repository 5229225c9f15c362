// What can go wrong with a call to Redis, sorted by what the caller should do about it.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

namespace penstock::redis {

enum class Failure : std::uint8_t {
  kUnavailable,     ///< not sent: there is no connection
  kOverflow,        ///< not sent: too much is waiting to be sent already
  kLost,            ///< the connection ended before the reply: it may have run
  kTimeout,         ///< no reply in time: it may have run; the connection was given up
  kReadOnly,        ///< READONLY, MASTERDOWN, UNBLOCKED: not the primary any more
  kLoading,         ///< LOADING: Redis is reading its data set
  kBusy,            ///< BUSY, TRYAGAIN, CLUSTERDOWN
  kOutOfMemory,     ///< OOM: maxmemory is reached
  kMisconfigured,   ///< MISCONF: Redis cannot save, and refuses writes
  kNoReplicas,      ///< NOREPLICAS: too few replicas to accept writes
  kAuthentication,  ///< NOAUTH, WRONGPASS
  kPermission,      ///< NOPERM: the user may not do this
  kMoved,           ///< MOVED, ASK, CROSSSLOT: a cluster, and the key lives on another node
  kWrongType,       ///< WRONGTYPE: the key holds something else
  kProtocol,        ///< what came is not Redis' protocol, or is not the reply that was expected
  kOther,
};

/// "unavailable", "lost", "read_only" …: the words of logs and metrics.
const char* to_string(Failure failure) noexcept;

class Error : public std::runtime_error {
 public:
  Error(Failure failure, const std::string& message)
      : std::runtime_error(message), failure_(failure) {}

  Failure failure() const noexcept { return failure_; }
  /// True when nobody knows whether the command ran. An error reply is Redis' own word; a script
  /// that fails half-way keeps what it had done.
  bool may_have_run() const noexcept;
  /// True when waiting and calling again is the right thing; false when somebody must mend
  /// something first.
  bool transient() const noexcept;

 private:
  Failure failure_;
};

/// What an error reply means. Looks into the message of a failed script too, which before Redis 7
/// hid the code of the command that failed in it.
Failure classify(std::string_view error_reply) noexcept;

}  // namespace penstock::redis
