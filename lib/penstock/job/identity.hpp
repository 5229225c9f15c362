// Identity: which process an instance is.
#pragma once

#include <string>

namespace penstock::job {

/// Who a process is: enough to tell, on the same machine, whether it still lives.
struct Identity {
  std::string instance;
  std::string token = {};  // of this process, new with each start
  std::string host = {};
  std::string boot_id = {};
  std::string pid_namespace = {};
  std::string pid = {};
  std::string pid_start =
      {};  // clock ticks after boot: tells a process from a later one with the same pid
  std::string version = {};

  /// Of the running process under the name `instance`.
  static Identity of_this_process(std::string instance, std::string token);

  /// True if this names a process of this machine and boot, in our own table of processes, that no
  /// longer lives. One that is hidden from us may live.
  bool proven_dead() const;
  /// True if it does live: then there is nothing to wait for.
  bool proven_alive() const;

 private:
  bool of_our_machine() const;
};

}  // namespace penstock::job
