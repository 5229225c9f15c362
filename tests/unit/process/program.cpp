// What main() of a program that runs commands does first; Catch2 has main() here.
#include "penstock/process/orphans.hpp"
#include "penstock/process/trampoline.hpp"

namespace {

/// glibc hands the arguments to constructors, too. Whatever a test leaves alive lands on this
/// process and is seen by the test's own check.
[[gnu::constructor]] void before_main(int argc, char** argv) {
  penstock::process::trampoline_main(argc, argv);
  penstock::process::become_subreaper();
}

}  // namespace
