#include "support/postgres_server.hpp"

#include <fcntl.h>
#include <grp.h>
#include <libpq-fe.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <fstream>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <thread>

#include "support/server_program.hpp"

namespace penstock::test {
namespace {

using namespace std::chrono_literals;

constexpr auto kStartTimeout = 60s;
constexpr auto kPollPause = 2ms;

/// Debian keeps the server's programs out of the PATH.
constexpr const char* kPrograms = "/usr/lib/postgresql/15/bin/";

/// Whom the server runs as; null: as the test does.
const passwd* owner() {
  if (::geteuid() != 0) return nullptr;
  const passwd* user = ::getpwnam("postgres");
  return user != nullptr ? user : ::getpwnam("nobody");
}

/// Becomes a program, and makes sure not to outlive the test.
[[noreturn]] void become(char* const* arguments, const char* log, const passwd* user,
                         pid_t parent) {
  const int fd = ::open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  ::dup2(fd, STDOUT_FILENO);
  ::dup2(fd, STDERR_FILENO);
  const bool other =
      user == nullptr ||
      (::setgroups(0, nullptr) == 0 && ::setgid(user->pw_gid) == 0 && ::setuid(user->pw_uid) == 0);
  ::prctl(PR_SET_PDEATHSIG, SIGQUIT);  // after setuid(), which would clear it
  if (!other || ::getppid() != parent) ::_exit(1);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::execv(arguments[0], arguments);
  ::_exit(127);
}

int wait_for(pid_t pid) {
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

}  // namespace

PostgresServer::PostgresServer() : port_(free_port()) {
  if (const passwd* user = owner();
      user != nullptr && ::chown(dir_.path().c_str(), user->pw_uid, user->pw_gid) != 0)
    throw std::runtime_error("chown " + dir_.path().string());
  initialise();
  start();
}

PostgresServer::~PostgresServer() {
  if (pid_ != 0) kill();
}

void PostgresServer::initialise() {
  const pid_t pid = spawn({std::string(kPrograms) + "initdb", "-D", data(), "-A", "trust", "-U",
                           "postgres", "--no-sync", "--locale=C.UTF-8", "--encoding=UTF8"});
  if (wait_for(pid) != 0) give_up("initdb failed");
}

pid_t PostgresServer::spawn(const std::vector<std::string>& words) const {
  std::vector<char*> arguments;
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  const std::string log_path = log();
  const passwd* user = owner();
  const pid_t parent = ::getpid();
  const pid_t child = ::fork();
  if (child < 0) throw std::runtime_error("fork");
  if (child == 0) become(arguments.data(), log_path.c_str(), user, parent);
  return child;
}

void PostgresServer::start() {
  pid_ = spawn({std::string(kPrograms) + "postgres",
                "-D",
                data(),
                "-k",
                dir_.path(),
                "-p",
                std::to_string(port_),
                "-c",
                "listen_addresses=127.0.0.1",
                "-c",
                "fsync=off",
                "-c",
                "full_page_writes=off",
                "-c",
                "shared_buffers=32MB",
                "-c",
                "max_connections=60",
                "-c",
                "autovacuum=off",
                "-c",
                "max_prepared_transactions=2"});
  wait_until_ready();
}

void PostgresServer::wait_until_ready() {
  const auto deadline = std::chrono::steady_clock::now() + kStartTimeout;
  while (!answers()) {
    if (::waitpid(pid_, nullptr, WNOHANG) == pid_) pid_ = 0;
    if (pid_ == 0 || std::chrono::steady_clock::now() > deadline)
      give_up("postgres does not answer");
    std::this_thread::sleep_for(kPollPause);
  }
}

bool PostgresServer::answers() const {
  try {
    return ask("select 1") == "1";
  } catch (const std::runtime_error&) {
    return false;
  }
}

void PostgresServer::give_up(const std::string& what) const {
  std::ostringstream told;
  told << what << ":\n" << std::ifstream(log()).rdbuf();
  throw std::runtime_error(told.str());
}

void PostgresServer::kill() {
  ::kill(pid_, SIGQUIT);
  ::kill(pid_, SIGCONT);  // a paused one ends too
  wait_for(pid_);
  pid_ = 0;
}

void PostgresServer::pause() {
  ::kill(pid_, SIGSTOP);
  int status = 0;
  ::waitpid(pid_, &status, WUNTRACED);
}

void PostgresServer::resume() {
  ::kill(pid_, SIGCONT);
}

std::string PostgresServer::url() const {
  return "host=" + dir_.path().string() + " port=" + std::to_string(port_) +
         " user=postgres dbname=postgres";
}

std::string PostgresServer::tcp_url(const std::string& user, const std::string& password) const {
  const std::string secret = password.empty() ? "" : ":" + password;
  return "postgresql://" + user + secret + "@localhost:" + std::to_string(port_) + "/postgres";
}

void PostgresServer::demand_password(const std::string& user) const {
  const std::filesystem::path file = data() / "pg_hba.conf";
  std::ostringstream rest;
  rest << std::ifstream(file).rdbuf();
  std::ofstream(file) << "host all " << user << " 127.0.0.1/32 scram-sha-256\n" << rest.str();
  ask("select pg_reload_conf()");
}

std::string PostgresServer::ask(const std::string& sql) const {
  const std::unique_ptr<PGconn, decltype(&PQfinish)> connection(
      PQconnectdb((url() + " application_name=observer").c_str()), PQfinish);
  const std::unique_ptr<PGresult, decltype(&PQclear)> result(PQexec(connection.get(), sql.c_str()),
                                                             PQclear);
  const ExecStatusType status = PQresultStatus(result.get());
  if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK)
    throw std::runtime_error(PQerrorMessage(connection.get()));
  return PQntuples(result.get()) > 0 ? PQgetvalue(result.get(), 0, 0) : "";
}

long PostgresServer::clients() const {
  return count(
      "select count(*) from pg_stat_activity where backend_type = 'client backend'"
      " and application_name <> 'observer'");
}

long PostgresServer::idle_in_transaction() const {
  return count("select count(*) from pg_stat_activity where state like 'idle in transaction%'");
}

}  // namespace penstock::test
