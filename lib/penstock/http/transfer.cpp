#include "penstock/http/transfer.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <charconv>
#include <new>

#include "penstock/http/configure.hpp"
#include "penstock/http/error.hpp"
#include "penstock/http/failure.hpp"

namespace penstock::http {
namespace {

/// So much of a stream may wait for its reader before the server is held up.
constexpr std::size_t kWindow = std::size_t{256} * 1024;

/// Of a response and of what informs of it; real ones have a few KiB.
constexpr std::size_t kMaxHead = std::size_t{256} * 1024;

constexpr std::uint64_t kUnlimited = std::numeric_limits<std::uint64_t>::max();

CURL* new_easy() {
  CURL* easy = curl_easy_init();
  if (easy == nullptr) throw std::bad_alloc();
  return easy;
}

std::string_view trimmed(std::string_view text) noexcept {
  constexpr std::string_view kBlanks = " \t\r\n";
  const std::size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

/// Of `HTTP/1.1 200 OK`; 0 for anything else.
unsigned status_of(std::string_view line) noexcept {
  line.remove_prefix(std::min(line.find(' ') + 1, line.size()));
  unsigned status = 0;
  std::from_chars(line.data(), line.data() + line.size(), status);
  return status;
}

}  // namespace

Transfer::Transfer(Multi& multi, const SessionOptions& options, const Checked& request,
                   Reading reading)
    : multi_(multi),
      options_(options),
      request_(request),
      limit_(request.request.max_body.value_or(reading == Reading::kWhole ? options.max_body
                                                                          : kUnlimited)),
      window_(reading == Reading::kWhole ? std::numeric_limits<std::size_t>::max() : kWindow),
      easy_(new_easy()) {
  const bool alone = reading == Reading::kPieces || request.upload() != nullptr;
  header_list_ = configure(easy_.get(), options, request, alone);
  set(easy_.get(), CURLOPT_SHARE, multi.share());
  listen();
  multi_.add(easy_.get());
}

Transfer::~Transfer() {
  multi_.remove(easy_.get());
}

void Transfer::listen() {
  CURL* const easy = easy_.get();
  set(easy, CURLOPT_PRIVATE, static_cast<void*>(static_cast<Multi::Client*>(this)));
  set(easy, CURLOPT_ERRORBUFFER, detail_.data());
  for (const CURLoption data : {CURLOPT_HEADERDATA, CURLOPT_WRITEDATA, CURLOPT_READDATA,
                                CURLOPT_PREREQDATA, CURLOPT_OPENSOCKETDATA}) {
    set(easy, data, static_cast<void*>(this));
  }
  set(
      easy, CURLOPT_HEADERFUNCTION,
      +[](char* bytes, std::size_t, std::size_t size, void* self) noexcept {
        return of(self).on_header({bytes, size}) ? size : std::size_t{CURL_WRITEFUNC_ERROR};
      });
  set(
      easy, CURLOPT_WRITEFUNCTION,
      +[](char* bytes, std::size_t, std::size_t size, void* self) noexcept {
        return of(self).on_body({bytes, size});
      });
  set(
      easy, CURLOPT_READFUNCTION,
      +[](char* to, std::size_t, std::size_t room, void* self) noexcept {
        return of(self).on_upload(to, room);
      });
  set(
      easy, CURLOPT_PREREQFUNCTION, +[](void* self, char*, char*, int, int) noexcept {
        return of(self).on_request() ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT;
      });
  set(
      easy, CURLOPT_OPENSOCKETFUNCTION,
      +[](void* self, curlsocktype, curl_sockaddr* address) noexcept {
        return of(self).on_socket(*address);
      });
}

void Transfer::on_done(CURLcode code) noexcept {
  if (ended_.is_set()) return;
  code_ = code;
  if (code == CURLE_OK && !has_head_) {  // to libcurl, a head that the end cuts off is one
    refuse(Refusal::kHeadCut);
    code_ = CURLE_GOT_NOTHING;
  }
  ended_.set();
  head_.set();
  readable_.set();
}

bool Transfer::refuse(Refusal refusal) noexcept {
  refusal_ = refusal;
  return false;
}

/// A line of a head, or a field after the body, which nobody asked for.
bool Transfer::on_header(std::string_view line) {
  head_bytes_ += line.size();
  if (head_bytes_ > kMaxHead) return refuse(Refusal::kHeadTooLarge);
  if (has_head_) return true;
  if (at_status_line_) {
    headers_ = {};
    status_ = status_of(line);
    at_status_line_ = false;
  } else if (!trimmed(line).empty()) {
    on_field(line);
  } else {
    end_of_head();
  }
  return true;
}

/// What only informs is followed by another head.
void Transfer::end_of_head() noexcept {
  at_status_line_ = status_ < 200;
  if (at_status_line_) return;
  has_head_ = true;
  head_.set();
}

void Transfer::on_field(std::string_view line) {
  if (line.front() == ' ' || line.front() == '\t') return headers_.extend(trimmed(line));
  const std::size_t colon = std::min(line.find(':'), line.size() - 1);
  headers_.add(std::string(trimmed(line.substr(0, colon))),
               std::string(trimmed(line.substr(colon + 1))));
}

std::size_t Transfer::on_body(std::string_view bytes) {
  const bool too_much = body_bytes_ + bytes.size() > limit_;
  if (too_much || (body_bytes_ == 0 && announces_too_much())) {
    refuse(Refusal::kBodyTooLarge);
    return CURL_WRITEFUNC_ERROR;
  }
  if (body_.size() >= window_) {
    paused_ |= CURLPAUSE_RECV;
    return CURL_WRITEFUNC_PAUSE;
  }
  body_ += bytes;
  body_bytes_ += bytes.size();
  readable_.set();
  return bytes.size();
}

bool Transfer::announces_too_much() const {
  const auto length = headers_.get("Content-Length");
  std::uint64_t bytes = 0;
  if (length) std::from_chars(length->data(), length->data() + length->size(), bytes);
  return bytes > limit_;
}

std::size_t Transfer::on_upload(char* to, std::size_t room) noexcept {
  const std::size_t size = piece_.copy(to, room, piece_taken_);
  piece_taken_ += size;
  if (piece_taken_ == piece_.size()) wants_piece_.set();
  if (size > 0 || uploaded_) return size;
  paused_ |= CURLPAUSE_SEND;
  return CURL_READFUNC_PAUSE;
}

/// libcurl is about to send the request. A second time means that the first went to a connection
/// which the server had closed meanwhile, before a line came back. Nobody knows whether it was
/// read, so it is sent again only if that does no harm, and once.
bool Transfer::on_request() noexcept {
  const bool may_repeat = request_.idempotent() && request_.upload() == nullptr;
  if (sent_++ < (may_repeat ? 2U : 1U)) return true;
  return refuse(Refusal::kRepetition);
}

/// Not to be inherited by processes that are started meanwhile.
curl_socket_t Transfer::on_socket(const curl_sockaddr& address) {
  if (options_.permit_address && !options_.permit_address(address.addr)) {
    refuse(Refusal::kAddress);
    return CURL_SOCKET_BAD;
  }
  return socket(address.family, address.socktype | SOCK_CLOEXEC, address.protocol);
}

void Transfer::resume(int direction) noexcept {
  if ((paused_ & direction) == 0 || ended_.is_set()) return;
  paused_ &= ~direction;
  if (const CURLcode code = curl_easy_pause(easy_.get(), paused_); code != CURLE_OK) on_done(code);
}

async::Task<> Transfer::upload() {
  const auto wrong_length = [this](const char* how) {
    return InvalidRequest(request_.label + ": the body is " + how + " than announced", true);
  };
  const Upload& body = *request_.upload();
  const std::uint64_t length = body.length.value_or(kUnlimited);
  std::uint64_t made = 0;
  while (std::optional<std::string> piece = co_await body.next()) {
    made += piece->size();
    if (made > length) throw wrong_length("longer");
    if (piece->empty()) continue;
    wants_piece_.clear();
    piece_ = std::move(*piece);
    piece_taken_ = 0;
    resume(CURLPAUSE_SEND);
    co_await wants_piece_.wait();
  }
  if (body.length && made < length) throw wrong_length("shorter");
  uploaded_ = true;
  resume(CURLPAUSE_SEND);
}

async::Task<> Transfer::head() {
  if (!head_.is_set()) co_await head_.wait();
  if (!has_head_) throw_failure();
  // After this libcurl sends no more of an upload, but does not end while that is paused.
  if (status_ >= 300) resume(CURLPAUSE_SEND);
}

async::Task<> Transfer::end() {
  co_await head();
  if (!ended_.is_set()) co_await ended_.wait();
  if (code_ != CURLE_OK) throw_failure();
}

async::Task<std::optional<std::string>> Transfer::read() {
  co_await readable_.wait();
  if (!body_.empty()) {
    std::string bytes = std::exchange(body_, {});
    if (!ended_.is_set()) readable_.clear();
    resume(CURLPAUSE_RECV);
    co_return bytes;
  }
  if (code_ != CURLE_OK) throw_failure();
  co_return std::nullopt;
}

Response Transfer::take_response() {
  return {.status = status_,
          .headers = std::move(headers_),
          .body = std::move(body_),
          .url = request_.url.text,
          .label = request_.label};
}

void Transfer::throw_failure() const {
  const std::string& label = request_.label;
  switch (refusal_) {
    case Refusal::kBodyTooLarge:
      throw BodyTooLarge(label + ": the body has more than " + std::to_string(limit_) + " bytes");
    case Refusal::kHeadTooLarge:
      throw ProtocolError(label + ": the headers have more than " + std::to_string(kMaxHead) +
                          " bytes");
    case Refusal::kHeadCut:
      throw ProtocolError(label + ": the headers are cut off");
    case Refusal::kRepetition:
      throw ProtocolError(label + ": the server closed a kept connection without an answer");
    case Refusal::kAddress:
      if (code_ != CURLE_COULDNT_CONNECT) break;
      throw AddressRefused(label + ": the address is not permitted");
    case Refusal::kNone:
      break;
  }
  const char* const detail = detail_[0] != '\0' ? detail_.data() : curl_easy_strerror(code_);
  throw_curl_failure(code_, label + ": " + detail, sent_ > 0);
}

}  // namespace penstock::http
