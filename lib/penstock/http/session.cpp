#include "penstock/http/session.hpp"

#include "penstock/async/task_group.hpp"
#include "penstock/http/admission.hpp"
#include "penstock/http/bounded.hpp"
#include "penstock/http/transfer.hpp"
#include "penstock/log/log.hpp"

namespace penstock::http {
namespace {

/// Awaits `work` while the request's Upload, if it has one, is made and sent beside it.
async::Task<> beside_upload(const Checked& request, Transfer& transfer, async::Task<> work) {
  if (request.upload() == nullptr) co_return co_await std::move(work);
  bool done = false;
  try {
    co_await async::task_group([&](async::TaskGroup& group) -> async::Task<> {
      group.spawn(transfer.upload(), "upload");
      co_await std::move(work);
      done = true;
      group.cancel();
    });
  } catch (const async::Cancelled&) {
    if (!done) throw;  // else a cancellation met the upload's end, and the answer is there
  }
}

void note(const Checked& request, unsigned status) {
  log::debug("http", {{"request", request.label}, {"status", status}});
}

}  // namespace

Session::Session(SessionOptions options)
    : options_(std::move(options)),
      admission_(std::make_unique<Admission>(options_.limit_per_host, options_.limit)),
      multi_(std::make_unique<Multi>(options_.limit)) {}

Session::~Session() = default;

async::Task<Response> Session::get(std::string url, Headers headers) {
  return request({.url = std::move(url), .headers = std::move(headers)});
}

async::Task<Response> Session::post(std::string url, Body body, Headers headers) {
  return request({.method = "POST",
                  .url = std::move(url),
                  .headers = std::move(headers),
                  .body = std::move(body)});
}

async::Task<Response> Session::post_json(std::string url, std::string json, Headers headers) {
  headers.set("Content-Type", "application/json");
  return post(std::move(url), std::move(json), std::move(headers));
}

async::Duration Session::patience(const Checked& request) const noexcept {
  return request.request.timeout.value_or(options_.timeout);
}

async::Task<Response> Session::request(Request request) {
  Checked checked = check(std::move(request));
  const async::Duration limit = patience(checked);
  std::string label = checked.label;
  co_return co_await bounded(limit, std::move(label), collect(std::move(checked)));
}

async::Task<Response> Session::collect(Checked request) {
  for (unsigned hops = 0;; ++hops) {
    Response response = co_await collect_one(request);
    auto next = next_hop(request, hops, response.status, response.headers);
    if (!next) co_return response;
    request = std::move(*next);
  }
}

async::Task<Response> Session::collect_one(const Checked& request) {
  const Admission::Slot slot = co_await admission_->enter(request.url.origin);
  Transfer transfer(*multi_, options_, request, Transfer::Reading::kWhole);
  co_await beside_upload(request, transfer, transfer.end());
  note(request, transfer.status());
  co_return transfer.take_response();
}

/// What a response asks to be sent next; nothing when it is the one to deliver.
std::optional<Checked> Session::next_hop(const Checked& request, unsigned hops, unsigned status,
                                         const Headers& headers) const {
  const unsigned most = request.request.max_redirects.value_or(options_.max_redirects);
  const auto location = headers.get("Location");
  if (most == 0 || !is_redirect(status) || !location) return std::nullopt;
  if (hops == most) {
    throw RedirectError(request.label + ": more than " + std::to_string(most) + " redirects");
  }
  return follow(request, status, *location);
}

async::Task<> Session::run_stream(Request request, Reader body) {
  Checked checked = check(std::move(request));
  for (unsigned hops = 0;; ++hops) {
    auto next = co_await stream_one(checked, hops, body);
    if (!next) co_return;
    checked = std::move(*next);
  }
}

async::Task<std::optional<Checked>> Session::stream_one(const Checked& request, unsigned hops,
                                                        const Reader& body) {
  const async::Duration limit = patience(request);
  const Admission::Slot slot =
      co_await bounded(limit, request.label, admission_->enter(request.url.origin));
  Transfer transfer(*multi_, options_, request, Transfer::Reading::kPieces);
  std::optional<Checked> next;
  auto receive = [&]() -> async::Task<> {
    co_await bounded(limit, request.label, transfer.head());
    note(request, transfer.status());
    next = next_hop(request, hops, transfer.status(), transfer.headers());
    if (next) co_return;
    ResponseStream response(transfer, request, limit);
    co_await body(response);
  };
  co_await beside_upload(request, transfer, receive());
  co_return next;
}

}  // namespace penstock::http
