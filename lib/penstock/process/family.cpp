#include "penstock/process/family.hpp"

namespace penstock::process {

Family& Family::current() {
  thread_local Family family;
  return family;
}

void Family::started(pid_t pid) {
  running.insert(pid);
  over.erase(pid);  // the number has come round
  stirred.set();
}

void Family::ended(pid_t pid) {
  running.erase(pid);
  if (seekers > 0) over.insert(pid);
}

}  // namespace penstock::process
