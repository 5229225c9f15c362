// Waiting for the end of one job, whatever becomes of the connection meanwhile.
#pragma once

#include <optional>
#include <string>

#include "penstock/async/clock.hpp"
#include "penstock/async/task.hpp"
#include "penstock/redis/client.hpp"

namespace penstock::commands {

/// What stands in the list `reply_to` once the job has ended; nothing if that takes longer than
/// `limit`. Waits on through lost connections: the list keeps the answer until it has arrived here,
/// or expires. Errors: redis::Error when Redis refuses for good.
async::Task<std::optional<std::string>> await_answer(redis::Client& client,
                                                     const std::string& reply_to,
                                                     async::Duration limit);

}  // namespace penstock::commands
