#include "penstock/sql/closer.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "penstock/async/handle.hpp"
#include "penstock/async/loop.hpp"
#include "penstock/log/log.hpp"

namespace penstock::sql {
namespace {

/// Between one request to cancel and the next. A server that is not overwhelmed needs one.
constexpr std::chrono::milliseconds kAskAgain{500};

/// Read at a time of what nobody wants any more.
constexpr std::size_t kReadBuffer = std::size_t{64} * 1024;

}  // namespace

class Closer::Farewell final : public std::enable_shared_from_this<Farewell>,
                               private async::Timer,
                               private async::ThreadPool::Job {
 public:
  Farewell(Closer& closer, async::Semaphore::Permit place, async::TimePoint deadline)
      : closer_(closer), place_(std::move(place)), deadline_(deadline) {}
  ~Farewell() override { stop(); }

  /// libpq closes its own descriptor; a second one of the same socket tells when the server has
  /// gone.
  void begin(PqConnection connection) {
    if (PQtransactionStatus(connection.get()) == PQTRANS_ACTIVE)
      cancel_.reset(PQgetCancel(connection.get()));
    fd_ = fcntl(PQsocket(connection.get()), F_DUPFD_CLOEXEC, 0);
    connection.reset();
    if (fd_ < 0 || shutdown(fd_, SHUT_WR) != 0 || !watch()) return end();
    ask();
  }

 private:
  bool watch() {
    poll_ = async::Handle<uv_poll_t>(
        [&](uv_poll_t* poll) { return uv_poll_init(loop_.uv(), poll, fd_); });
    if (!poll_) return false;
    poll_->data = this;
    return uv_poll_start(poll_.get(), UV_READABLE, on_readable) == 0;
  }

  static void on_readable(uv_poll_t* poll, int, int) {
    auto* self = static_cast<Farewell*>(poll->data);
    static thread_local std::array<char, kReadBuffer> unwanted;
    const ssize_t size = recv(self->fd_, unwanted.data(), unwanted.size(), MSG_DONTWAIT);
    if (size > 0 || (size < 0 && (errno == EAGAIN || errno == EINTR))) return;
    self->end();
  }

  void ask() {
    if (cancel_ != nullptr && !std::exchange(asking_, true)) closer_.threads_.submit(*this);
    loop_.schedule(*this, std::min(deadline_, async::later(loop_.now(), kAskAgain)));
  }

  void run() noexcept override {
    std::array<char, 256> why{};
    PQcancel(cancel_.get(), why.data(), static_cast<int>(why.size()));
    loop_.post([weak = weak_from_this()] {
      if (const auto self = weak.lock()) self->asked();
    });
  }

  void asked() noexcept {
    asking_ = false;
    if (ended_) closer_.forget(*this);
  }

  void on_timer() noexcept override {
    if (loop_.now() < deadline_) return ask();
    log::warning("a connection was given up before the database had hung up");
    end();
  }

  /// The thread may still be at it: then asked() is the last to be heard of.
  void end() {
    stop();
    ended_ = true;
    place_.release();
    closer_.hung_up();
    if (!asking_ || closer_.threads_.withdraw(*this)) closer_.forget(*this);
  }

  void stop() noexcept {
    if (scheduled()) loop_.cancel(*this);
    poll_.close();
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  }

  Closer& closer_;
  async::Loop& loop_ = async::Loop::current();
  async::Semaphore::Permit place_;
  const async::TimePoint deadline_;
  PqCancel cancel_;
  int fd_ = -1;
  async::Handle<uv_poll_t> poll_;
  bool asking_ = false;
  bool ended_ = false;
};

Closer::~Closer() = default;

void Closer::close(PqConnection connection, async::Semaphore::Permit place) {
  const async::TimePoint deadline = async::later(async::Loop::current().now(), patience_);
  const auto farewell = std::make_shared<Farewell>(*this, std::move(place), deadline);
  farewells_.emplace(farewell.get(), farewell);
  ++open_;
  done_.clear();
  farewell->begin(std::move(connection));
}

void Closer::hung_up() noexcept {
  if (--open_ == 0) done_.set();
}

void Closer::forget(const Farewell& farewell) noexcept {
  farewells_.erase(&farewell);
}

}  // namespace penstock::sql
