// The tags of a job in the log.
#pragma once

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "penstock/job/envelope.hpp"
#include "penstock/log/tags.hpp"

namespace penstock::job {

/// What every line about a job says. The job must outlive it.
class JobTags final : public log::TagSource {
 public:
  explicit JobTags(const Job& job) : job_(job) {
    for (const ContextField& field : job.context)
      names_.push_back(is_ours(field.name) ? "ctx." + field.name : field.name);
  }
  void tags(log::TagVisitor& visitor) const override {
    visitor.tag("job", job_.id);
    visitor.tag("attempt", job_.attempt());
    if (!job_.type.empty()) visitor.tag("type", job_.type);
    for (std::size_t i = 0; i < names_.size(); ++i) visitor.tag(names_[i], job_.context[i].value);
  }

 private:
  /// A producer's field does not pass for one of ours, in any format: journald's have capitals.
  static bool is_ours(std::string_view name) {
    static constexpr std::array<std::string_view, 19> kOurs{
        "queue", "job",    "attempt",  "type",        "instance",   "time", "ts",
        "level", "msg",    "message",  "run",         "reason",     "kind", "error",
        "code",  "stream", "priority", "duration_ms", "retry_in_ms"};
    const auto lower = [](char c) {
      return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    };
    return std::ranges::any_of(
        kOurs, [&](std::string_view ours) { return std::ranges::equal(name, ours, {}, lower); });
  }

  const Job& job_;
  std::vector<std::string> names_;  // of the context's fields; a visitor may keep views of them
};

}  // namespace penstock::job
