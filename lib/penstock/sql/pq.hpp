// libpq's objects with an owner.
#pragma once

#include <libpq-fe.h>

#include <memory>

namespace penstock::sql {

struct PqFree {
  void operator()(PGconn* connection) const noexcept { PQfinish(connection); }
  void operator()(PGresult* result) const noexcept { PQclear(result); }
  void operator()(PGcancel* cancel) const noexcept { PQfreeCancel(cancel); }
};

using PqConnection = std::unique_ptr<PGconn, PqFree>;
using PqResult = std::unique_ptr<PGresult, PqFree>;
using PqCancel = std::unique_ptr<PGcancel, PqFree>;

}  // namespace penstock::sql
