#include "daemon/commands/command_line.hpp"
#include "penstock/process/fd.hpp"
#include "penstock/process/trampoline.hpp"

int main(int argc, char** argv) {
  penstock::process::trampoline_main(argc,
                                     argv);  // a second start of this program, as a job's command
  penstock::process::open_standard_streams();
  return penstock::commands::run_command_line(argc, argv);
}
