// exec: a process per job. Its arguments come from templates and are never seen by a shell; the
// payload is its standard input, its standard output the result, its standard error goes to the log
// line by line under the job's tags.
#pragma once

#include <string>
#include <vector>

#include "daemon/config/model.hpp"
#include "penstock/job/handler.hpp"
#include "penstock/process/run.hpp"

namespace penstock::handlers {

class ExecHandler final : public job::Handler {
 public:
  ExecHandler(config::ExecHandler options, log::Level output_level);

  /// Errors: none thrown. A template that cannot be filled buries the job; a program that cannot be
  /// started is EndKind::kNotStarted.
  async::Task<job::HandlerEnd> run(const job::Attempt& attempt) override;

 private:
  std::vector<std::string> environment_for(const job::Attempt& attempt) const;

  const config::ExecHandler options_;
  const log::Level output_level_;
  std::vector<std::string> inherited_;  // what `env` leaves of the daemon's own
};

}  // namespace penstock::handlers
