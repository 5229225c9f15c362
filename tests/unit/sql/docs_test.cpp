// The examples of docs/5-sql.md, as they stand there.
#include <catch2/catch.hpp>
#include <fstream>
#include <sstream>

#include "with_postgres.hpp"

namespace sql = penstock::sql;
using penstock::async::Task;

namespace {

// example: user
struct User {
  std::int64_t id = 0;
  std::string name;
  std::optional<std::string> mail;
  std::chrono::sys_time<std::chrono::microseconds> created;
};

Task<User> create_user(sql::Engine& engine, std::string name, std::string mail) {
  co_return co_await engine.transaction([&](sql::Transaction& tx) -> Task<User> {
    co_return co_await tx.query_one<User>(
        "insert into users (name, mail) values ($1, $2) returning id, name, mail, created", name,
        mail);
  });
}

Task<std::optional<User>> get_user(sql::Engine& engine, std::int64_t id) {
  co_return co_await engine.session([&](sql::Session& session) -> Task<std::optional<User>> {
    co_return co_await session.query_optional<User>(
        "select id, name, mail, created from users where id = $1", id);
  });
}
// end

// example: commit and refresh
Task<User> rename_user(sql::Session& session, User user, std::string name) {
  co_await session.transaction([&](sql::Transaction& tx) -> Task<> {
    co_await tx.execute("update users set name = $1 where id = $2", name, user.id);
  });
  co_return co_await session.query_one<User>(
      "select id, name, mail, created from users where id = $1", user.id);
}
// end

// example: transfer
Task<> transfer(sql::Engine& engine, std::int64_t from, std::int64_t to, std::int64_t sum) {
  const auto once = [&] {
    return engine.transaction(
        {.isolation = sql::Isolation::kSerializable}, [&](sql::Transaction& tx) -> Task<> {
          co_await tx.execute("update accounts set sum = sum - $1 where id = $2", sum, from);
          co_await tx.execute("update accounts set sum = sum + $1 where id = $2", sum, to);
        });
  };
  std::mt19937_64 random(std::random_device{}());
  co_await penstock::async::retry({.attempts = 5, .backoff = {}, .retryable = sql::transient}, once,
                                  random);
}
// end

// example: errors
Task<bool> register_mail(sql::Session& session, std::int64_t id, std::string mail) {
  try {
    co_await session.execute("update users set mail = $1 where id = $2", mail, id);
    co_return true;
  } catch (const sql::ServerError& error) {
    if (error.unique_violation() && error.constraint() == "users_mail_key") co_return false;
    throw;
  }
}
// end

// example: stream
Task<std::int64_t> total(sql::Session& session) {
  std::int64_t sum = 0;
  sql::Stream rows = co_await session.stream("select sum from accounts");
  while (const std::optional<sql::Row> row = co_await rows.next())
    sum += row->get<std::int64_t>("sum");
  co_return sum;
}
// end

// example: many rows
Task<std::vector<std::int64_t>> open_accounts(
    sql::Session& session, const std::vector<std::tuple<std::string, std::int64_t>>& rows) {
  co_return co_await session.query_all<std::int64_t>(
      sql::insert_rows("insert into accounts (owner, sum) values", rows, "returning id"));
}
// end

std::string text_of(const std::string& file) {
  std::ostringstream text;
  text << std::ifstream(std::string(PENSTOCK_SOURCE_DIR) + "/" + file).rdbuf();
  return text.str();
}

/// What stands between the lines `example: NAME` and `end` in this file.
std::vector<std::string> examples_here() {
  const std::string text = text_of("tests/unit/sql/docs_test.cpp");
  std::vector<std::string> examples;
  for (std::size_t from = 0; (from = text.find("\n// example: ", from)) != std::string::npos;) {
    from = text.find('\n', from + 1) + 1;
    examples.push_back(text.substr(from, text.find("// end\n", from) - from));
  }
  return examples;
}

}  // namespace

namespace penstock::test {
namespace {

TEST_CASE("the examples in the documentation are these") {
  const std::string chapter = text_of("docs/5-sql.md");
  CHECK(examples_here().size() == 6);
  for (const std::string& example : examples_here()) {
    INFO(example);
    CHECK(chapter.find("```cpp\n" + example + "```") != std::string::npos);
  }
}

TEST_CASE("the examples in the documentation do what they say") {
  postgres().ask("drop table if exists users, accounts");
  postgres().ask(
      "create table users (id bigserial primary key, name text not null, mail text unique,"
      " created timestamptz not null default now())");
  postgres().ask("create table accounts (id bigserial primary key, owner text, sum bigint)");
  with_engine({}, [](sql::Engine& engine) -> async::Task<> {
    const User ada = co_await create_user(engine, "Ada", "ada@example.org");
    const std::optional<User> found = co_await get_user(engine, ada.id);
    CHECK(found->name == "Ada");
    CHECK(found->created == ada.created);
    CHECK_FALSE(co_await get_user(engine, ada.id + 1));
    const User bob = co_await create_user(engine, "Bob", "bob@example.org");
    co_await engine.session([&](sql::Session& session) -> async::Task<> {
      CHECK((co_await rename_user(session, ada, "Augusta")).name == "Augusta");
      CHECK_FALSE(co_await register_mail(session, bob.id, "ada@example.org"));
      CHECK(co_await register_mail(session, bob.id, "robert@example.org"));
      const auto ids = co_await open_accounts(session, {{"Ada", 100}, {"Bob", 0}});
      co_await transfer(engine, ids.at(0), ids.at(1), 30);
      CHECK(co_await total(session) == 100);
      CHECK(co_await session.query_value<int>("select sum from accounts where id = $1",
                                              ids.at(1)) == 30);
    });
  });
}

}  // namespace
}  // namespace penstock::test
