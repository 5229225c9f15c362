#include "bench/ceiling.hpp"

#include <hiredis/hiredis.h>
#include <spawn.h>
#include <sys/wait.h>
#include <time.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>

#include "bench/measure.hpp"
#include "penstock/job/scripts.hpp"
#include "penstock/job/ulid.hpp"

extern char** environ;

namespace penstock::bench {
namespace {

struct FreeReply {
  void operator()(redisReply* reply) const { freeReplyObject(reply); }
};
using ReplyPtr = std::unique_ptr<redisReply, FreeReply>;

class Plain {
 public:
  explicit Plain(const std::filesystem::path& socket) : context_(redisConnectUnix(socket.c_str())) {
    if (!context_ || context_->err != 0) throw std::runtime_error("cannot connect");
  }
  void send(const std::vector<std::string>& words) {
    pointers_.clear();
    sizes_.clear();
    for (const std::string& word : words) {
      pointers_.push_back(word.data());
      sizes_.push_back(word.size());
    }
    redisAppendCommandArgv(context_.get(), static_cast<int>(words.size()), pointers_.data(),
                           sizes_.data());
  }
  ReplyPtr receive() {
    void* reply = nullptr;
    if (redisGetReply(context_.get(), &reply) != REDIS_OK)
      throw std::runtime_error(context_->errstr);
    return ReplyPtr(static_cast<redisReply*>(reply));
  }
  ReplyPtr call(const std::vector<std::string>& words) {
    send(words);
    return receive();
  }

 private:
  struct Free {
    void operator()(redisContext* context) const { redisFree(context); }
  };
  std::unique_ptr<redisContext, Free> context_;
  std::vector<const char*> pointers_;
  std::vector<std::size_t> sizes_;
};

constexpr std::size_t kBatch = 128;
constexpr std::size_t kFirstSlot = 13;  // in the words of a fetch

}  // namespace

double batched_script_ceiling(const std::filesystem::path& socket, std::size_t jobs) {
  Plain redis(socket);
  auto ids = job::UlidGenerator::of_system();
  const ReplyPtr loaded = redis.call({"SCRIPT", "LOAD", std::string(job::scripts::fetch)});
  const std::vector<std::string> head{"EVALSHA",
                                      loaded->str,
                                      "3",
                                      "work",
                                      "work:inflight:plain",
                                      "work:wake:plain",
                                      "RIGHT",
                                      std::to_string(kBatch),
                                      "1048576",
                                      "",
                                      "",
                                      ""};
  std::array<std::vector<std::string>, 2> open;
  const auto fetch = [&](std::vector<std::string>& words) {
    words = head;
    for (std::size_t i = 0; i < kBatch; ++i) words.push_back(ids.next());
    redis.send(words);
  };
  const std::int64_t start = now_ns();
  fetch(open[0]);
  fetch(open[1]);
  std::vector<std::string> acknowledge;
  for (std::size_t turn = 0, got = 0; got < jobs; ++turn) {
    if (turn >= 2) redis.receive();  // the acknowledgement that this batch's predecessor sent
    std::vector<std::string>& words = open[turn % 2];
    const std::size_t count = redis.receive()->element[3]->elements;
    got += count;
    const auto slots = words.begin() + kFirstSlot - 1;
    acknowledge = {"HDEL", "work:inflight:plain"};
    acknowledge.insert(acknowledge.end(), slots,
                       slots + static_cast<std::ptrdiff_t>(std::max<std::size_t>(count, 1)));
    redis.send(acknowledge);
    fetch(words);
  }
  return static_cast<double>(jobs) / seconds_since(start);
}

double spawn_ceiling(std::size_t count, std::size_t parallel, std::size_t held_mb) {
  const std::vector<char> held(held_mb << 20U, 'x');
  char program[] = "/bin/true";
  std::array<char*, 2> arguments{program, nullptr};
  std::size_t started = 0;
  std::size_t ended = 0;
  const std::int64_t start = now_ns();
  while (ended < count) {
    while (started < count && started - ended < parallel) {
      pid_t child = 0;
      if (posix_spawn(&child, program, nullptr, nullptr, arguments.data(), environ) != 0)
        throw std::runtime_error("cannot spawn");
      ++started;
    }
    if (waitpid(-1, nullptr, 0) > 0) ++ended;
  }
  return static_cast<double>(count) / seconds_since(start);
}

void push_stamps(const std::filesystem::path& socket, const char* queue, double rate,
                 std::size_t count) {
  Plain redis(socket);
  const std::int64_t start = now_ns();
  for (std::size_t i = 0; i < count; ++i) {
    const std::int64_t due = start + static_cast<std::int64_t>(static_cast<double>(i) * 1e9 / rate);
    if (const std::int64_t wait = due - now_ns(); wait > 0)
      std::this_thread::sleep_for(std::chrono::nanoseconds(wait));
    redis.call({"LPUSH", queue, std::to_string(now_ns())});
  }
}

std::vector<double> blmove_floor(const std::filesystem::path& socket, double rate,
                                 std::size_t count) {
  Plain(socket).call({"FLUSHALL"});
  std::vector<double> microseconds;
  std::thread producer([&] { push_stamps(socket, "floor", rate, count); });
  Plain redis(socket);
  while (microseconds.size() < count) {
    const ReplyPtr reply = redis.call({"BLMOVE", "floor", "held", "RIGHT", "LEFT", "2"});
    if (reply->type != REDIS_REPLY_STRING) continue;
    microseconds.push_back(static_cast<double>(now_ns() - std::atoll(reply->str)) / 1000);
    redis.call({"LREM", "held", "-1", reply->str});
  }
  producer.join();
  return microseconds;
}

}  // namespace penstock::bench
