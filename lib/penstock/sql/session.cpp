#include "penstock/sql/session.hpp"

namespace penstock::sql {

async::Task<std::optional<Row>> Queries::at_most_one(Statement statement) {
  const Result result = co_await lease_->run(std::move(statement));
  if (result.size() > 1)
    throw RowCountError("one row was expected, and there are " + std::to_string(result.size()));
  if (result.empty()) co_return std::nullopt;
  co_return result[0];
}

async::Task<Row> Queries::exactly_one(Statement statement) {
  std::optional<Row> row = co_await at_most_one(std::move(statement));
  if (!row) throw RowCountError("one row was expected, and there is none");
  co_return std::move(*row);
}

async::Task<std::uint64_t> Queries::affected_by(Statement statement) {
  const Result result = co_await lease_->run(std::move(statement));
  co_return result.affected();
}

async::Task<Stream> Queries::stream_of(Statement statement) {
  co_await lease_->start_stream(std::move(statement));
  co_return Stream(*lease_);
}

async::Task<> Session::close() {
  co_await lease_->rollback_all();
  lease_.reset();
}

}  // namespace penstock::sql
