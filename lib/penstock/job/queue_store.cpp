#include "penstock/job/queue_store.hpp"

#include <algorithm>
#include <array>
#include <ranges>

namespace penstock::job {
namespace {

using std::chrono::milliseconds;
using Arguments = std::vector<std::string_view>;

// A flush of counters whose reply was lost is sent again within this time, or not at all.
constexpr std::string_view kFlushGuardMs = "30000";

// What one call of trim removes by age or number; there may be more when it did.
constexpr std::int64_t kMostTrimmed = 1000;

std::string_view name_of(PopEnd pop) {
  return pop == PopEnd::kRight ? "RIGHT" : "LEFT";
}

/// Arguments of one call, for as long as its expression lasts.
template <class... Text>
std::array<std::string_view, sizeof...(Text)> views(const Text&... text) {
  return {std::string_view(text)...};
}

struct Library {
  redis::Script fetch{"fetch", scripts::fetch};
  redis::Script charge{"charge", scripts::charge};
  redis::Script finish{"finish", scripts::finish};
  redis::Script trim{"trim", scripts::trim};
  redis::Script retry{"retry", scripts::retry};
  redis::Script release{"release", scripts::release};
  redis::Script promote{"promote", scripts::promote};
  redis::Script adopt{"adopt", scripts::adopt};
  redis::Script recover{"recover", scripts::recover};
  redis::Script count{"count", scripts::count};
};

const Library& library() {
  static const Library scripts;
  return scripts;
}

/// How many of these sizes one call carries; at least 1.
std::size_t fitting_one_call(std::ranges::input_range auto&& sizes) {
  std::size_t count = 0;
  std::size_t bytes = 0;
  for (const std::size_t size : sizes) {
    bytes += size;
    if (count > 0 && bytes > QueueStore::kMostBytesPerCall) break;
    if (++count == QueueStore::kMostPerCall) break;
  }
  return count;
}

std::size_t bytes_of(const Ending& job) {
  return job.burial.size() + job.result.size() + job.reply.size();
}
std::size_t bytes_of(const Filing& job) {
  return job.envelope.size();
}
std::size_t bytes_of(const Return& job) {
  return job.element.size();
}
constexpr auto kBytes = [](const auto& job) { return bytes_of(job); };

/// Calls `send` with as many of `items` as one call carries, and adds up what it returns.
template <class Item, class Send>
async::Task<std::size_t> in_batches(std::span<const Item> items, Send send) {
  std::size_t total = 0;
  while (!items.empty()) {
    const auto batch = items.first(fitting_one_call(items | std::views::transform(kBytes)));
    items = items.subspan(batch.size());
    total += co_await send(batch);
  }
  co_return total;
}

}  // namespace

QueueStore::QueueStore(redis::Client& client, std::string source, std::string_view instance,
                       PopEnd pop, UlidGenerator& ids)
    : client_(client),
      keys_(std::move(source)),
      instance_(instance),
      inflight_(keys_.inflight(instance)),
      wake_(keys_.wake(instance)),
      pop_(name_of(pop)),
      ids_(ids) {}

async::Task<Fetched> QueueStore::fetch(std::size_t max, bool arm, std::uint64_t limit,
                                       const Rung& rung) {
  const std::size_t count = std::min(max, scripts::kMaxFetch);
  const std::string count_text = std::to_string(count);
  const std::string limit_text = std::to_string(limit);
  const std::string bell = arm ? ids_.next() : std::string();
  std::vector<std::string> slots(count);
  for (std::string& slot : slots) slot = ids_.next();

  Arguments arguments{pop_, count_text, limit_text, bell, rung.slot, rung.sha1};
  arguments.insert(arguments.end(), slots.begin(), slots.end());
  redis::Reply reply =
      co_await client_.eval(library().fetch, views(keys_.source(), inflight_, wake_), arguments);

  redis::Reply::Array& parts = reply.array();
  Fetched fetched;
  bell_ = std::move(parts.at(0).string());
  fetched.armed = !bell_.empty();
  const auto take = [&](std::string slot, redis::Reply& element, bool by_doorbell) {
    if (element.is_nil()) return;
    Delivery delivery{.slot = std::move(slot), .by_doorbell = by_doorbell};
    if (element.is_integer()) {
      delivery.oversize = static_cast<std::uint64_t>(element.integer());
    } else {
      delivery.element = std::move(element.string());
    }
    fetched.deliveries.push_back(std::move(delivery));
  };
  redis::Reply::Array& elements = parts.at(3).array();
  fetched.deliveries.reserve(elements.size() + 1);
  if (!parts.at(1).string().empty()) take(std::move(parts.at(1).string()), parts.at(2), true);
  for (std::size_t i = 0; i < elements.size(); ++i)
    take(std::move(slots.at(i)), elements[i], false);
  co_return fetched;
}

redis::Call QueueStore::ring(redis::Client& doorbell, std::chrono::seconds timeout) {
  const std::string seconds = std::to_string(timeout.count());
  return doorbell.call({"BLMOVE", keys_.source(), wake_, pop_, "LEFT", seconds},
                       {.block = timeout});
}

async::Task<bool> QueueStore::charge(std::string_view slot, std::string_view element) {
  const redis::Reply reply =
      co_await client_.eval(library().charge, views(inflight_), views(slot, element));
  co_return reply.integer() == 1;
}

async::Task<std::size_t> QueueStore::finish(std::span<const std::string_view> slots) {
  Arguments command{"HDEL", inflight_};
  command.insert(command.end(), slots.begin(), slots.end());
  const redis::Reply reply = co_await client_.call(command);
  co_return slots.size() - static_cast<std::size_t>(reply.integer());
}

/// A call that names a list which we may not write to is refused as a whole, and it is not told
/// which list that is: then each job ends by itself.
async::Task<Ended> QueueStore::finish(std::span<const Ending> jobs, std::chrono::milliseconds ttl) {
  try {
    co_return co_await finish_together(jobs, ttl);
  } catch (const redis::Error& error) {
    const auto answers = [](const Ending& job) { return !job.reply_to.empty(); };
    if (error.failure() != redis::Failure::kPermission || std::ranges::none_of(jobs, answers))
      throw;
  }
  Ended all;
  for (const Ending& job : jobs) {
    const Ended one = co_await finish_alone(job, ttl);
    all.late += one.late;
    all.failed += one.failed;
  }
  co_return all;
}

/// Without its answer, if that is what is refused.
async::Task<Ended> QueueStore::finish_alone(Ending job, std::chrono::milliseconds ttl) {
  try {
    co_return co_await finish_together(std::span(&job, 1), ttl);
  } catch (const redis::Error& error) {
    if (error.failure() != redis::Failure::kPermission || job.reply_to.empty()) throw;
  }
  job.reply_to = {};
  Ended ended = co_await finish_together(std::span(&job, 1), ttl);
  ++ended.failed;
  co_return ended;
}

async::Task<Ended> QueueStore::finish_together(std::span<const Ending> jobs,
                                               std::chrono::milliseconds ttl) {
  const std::string ttl_text = std::to_string(ttl.count());
  Ended ended;
  ended.late =
      co_await in_batches(jobs, [&](std::span<const Ending> batch) -> async::Task<std::size_t> {
        std::vector<std::string> keys{inflight_, keys_.dead(), keys_.stats()};
        std::vector<std::string> places;  // numbers as text, which the arguments point to
        places.reserve(batch.size() * 4);
        Arguments arguments{ttl_text};
        const auto text = [&](std::size_t number) -> std::string_view {
          return places.emplace_back(std::to_string(number));
        };
        const auto effect = [&](std::string_view name, std::string key, std::string_view value) {
          keys.push_back(std::move(key));
          arguments.insert(arguments.end(), {name, text(keys.size()), value});
        };
        for (const Ending& job : batch) {
          const std::size_t effects = std::size_t{!job.result.empty()} +
                                      std::size_t{!job.reply_to.empty()} +
                                      std::size_t{!job.unique.empty()};
          arguments.insert(arguments.end(), {job.slot, job.burial, text(effects)});
          if (!job.result.empty()) effect("set", keys_.result(job.id), job.result);
          if (!job.reply_to.empty())
            effect(keys_.is_reply(job.reply_to) ? "answer" : "push", std::string(job.reply_to),
                   job.reply);
          if (!job.unique.empty()) effect("unlock", keys_.unique(job.unique), job.id);
        }
        const Arguments key_views(keys.begin(), keys.end());
        const redis::Reply reply = co_await client_.eval(library().finish, key_views, arguments);
        has_buried_ = has_buried_ || std::ranges::any_of(batch, [](const Ending& job) {
                        return !job.burial.empty();
                      });
        ended.failed += static_cast<std::size_t>(reply.array().at(1).integer());
        co_return reply.array().at(0).array().size();
      });
  co_return ended;
}

async::Task<> QueueStore::trim_dead(const DeadPolicy& policy) {
  const std::string max = std::to_string(policy.max);
  const std::string age = std::to_string(policy.age.count());
  const std::string bytes = std::to_string(policy.bytes);
  has_buried_ = false;
  for (std::int64_t removed = kMostTrimmed; removed >= kMostTrimmed;) {
    const redis::Reply reply = co_await client_.eval(
        library().trim, views(keys_.dead(), keys_.stats()), views(max, age, bytes));
    removed = reply.array().at(0).integer();
  }
}

async::Task<std::size_t> QueueStore::retry(std::span<const Filing> jobs) {
  co_return co_await in_batches(
      jobs, [&](std::span<const Filing> batch) -> async::Task<std::size_t> {
        std::vector<std::string> delays;
        delays.reserve(batch.size());
        Arguments arguments;
        for (const Filing& job : batch) {
          arguments.insert(
              arguments.end(),
              {job.slot, delays.emplace_back(std::to_string(job.delay.count())), job.envelope});
        }
        const redis::Reply reply =
            co_await client_.eval(library().retry, views(inflight_, keys_.retry()), arguments);
        co_return reply.array().size();
      });
}

async::Task<std::size_t> QueueStore::give_back(std::span<const Return> jobs) {
  // The latest first, so that of several calls the earliest jobs end up in front.
  std::size_t late = 0;
  while (!jobs.empty()) {
    const auto batch =
        jobs.last(fitting_one_call(jobs | std::views::reverse | std::views::transform(kBytes)));
    jobs = jobs.first(jobs.size() - batch.size());
    Arguments arguments{pop_};
    for (const Return& job : batch) arguments.insert(arguments.end(), {job.slot, job.element});
    const redis::Reply reply =
        co_await client_.eval(library().release, views(inflight_, keys_.source()), arguments);
    late += reply.array().size();
  }
  co_return late;
}

async::Task<Promoted> QueueStore::promote() {
  static const std::string limit = std::to_string(kMostPerCall);
  const std::array<std::string_view, 2> arguments{pop_, limit};
  redis::Call scheduled =
      client_.eval(library().promote, views(keys_.scheduled(), keys_.source()), arguments);
  redis::Call retries =
      client_.eval(library().promote, views(keys_.retry(), keys_.source()), arguments);
  Promoted promoted;
  const auto add = [&](const redis::Reply& reply) {
    const redis::Reply::Array& parts = reply.array();
    promoted.moved += static_cast<std::size_t>(parts.at(0).integer());
    if (parts.at(1).string().empty()) return;
    const milliseconds due =
        parse_seconds(parts.at(1).string()) - parse_seconds(parts.at(2).string());
    promoted.next_due = std::min(promoted.next_due.value_or(milliseconds::max()), due);
  };
  add(co_await std::move(scheduled));
  add(co_await std::move(retries));
  co_return promoted;
}

async::Task<std::vector<std::string>> QueueStore::slots_of(std::string_view instance) {
  redis::Reply reply = co_await client_.call({"HKEYS", keys_.inflight(instance)});
  std::vector<std::string> slots;
  for (redis::Reply& slot : reply.array()) slots.push_back(std::move(slot.string()));
  std::ranges::sort(slots);  // ULIDs: in the order of fetching
  co_return slots;
}

async::Task<std::vector<Delivery>> QueueStore::deliveries_of(std::string_view instance,
                                                             std::span<const std::string> slots) {
  const std::string inflight = keys_.inflight(instance);
  Arguments command{"HMGET", inflight};
  command.insert(command.end(), slots.begin(), slots.end());
  redis::Reply reply = co_await client_.call(command);
  std::vector<Delivery> deliveries;
  for (std::size_t i = 0; i < slots.size(); ++i) {
    redis::Reply& element = reply.array().at(i);
    if (element.is_string())
      deliveries.push_back({.slot = slots[i], .element = std::move(element.string())});
  }
  co_return deliveries;
}

async::Task<std::size_t> QueueStore::fitting(std::string_view instance,
                                             std::span<const std::string> slots, From from) {
  const std::string inflight = keys_.inflight(instance);
  std::vector<redis::Call> calls;
  calls.reserve(slots.size());
  for (const std::string& slot : slots) calls.push_back(client_.call({"HSTRLEN", inflight, slot}));
  std::vector<std::size_t> sizes;
  for (redis::Call& call : calls)
    sizes.push_back(static_cast<std::size_t>((co_await std::move(call)).integer()));
  if (from == From::kLast) std::ranges::reverse(sizes);
  co_return fitting_one_call(sizes);
}

async::Task<> QueueStore::adopt_doorbell_of(std::string_view instance) {
  std::int64_t left = 0;
  do {
    const std::string slot = ids_.next();
    const redis::Reply reply = co_await client_.eval(
        library().adopt, views(keys_.inflight(instance), keys_.wake(instance)), views(slot));
    left = reply.integer();
  } while (left > 0);
}

async::Task<std::size_t> QueueStore::salvage(std::string_view instance,
                                             std::span<const Salvage> jobs) {
  Arguments arguments{pop_};
  for (const Salvage& job : jobs) {
    arguments.insert(arguments.end(),
                     {job.slot, job.element, job.envelope, job.bury ? "dead" : "source"});
  }
  const std::string inflight = keys_.inflight(instance);
  const redis::Reply reply = co_await client_.eval(
      library().recover, views(keys_.source(), inflight, keys_.dead(), keys_.stats()), arguments);
  const redis::Reply::Array& counts = reply.array();
  has_buried_ = has_buried_ || counts.at(1).integer() > 0;
  co_return static_cast<std::size_t>(counts.at(0).integer() + counts.at(1).integer());
}

async::Task<> QueueStore::add(const Counters& counted, std::string flush) {
  std::vector<std::string> numbers;
  numbers.reserve(Counters::kFields.size());
  Arguments arguments{flush, kFlushGuardMs};
  for (const auto& [name, member] : Counters::kFields) {
    if (counted.*member == 0) continue;
    arguments.insert(arguments.end(),
                     {name, numbers.emplace_back(std::to_string(counted.*member))});
  }
  co_await client_.eval(library().count, views(keys_.stats(), keys_.guard(instance_)), arguments);
}

}  // namespace penstock::job
