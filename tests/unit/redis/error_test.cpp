#include <catch2/catch.hpp>

#include "penstock/redis/error.hpp"

using namespace penstock::redis;

namespace {

struct Row {
  std::string_view reply;
  Failure failure;
  bool transient;
};

}  // namespace

TEST_CASE("an error reply is sorted by its code") {
  const auto row = GENERATE(
      Row{"READONLY You can't write against a read only replica.", Failure::kReadOnly, true},
      Row{"MASTERDOWN Link with MASTER is down", Failure::kReadOnly, true},
      Row{"UNBLOCKED force unblock from blocking operation, instance state changed (master -> "
          "replica?)",
          Failure::kReadOnly, true},
      Row{"LOADING Redis is loading the dataset in memory", Failure::kLoading, true},
      Row{"BUSY Redis is busy running a script.", Failure::kBusy, true},
      Row{"TRYAGAIN Multiple keys request during rehashing of slot", Failure::kBusy, true},
      Row{"CLUSTERDOWN The cluster is down", Failure::kBusy, true},
      Row{"OOM command not allowed when used memory > 'maxmemory'.", Failure::kOutOfMemory, true},
      Row{"MISCONF Redis is configured to save RDB snapshots", Failure::kMisconfigured, true},
      Row{"NOREPLICAS Not enough good replicas to write.", Failure::kNoReplicas, true},
      Row{"NOAUTH Authentication required.", Failure::kAuthentication, false},
      Row{"WRONGPASS invalid username-password pair", Failure::kAuthentication, false},
      Row{"NOPERM this user has no permissions", Failure::kPermission, false},
      Row{"MOVED 3999 127.0.0.1:6381", Failure::kMoved, false},
      Row{"ASK 3999 127.0.0.1:6381", Failure::kMoved, false},
      Row{"CROSSSLOT Keys in request don't hash to the same slot", Failure::kMoved, false},
      Row{"WRONGTYPE Operation against a key", Failure::kWrongType, false},
      Row{"ERR unknown command 'FOO'", Failure::kOther, false}, Row{"", Failure::kOther, false});
  CAPTURE(row.reply);
  CHECK(classify(row.reply) == row.failure);
  CHECK(Error(row.failure, "").transient() == row.transient);
}

TEST_CASE("the code of a command that failed in a script is found, as Redis 6.2 and 7 write it") {
  CHECK(classify("ERR Error running script (call to f_b3a): @user_script:1: @user_script: 1: -OOM "
                 "command not allowed when used memory > 'maxmemory'.") == Failure::kOutOfMemory);
  CHECK(classify("ERR Error running script (call to f_b3a): @user_script:1: WRONGTYPE Operation "
                 "against a key") == Failure::kWrongType);
  CHECK(classify("READONLY You can't write against a read only replica. script: b3a, on "
                 "@user_script:1.") == Failure::kReadOnly);
}

TEST_CASE("a code in the words of another error means nothing") {
  CHECK(classify("ERR the server is BUSY today") == Failure::kOther);
}

TEST_CASE("being unblocked by CLIENT UNBLOCK is no sign of a failover") {
  CHECK(classify("UNBLOCKED client unblocked via CLIENT UNBLOCK") == Failure::kOther);
}

TEST_CASE("only a reply that is missing leaves open whether the command ran") {
  CHECK(Error(Failure::kLost, "").may_have_run());
  CHECK(Error(Failure::kTimeout, "").may_have_run());
  CHECK(Error(Failure::kProtocol, "").may_have_run());
  CHECK_FALSE(Error(Failure::kUnavailable, "").may_have_run());
  CHECK_FALSE(Error(Failure::kOverflow, "").may_have_run());
  CHECK_FALSE(Error(Failure::kOutOfMemory, "").may_have_run());
}
