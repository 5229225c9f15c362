#include "daemon/commands/answer.hpp"

#include "penstock/async/sleep.hpp"
#include "penstock/async/timeout.hpp"

namespace penstock::commands {
namespace {

using namespace std::chrono_literals;

// So long one call waits: a connection that died unseen is found out soon after.
constexpr auto kBlock = 20s;
constexpr std::string_view kBlockSeconds = "20";
// Between calls that Redis refuses at once, as it does while it reads its data.
constexpr auto kPause = 100ms;

/// The head of the list, which stays there; nothing if none has come, or nobody knows.
async::Task<std::optional<std::string>> look(redis::Client& client, const std::string& list) {
  try {
    redis::Reply reply = co_await client.call({"BLMOVE", list, list, "LEFT", "LEFT", kBlockSeconds},
                                              {.block = kBlock});
    if (!reply.is_nil()) co_return std::move(reply.string());
    co_return std::nullopt;
  } catch (const redis::Error& error) {
    if (!error.transient()) throw;
  }
  co_await async::sleep(kPause);
  co_return std::nullopt;
}

async::Task<std::string> answer_in(redis::Client& client, const std::string& list) {
  for (;;) {
    co_await client.wait_connected();
    if (auto answer = co_await look(client, list)) {
      static_cast<void>(client.call({"DEL", list}));  // if that is lost, it expires
      co_return std::move(*answer);
    }
  }
}

}  // namespace

async::Task<std::optional<std::string>> await_answer(redis::Client& client,
                                                     const std::string& reply_to,
                                                     async::Duration limit) {
  try {
    co_return co_await async::with_timeout(limit, answer_in(client, reply_to));
  } catch (const async::Timeout&) {
    co_return std::nullopt;
  }
}

}  // namespace penstock::commands
