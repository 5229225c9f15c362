#include "penstock/http/multi.hpp"

#include <cassert>
#include <csignal>
#include <new>

namespace penstock::http {
namespace {

void initialise_libcurl() {
  static const CURLcode code = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (code != CURLE_OK) throw std::runtime_error("libcurl cannot be initialised");
}

/// OpenSSL writes to connections that may be gone. A program that handles the signal goes on to.
void ignore_sigpipe() {
  struct sigaction action{};
  sigaction(SIGPIPE, nullptr, &action);
  if (action.sa_handler == SIG_DFL) signal(SIGPIPE, SIG_IGN);
}

template <class Handle>
Handle* made(Handle* handle) {
  if (handle == nullptr) throw std::bad_alloc();
  return handle;
}

void must(CURLMcode code) noexcept {
  assert(code == CURLM_OK);
  static_cast<void>(code);
}

}  // namespace

Multi::Multi(std::size_t idle) : loop_(async::Loop::current()) {
  initialise_libcurl();
  ignore_sigpipe();
  share_.reset(made(curl_share_init()));
  curl_share_setopt(share_.get(), CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION);
  multi_.reset(made(curl_multi_init()));
  CURLM* const multi = multi_.get();
  must(curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, on_socket));
  must(curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, this));
  must(curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, on_timeout));
  must(curl_multi_setopt(multi, CURLMOPT_TIMERDATA, this));
  must(curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, static_cast<long>(idle)));
}

Multi::~Multi() {
  assert(transfers_ == 0 && "a session ends after its requests");
  multi_.reset();
  if (scheduled()) loop_.cancel(*this);
}

void Multi::add(CURL* easy) {
  if (curl_multi_add_handle(multi_.get(), easy) != CURLM_OK) throw std::bad_alloc();
  ++transfers_;
}

void Multi::remove(CURL* easy) noexcept {
  must(curl_multi_remove_handle(multi_.get(), easy));
  --transfers_;
}

int Multi::on_socket(CURL*, curl_socket_t fd, int what, void* self, void*) noexcept {
  static_cast<Multi*>(self)->watch(fd, what);
  return 0;
}

void Multi::watch(curl_socket_t fd, int what) noexcept {
  if (what == CURL_POLL_REMOVE) {
    polls_.erase(fd);
    return;
  }
  async::Handle<uv_poll_t>& poll = polls_[fd];
  if (!poll) {
    poll = async::Handle<uv_poll_t>(
        [&](uv_poll_t* handle) { return uv_poll_init_socket(loop_.uv(), handle, fd); });
    assert(poll && "a socket can be watched");
    poll->data = this;
  }
  const int events = ((what & CURL_POLL_IN) != 0 ? UV_READABLE : 0) |
                     ((what & CURL_POLL_OUT) != 0 ? UV_WRITABLE : 0);
  uv_poll_start(poll.get(), events, on_poll);
}

/// On an error no event is named, and libcurl looks for itself.
void Multi::on_poll(uv_poll_t* poll, int, int events) noexcept {
  auto* const self = static_cast<Multi*>(poll->data);
  if (self == nullptr) return;
  uv_os_fd_t fd = -1;
  uv_fileno(reinterpret_cast<const uv_handle_t*>(poll), &fd);
  const int what = ((events & UV_READABLE) != 0 ? CURL_CSELECT_IN : 0) |
                   ((events & UV_WRITABLE) != 0 ? CURL_CSELECT_OUT : 0);
  self->act(fd, what);
}

/// Called from within libcurl's functions, so that not even a time of 0 may call it back at once.
int Multi::on_timeout(CURLM*, long milliseconds, void* self) noexcept {
  auto* const multi = static_cast<Multi*>(self);
  async::Loop& loop = multi->loop_;
  if (multi->scheduled()) loop.cancel(*multi);
  if (milliseconds >= 0)
    loop.schedule(*multi, loop.now() + std::chrono::milliseconds(milliseconds));
  return 0;
}

void Multi::act(curl_socket_t fd, int events) noexcept {
  int running = 0;
  curl_multi_socket_action(multi_.get(), fd, events, &running);
  tell_done();
}

void Multi::tell_done() noexcept {
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi_.get(), &left)) {
    void* client = nullptr;
    curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &client);
    static_cast<Client*>(client)->on_done(message->data.result);
  }
}

}  // namespace penstock::http
