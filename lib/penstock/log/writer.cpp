#include "penstock/log/writer.hpp"

#include <pthread.h>

#include <cassert>
#include <condition_variable>
#include <csignal>
#include <mutex>
#include <utility>

#include "penstock/log/spool.hpp"

namespace penstock::log {

namespace {

// How long a line may wait for others to be written with. A person does not notice it, and a caller
// that writes more often than that never pays for waking the thread.
constexpr std::chrono::milliseconds kGather{5};

// What is written at once; the spool is locked while so much is copied.
constexpr std::size_t kBatchBytes = std::size_t{32} * 1024;

// How much later than its deadline the thread may come back before it is left behind.
constexpr std::chrono::milliseconds kGrace{200};

// Signals are the loop's: a thread started under this mask never takes one.
class AllSignalsBlocked {
 public:
  AllSignalsBlocked() noexcept {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &previous_);
  }
  AllSignalsBlocked(const AllSignalsBlocked&) = delete;
  AllSignalsBlocked& operator=(const AllSignalsBlocked&) = delete;
  ~AllSignalsBlocked() { pthread_sigmask(SIG_SETMASK, &previous_, nullptr); }

 private:
  sigset_t previous_;
};

}  // namespace

class Writer::Shared {
 public:
  Shared(std::unique_ptr<Outlet> outlet, Renderer renderer, std::size_t spool_bytes)
      : outlet_(std::move(outlet)), renderer_(std::move(renderer)), spool_(spool_bytes) {}

  void run();
  void push(Level level, std::string_view line) noexcept;
  /// True if the thread has ended.
  bool stop(std::chrono::milliseconds patience) noexcept;

  std::size_t pending() const noexcept {
    const std::lock_guard lock(mutex_);
    return spool_.size() + in_hand_;
  }
  std::uint64_t dropped() const noexcept {
    const std::lock_guard lock(mutex_);
    return spool_.dropped() + outlet_->flow().lost();
  }
  std::uint64_t beats() const noexcept { return outlet_->flow().beats(); }

 private:
  bool take();
  void gather(std::unique_lock<std::mutex>& lock);
  void deliver();
  void put_report(std::uint64_t lost);

  // The thread's own; the outlet's flow is anyone's.
  const std::unique_ptr<Outlet> outlet_;
  const Renderer renderer_;
  Batch batch_;
  std::uint64_t lost_before_ = 0;  // lines lost before those of the batch
  std::uint64_t reported_ = 0;     // of them, how many the log tells of

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::condition_variable ended_wake_;
  Spool spool_;              // guarded by mutex_, as all below
  std::size_t in_hand_ = 0;  // bytes of the batch being written
  bool asleep_ = false;      // the next line wakes the thread
  bool hurry_ = false;       // nothing more is gathered
  bool stopping_ = false;
  bool ended_ = false;
};

void Writer::Shared::run() {
  while (take()) deliver();
  const std::lock_guard lock(mutex_);
  ended_ = true;
  ended_wake_.notify_all();
}

// Waits for lines and fills the batch; false at the end.
bool Writer::Shared::take() {
  std::unique_lock lock(mutex_);
  in_hand_ = 0;
  gather(lock);
  asleep_ = true;
  wake_.wait(lock, [this] { return stopping_ || !spool_.empty(); });
  asleep_ = false;
  hurry_ = false;
  spool_.take(batch_, kBatchBytes);
  in_hand_ = batch_.text.size();
  lost_before_ = spool_.dropped() + outlet_->flow().lost();
  return in_hand_ > 0;
}

void Writer::Shared::gather(std::unique_lock<std::mutex>& lock) {
  wake_.wait_for(lock, kGather,
                 [this] { return stopping_ || hurry_ || spool_.size() >= kBatchBytes; });
}

void Writer::Shared::deliver() {
  const std::uint64_t lost_outside = outlet_->flow().lost();
  outlet_->flow().beat();
  if (lost_before_ > reported_) put_report(lost_before_ - reported_);
  std::string_view rest = batch_.text;
  for (const Batch::Entry& entry : batch_.entries) {
    outlet_->put(entry.level, rest.substr(0, entry.bytes));
    rest.remove_prefix(entry.bytes);
  }
  outlet_->flush();
  // Else the report may itself be among what was lost.
  if (outlet_->flow().lost() == lost_outside) reported_ = lost_before_;
}

void Writer::Shared::put_report(std::uint64_t lost) {
  Line line(Level::kWarning, "log lines dropped", std::chrono::system_clock::now());
  line.add("dropped", lost);
  std::string text;
  renderer_.render(text, line);
  outlet_->put(line.level(), text);
}

void Writer::Shared::push(Level level, std::string_view line) noexcept {
  bool wake = false;
  {
    const std::lock_guard lock(mutex_);
    const bool was_short = spool_.size() < kBatchBytes;
    spool_.push(level, line);
    const bool full = was_short && spool_.size() >= kBatchBytes;
    const bool hurry = level >= Level::kError && !std::exchange(hurry_, true);
    wake = std::exchange(asleep_, false) || full || hurry;
  }
  if (wake) wake_.notify_one();
}

bool Writer::Shared::stop(std::chrono::milliseconds patience) noexcept {
  const async::TimePoint deadline = async::Clock::now() + patience;
  outlet_->flow().limit(deadline);
  std::unique_lock lock(mutex_);
  stopping_ = true;
  wake_.notify_one();
  return ended_wake_.wait_until(lock, deadline + kGrace, [this] { return ended_; });
}

Writer::Writer(std::unique_ptr<Outlet> outlet, Renderer renderer, std::size_t spool_bytes)
    : shared_(std::make_shared<Shared>(std::move(outlet), std::move(renderer), spool_bytes)) {
  const AllSignalsBlocked blocked;
  thread_ = std::thread([shared = shared_] {
    pthread_setname_np(pthread_self(), "penstock-log");
    shared->run();
  });
}

Writer::~Writer() {
  assert(!thread_.joinable() && "the log's writer is destroyed before it was stopped");
}

void Writer::push(Level level, std::string_view line) noexcept {
  shared_->push(level, line);
}

void Writer::stop(std::chrono::milliseconds patience) noexcept {
  if (shared_->stop(patience)) {
    thread_.join();
  } else {
    thread_.detach();
  }
}

std::size_t Writer::pending() const noexcept {
  return shared_->pending();
}

std::uint64_t Writer::dropped() const noexcept {
  return shared_->dropped();
}

std::uint64_t Writer::beats() const noexcept {
  return shared_->beats();
}

}  // namespace penstock::log
