// Templates: text with holes that a job fills. `--size={{width|200}}x`, `{{user.emails.0}}`,
// `{{payload}}`, `{{job.id}}`.
//
//     {{a.b.0}}        a field of the JSON payload; {{payload.a.b.0}} says the same
//     {{a|none}}       with a default, for a field that is missing or null
//     {{payload}}      the whole payload, byte for byte
//     {{job.id}}       also: attempt, run, crashes, queue, type, enqueued_at, context.NAME
//     {{{{             two braces
//
// A string fills in as what it means, a number with the digits it has, an object or array as its
// JSON. One template makes one argument, header or value: nothing is ever split or quoted here.
#pragma once

#include <cstddef>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "penstock/job/envelope.hpp"
#include "penstock/job/json.hpp"

namespace penstock::job {

/// What templates can speak of: one job of one queue. Reads the payload as JSON when the first
/// field is asked for, and remembers where its fields are: one scope serves all templates of a run.
class TemplateScope {
 public:
  /// REQUIRES: both outlive the scope, and `job` does not move meanwhile.
  TemplateScope(const Job& job, std::string_view queue) : job_(job), queue_(queue) {}

  const Job& job() const { return job_; }
  std::string_view queue() const { return queue_; }

  /// The field at `path`; std::nullopt if the payload has none there.
  std::optional<json::Value> field(std::string_view path) const;
  bool payload_is_json() const { return located().root.has_value(); }

 private:
  struct Located {
    std::optional<json::Value> root;    // none: not JSON
    std::vector<json::Member> members;  // of the root, if it is an object
  };
  const Located& located() const;
  static Located locate(std::string_view payload);

  const Job& job_;
  std::string_view queue_;
  mutable std::optional<Located> located_;
};

struct TemplateError {
  std::size_t offset;  // of the hole that is wrong
  std::string what;
};

class Template {
 public:
  /// Errors: braces that do not close, an empty name, a name under `job.` that is not known.
  static std::expected<Template, TemplateError> parse(std::string_view text);

  /// Errors: the reason, for burying: which field is missing, or that the result holds a NUL byte,
  /// which no argument can carry.
  std::expected<std::string, std::string> render(const TemplateScope& scope) const;

  /// Whether it has no holes.
  bool is_constant() const { return holes_.empty(); }

  /// Why a hole stays empty.
  struct Miss {
    std::string_view why;
    bool final = false;  // even a default does not help
  };
  /// Where a hole's text comes from, below `path`.
  using Source = std::expected<std::string, Miss> (*)(const TemplateScope&, std::string_view path);

 private:
  struct Hole {
    std::string before;  // the text up to it
    std::string name;    // as written
    std::string path;    // what its source wants
    Source source = nullptr;
    std::optional<std::string> otherwise;
  };

  static std::expected<Hole, std::string> parse_hole(std::string_view inside);
  static std::expected<std::string, std::string> fill(const Hole& hole, const TemplateScope& scope);

  std::vector<Hole> holes_;
  std::string after_;
};

}  // namespace penstock::job
