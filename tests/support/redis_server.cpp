#include "support/redis_server.hpp"

#include <fcntl.h>
#include <hiredis/hiredis.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <system_error>
#include <thread>

#include "support/free_port.hpp"

namespace penstock::test {
namespace {

using namespace std::chrono_literals;

// Loading a large append-only file takes a while on a busy machine.
constexpr auto kStartTimeout = 30s;
constexpr auto kPollPause = 2ms;

std::system_error system_error(const std::string& what) {
  return {errno, std::generic_category(), what};
}

Reply reply_of(const redisReply& raw) {
  Reply reply;
  switch (raw.type) {
    case REDIS_REPLY_STRING:
      reply.kind = Reply::Kind::kText;
      break;
    case REDIS_REPLY_STATUS:
      reply.kind = Reply::Kind::kStatus;
      break;
    case REDIS_REPLY_ERROR:
      reply.kind = Reply::Kind::kError;
      break;
    case REDIS_REPLY_INTEGER:
      reply.kind = Reply::Kind::kInteger;
      break;
    case REDIS_REPLY_ARRAY:
      reply.kind = Reply::Kind::kArray;
      break;
    default:
      return reply;
  }
  if (reply.kind == Reply::Kind::kInteger) {
    reply.integer = raw.integer;
  } else if (reply.kind == Reply::Kind::kArray) {
    for (std::size_t i = 0; i < raw.elements; ++i)
      reply.elements.push_back(reply_of(*raw.element[i]));
  } else {
    reply.text.assign(raw.str, static_cast<std::size_t>(raw.len));
  }
  return reply;
}

/// Becomes redis-server, and makes sure not to outlive the test.
[[noreturn]] void become(char* const* arguments, const char* log, pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(1);
  // Signals that a test blocks or ignores are not the server's concern.
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  // What it has to say before it opens its log.
  const int fd = ::open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  ::dup2(fd, STDOUT_FILENO);
  ::dup2(fd, STDERR_FILENO);
  ::execvp(arguments[0], arguments);
  ::_exit(127);
}

}  // namespace

std::vector<std::string> Reply::texts() const {
  std::vector<std::string> all;
  for (const Reply& element : elements) {
    if (element.kind == Kind::kInteger) {
      all.push_back(std::to_string(element.integer));
    } else {
      all.push_back(element.is_nil() ? "(nil)" : element.text);
    }
  }
  return all;
}

void RedisClient::Free::operator()(redisContext* context) const {
  ::redisFree(context);
}

RedisClient::RedisClient(const std::filesystem::path& socket)
    : context_(::redisConnectUnix(socket.c_str())) {
  if (context_ == nullptr || context_->err != 0)
    throw std::runtime_error("cannot connect to " + socket.string());
}

Reply RedisClient::cmd(const std::vector<std::string>& arguments) {
  send(arguments);
  return receive();
}

Reply RedisClient::eval(std::string_view script, const std::vector<std::string>& keys,
                        const std::vector<std::string>& arguments) {
  std::vector<std::string> all{"EVAL", std::string(script), std::to_string(keys.size())};
  all.insert(all.end(), keys.begin(), keys.end());
  all.insert(all.end(), arguments.begin(), arguments.end());
  return cmd(all);
}

void RedisClient::send(const std::vector<std::string>& arguments) {
  std::vector<const char*> pointers;
  std::vector<std::size_t> sizes;
  for (const std::string& argument : arguments) {
    pointers.push_back(argument.data());
    sizes.push_back(argument.size());
  }
  ::redisAppendCommandArgv(context_.get(), static_cast<int>(arguments.size()), pointers.data(),
                           sizes.data());
  for (int done = 0; done == 0;)
    if (::redisBufferWrite(context_.get(), &done) != REDIS_OK)
      throw std::runtime_error(context_->errstr);
}

Reply RedisClient::receive() {
  void* raw = nullptr;
  if (::redisGetReply(context_.get(), &raw) != REDIS_OK) throw std::runtime_error(context_->errstr);
  const std::unique_ptr<void, void (*)(void*)> owner(raw, ::freeReplyObject);
  return reply_of(*static_cast<redisReply*>(raw));
}

RedisServer::RedisServer(Options options) : options_(std::move(options)) {
  if (options_.tcp) port_ = free_port();
  start();
}

RedisServer::~RedisServer() {
  if (pid_ != 0) end(SIGKILL);
}

std::vector<std::string> RedisServer::command_line() const {
  std::vector<std::string> all{"redis-server",
                               "--port",
                               std::to_string(port_),
                               "--bind",
                               "127.0.0.1",
                               "--unixsocket",
                               socket(),
                               "--dir",
                               directory(),
                               "--logfile",
                               log(),
                               "--save",
                               "",
                               "--daemonize",
                               "no",
                               "--appendonly",
                               options_.append_only ? "yes" : "no"};
  all.insert(all.end(), options_.arguments.begin(), options_.arguments.end());
  return all;
}

void RedisServer::start() {
  const std::vector<std::string> words = command_line();
  std::vector<char*> arguments;
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  const std::string log_path = log();
  const pid_t parent = ::getpid();
  const pid_t child = ::fork();
  if (child < 0) throw system_error("fork");
  if (child == 0) become(arguments.data(), log_path.c_str(), parent);
  pid_ = child;
  wait_until_ready();
}

void RedisServer::wait_until_ready() {
  const auto deadline = std::chrono::steady_clock::now() + kStartTimeout;
  while (!answers()) {
    if (::waitpid(pid_, nullptr, WNOHANG) == pid_) pid_ = 0;
    if (pid_ == 0 || std::chrono::steady_clock::now() > deadline) give_up();
    std::this_thread::sleep_for(kPollPause);
  }
}

void RedisServer::give_up() {
  if (pid_ != 0) end(SIGKILL);
  std::ostringstream told;
  told << "redis-server does not answer:\n" << std::ifstream(log()).rdbuf();
  throw std::runtime_error(told.str());
}

/// While it loads its data it answers LOADING.
bool RedisServer::answers() const {
  try {
    return client().cmd("PING").kind == Reply::Kind::kStatus;
  } catch (const std::runtime_error&) {
    return false;
  }
}

void RedisServer::stop() {
  end(SIGTERM);
}

void RedisServer::kill() {
  end(SIGKILL);
}

void RedisServer::pause() {
  ::kill(pid_, SIGSTOP);
  int status = 0;
  ::waitpid(pid_, &status, WUNTRACED);
}

void RedisServer::resume() {
  ::kill(pid_, SIGCONT);
}

void RedisServer::end(int signal) {
  ::kill(pid_, signal);
  ::kill(pid_, SIGCONT);  // a paused one ends too
  while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
  pid_ = 0;
}

}  // namespace penstock::test
