#include "penstock/http/message.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "penstock/http/error.hpp"

namespace penstock::http {
namespace {

using Words = std::initializer_list<std::string_view>;

bool is_token_character(unsigned char c) noexcept {
  constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
         kMarks.find(static_cast<char>(c)) != std::string_view::npos;
}

bool is_token(std::string_view text) noexcept {
  return !text.empty() && std::ranges::all_of(text, is_token_character);
}

bool is_field_value(std::string_view text) noexcept {
  return std::ranges::all_of(text,
                             [](unsigned char c) { return c == '\t' || (c >= 0x20 && c != 0x7f); });
}

bool is_one_of(std::string_view text, Words words) noexcept {
  return std::ranges::find(words, text) != words.end();
}

void check_header(const Header& header) {
  if (!is_token(header.name)) throw InvalidRequest("a header's name is not a token");
  if (!is_field_value(header.value)) {
    throw InvalidRequest("the value of " + header.name + " has a control character");
  }
  for (const std::string_view framing : {"Content-Length", "Transfer-Encoding"}) {
    if (equal_ignoring_case(header.name, framing)) {
      throw InvalidRequest(header.name + " follows from the body and cannot be set");
    }
  }
}

std::string checked_method(std::string method) {
  if (!is_token(method)) throw InvalidRequest("the method is not a token");
  std::ranges::transform(method, method.begin(), [](char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  });
  if (method == "CONNECT") throw InvalidRequest("CONNECT is not for requests, but for proxies");
  return method;
}

Checked assembled(Request request, Url url) {
  std::string label = request.method + " " + url.label;
  return {.request = std::move(request), .url = std::move(url), .label = std::move(label)};
}

void become_get(Request& request) {
  request.method = "GET";
  request.body = {};
  for (const std::string_view name :
       {"Content-Type", "Content-Encoding", "Content-Language", "Content-Location", "Expect"}) {
    request.headers.remove(name);
  }
}

bool becomes_get(unsigned status, std::string_view method) noexcept {
  if (status == 303) return method != "HEAD";
  return (status == 301 || status == 302) && method == "POST";
}

void drop_credentials(Headers& headers) {
  for (const std::string_view name : {"Authorization", "Cookie", "Host"}) headers.remove(name);
}

}  // namespace

bool Checked::has_body() const noexcept {
  return upload() != nullptr || !bytes()->empty() ||
         is_one_of(request.method, {"POST", "PUT", "PATCH"});
}

bool Checked::idempotent() const noexcept {
  return is_one_of(request.method, {"GET", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE"});
}

Checked check(Request request) {
  request.method = checked_method(std::move(request.method));
  Url url = parse_url(request.url);
  Checked checked = assembled(std::move(request), std::move(url));
  try {
    for (const Header& header : checked.request.headers) check_header(header);
    if (checked.request.method == "HEAD" && checked.has_body()) {
      throw InvalidRequest("HEAD has no body");
    }
  } catch (const InvalidRequest& refusal) {
    throw InvalidRequest(checked.label + ": " + refusal.what());
  }
  return checked;
}

Checked follow(const Checked& request, unsigned status, std::string_view location) {
  Url url = resolve(request.url, location, request.label);
  Request next = request.request;
  next.url = url.text;
  if (becomes_get(status, next.method)) become_get(next);
  if (std::holds_alternative<Upload>(next.body)) {
    throw RedirectError(request.label + ": redirected with a body that cannot be sent again");
  }
  if (url.origin != request.url.origin) drop_credentials(next.headers);
  return assembled(std::move(next), std::move(url));
}

bool is_redirect(unsigned status) noexcept {
  return (status >= 301 && status <= 303) || status == 307 || status == 308;
}

}  // namespace penstock::http
