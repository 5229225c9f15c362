#include "penstock/redis/error.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace penstock::redis {
namespace {

constexpr std::array<std::pair<std::string_view, Failure>, 17> kCodes{{
    {"READONLY", Failure::kReadOnly},
    {"MASTERDOWN", Failure::kReadOnly},
    {"UNBLOCKED", Failure::kReadOnly},
    {"LOADING", Failure::kLoading},
    {"BUSY", Failure::kBusy},
    {"TRYAGAIN", Failure::kBusy},
    {"CLUSTERDOWN", Failure::kBusy},
    {"OOM", Failure::kOutOfMemory},
    {"MISCONF", Failure::kMisconfigured},
    {"NOREPLICAS", Failure::kNoReplicas},
    {"NOAUTH", Failure::kAuthentication},
    {"WRONGPASS", Failure::kAuthentication},
    {"NOPERM", Failure::kPermission},
    {"MOVED", Failure::kMoved},
    {"ASK", Failure::kMoved},
    {"CROSSSLOT", Failure::kMoved},
    {"WRONGTYPE", Failure::kWrongType},
}};

Failure failure_of_code(std::string_view code) noexcept {
  const auto* found = std::ranges::find(kCodes, code, &std::pair<std::string_view, Failure>::first);
  return found == kCodes.end() ? Failure::kOther : found->second;
}

std::string_view next_word(std::string_view& text) noexcept {
  text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  const std::string_view word = text.substr(0, text.find(' '));
  text.remove_prefix(word.size());
  return word;
}

/// `ERR Error running script (call to f_…): @user_script:1: @user_script: 1: -OOM command not …`
Failure failure_inside_script(std::string_view text) noexcept {
  const std::size_t place = text.rfind("@user_script");
  if (place == std::string_view::npos) return Failure::kOther;
  text.remove_prefix(place);
  while (!text.empty()) {
    std::string_view word = next_word(text);
    if (word.starts_with('-')) word.remove_prefix(1);
    if (const Failure failure = failure_of_code(word); failure != Failure::kOther) return failure;
  }
  return Failure::kOther;
}

}  // namespace

Failure classify(std::string_view error_reply) noexcept {
  // The caller had it unblocked; nothing is wrong with the server.
  if (error_reply.ends_with("via CLIENT UNBLOCK")) return Failure::kOther;
  std::string_view rest = error_reply;
  const std::string_view code = next_word(rest);
  return code == "ERR" ? failure_inside_script(rest) : failure_of_code(code);
}

bool Error::may_have_run() const noexcept {
  return failure_ == Failure::kLost || failure_ == Failure::kTimeout ||
         failure_ == Failure::kProtocol;
}

bool Error::transient() const noexcept {
  switch (failure_) {
    case Failure::kAuthentication:
    case Failure::kPermission:
    case Failure::kMoved:
    case Failure::kWrongType:
    case Failure::kOther:
      return false;
    default:
      return true;
  }
}

const char* to_string(Failure failure) noexcept {
  switch (failure) {
    case Failure::kUnavailable:
      return "unavailable";
    case Failure::kOverflow:
      return "overflow";
    case Failure::kLost:
      return "lost";
    case Failure::kTimeout:
      return "timeout";
    case Failure::kReadOnly:
      return "read_only";
    case Failure::kLoading:
      return "loading";
    case Failure::kBusy:
      return "busy";
    case Failure::kOutOfMemory:
      return "out_of_memory";
    case Failure::kMisconfigured:
      return "misconfigured";
    case Failure::kNoReplicas:
      return "no_replicas";
    case Failure::kAuthentication:
      return "authentication";
    case Failure::kPermission:
      return "permission";
    case Failure::kMoved:
      return "moved";
    case Failure::kWrongType:
      return "wrong_type";
    case Failure::kProtocol:
      return "protocol";
    case Failure::kOther:
      return "other";
  }
  return "unknown";
}

}  // namespace penstock::redis
