// The readers of the file's parts, one per struct of the model.
#pragma once

#include "daemon/config/model.hpp"
#include "daemon/config/schema/scope.hpp"

namespace penstock::config {

/// The whole file. Errors: complained about; the value is of use only if there are none.
Config read_config(const Scope& root);

void read_redis(const Scope& at, RedisConfig& into);
void read_queues(const Scope& at, const QueueConfig& defaults, std::vector<QueueConfig>& into);
/// Goes over what `into` holds: the built-in defaults, then `defaults:`, then the queue.
void read_queue(const Scope& at, QueueConfig& into);
void read_exec(const Scope& at, Handler& into);
void read_noop(const Scope& at, Handler& into);
void read_retry(const Scope& at, job::RetryPolicy& into);
void read_breaker(const Scope& at, async::CircuitBreaker::Settings& into);
void read_outcomes(const Scope& at, job::OutcomeTable& into);
void read_log_level(const Scope& at, log::Level& into);

}  // namespace penstock::config
