#include "penstock/job/template.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "penstock/job/json_string.hpp"

namespace penstock::job {
namespace {

using Scope = const TemplateScope&;
using Path = std::string_view;
using Miss = Template::Miss;
using Source = Template::Source;
using Text = std::expected<std::string, Miss>;

constexpr std::string_view kOpen = "{{";
constexpr std::string_view kClose = "}}";

Text missing(std::string_view why) {
  return std::unexpected(Miss{why});
}

Text payload_field(Scope scope, Path path) {
  const auto value = scope.field(path);
  if (!value) {
    return missing(scope.payload_is_json() ? "the payload has no such field"
                                           : "the payload is not JSON");
  }
  if (value->kind == json::Kind::kNull) return missing("the field is null");
  if (value->kind != json::Kind::kString) return std::string(value->raw);
  auto text = json::unescape(value->raw.substr(1, value->raw.size() - 2));
  if (!text) return std::unexpected(Miss{"the field holds half of a surrogate pair", true});
  return std::move(*text);
}

Text whole_payload(Scope scope, Path) {
  return std::string(scope.job().payload());
}

Text job_id(Scope scope, Path) {
  return scope.job().id;
}
Text job_attempt(Scope scope, Path) {
  return std::to_string(scope.job().attempt());
}
Text job_run(Scope scope, Path) {
  return std::to_string(scope.job().run());
}
Text job_crashes(Scope scope, Path) {
  return std::to_string(scope.job().crashes);
}
Text job_queue(Scope scope, Path) {
  return std::string(scope.queue());
}

Text job_type(Scope scope, Path) {
  const std::string& type = scope.job().type;
  return type.empty() ? missing("the job has no type") : Text(type);
}

/// Unix seconds with three decimals.
Text job_enqueued_at(Scope scope, Path) {
  const auto time = scope.job().age_from();
  return time ? Text(seconds_text(*time)) : missing("it is not known");
}

Text job_context(Scope scope, Path name) {
  const auto& context = scope.job().context;
  const auto field = std::ranges::find(context, name, &ContextField::name);
  return field != context.end() ? Text(field->value)
                                : missing("the job's context has no such field");
}

constexpr std::array<std::pair<std::string_view, Source>, 7> kJobFields{{
    {"id", job_id},
    {"attempt", job_attempt},
    {"run", job_run},
    {"crashes", job_crashes},
    {"queue", job_queue},
    {"type", job_type},
    {"enqueued_at", job_enqueued_at},
}};
constexpr std::string_view kKnownJobFields =
    "id, attempt, run, crashes, queue, type, enqueued_at, context.NAME";

/// Cuts `prefix` off the head of `path`, if it is there.
bool take_prefix(std::string& path, std::string_view prefix) {
  if (!path.starts_with(prefix)) return false;
  path.erase(0, prefix.size());
  return true;
}

std::expected<Source, std::string> job_source(std::string& path) {
  if (take_prefix(path, "context.")) return job_context;
  const auto* const field =
      std::ranges::find(kJobFields, path, [](const auto& entry) { return entry.first; });
  if (field != kJobFields.end()) return field->second;
  return std::unexpected("a job has no \"" + path + "\", only " + std::string(kKnownJobFields));
}

/// Finds who fills a hole by its name, and leaves in `path` what is for that source to follow.
std::expected<Source, std::string> source_of(std::string& path) {
  if (path == "payload") return whole_payload;
  if (take_prefix(path, "job.")) return job_source(path);
  take_prefix(path, "payload.");
  return payload_field;
}

std::string_view trim(std::string_view text) {
  const std::size_t first = text.find_first_not_of(' ');
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

bool has_empty_segment(std::string_view path) {
  return path.empty() || path.front() == '.' || path.back() == '.' || path.contains("..");
}

}  // namespace

std::optional<json::Value> TemplateScope::field(std::string_view path) const {
  const Located& payload = located();
  if (!payload.root || payload.root->kind != json::Kind::kObject)
    return payload.root ? json::find(*payload.root, path) : std::nullopt;
  const std::string_view first = json::take_segment(path);
  const auto named = [&](const json::Member& member) { return json::key_is(member.key, first); };
  const auto last = std::find_if(payload.members.rbegin(), payload.members.rend(), named);
  return last != payload.members.rend() ? json::find(last->value, path) : std::nullopt;
}

const TemplateScope::Located& TemplateScope::located() const {
  if (!located_) located_ = locate(job_.payload());
  return *located_;
}

TemplateScope::Located TemplateScope::locate(std::string_view payload) {
  if (auto members = json::members(payload))
    return {json::Value{json::Kind::kObject, payload}, std::move(*members)};
  const auto root = json::check(payload);
  return {root ? std::optional(*root) : std::nullopt, {}};
}

std::expected<Template, TemplateError> Template::parse(std::string_view text) {
  Template result;
  std::string before;
  for (std::size_t at = 0;;) {
    const std::size_t open = text.find(kOpen, at);
    before += text.substr(at, open - at);
    if (open == std::string_view::npos) break;
    const std::string_view rest = text.substr(open + kOpen.size());
    if (rest.starts_with('{')) {  // {{{{ is two braces, {{{ a brace and a hole
      const bool both = rest.starts_with(kOpen);
      before += both ? kOpen : "{";
      at = open + (both ? 2 * kOpen.size() : 1);
      continue;
    }
    const std::size_t length = rest.find(kClose);
    if (length == std::string_view::npos)
      return std::unexpected(TemplateError{open, "{{ is not closed by }}"});
    auto hole = parse_hole(rest.substr(0, length));
    if (!hole) return std::unexpected(TemplateError{open, std::move(hole.error())});
    hole->before = std::exchange(before, {});
    result.holes_.push_back(std::move(*hole));
    at = open + kOpen.size() + length + kClose.size();
  }
  result.after_ = std::move(before);
  return result;
}

std::expected<Template::Hole, std::string> Template::parse_hole(std::string_view inside) {
  Hole hole;
  const std::size_t bar = inside.find('|');
  if (bar != std::string_view::npos) hole.otherwise = trim(inside.substr(bar + 1));
  hole.name = trim(inside.substr(0, bar));
  if (has_empty_segment(hole.name)) return std::unexpected("a name is missing between the braces");
  hole.path = hole.name;
  const auto source = source_of(hole.path);
  if (!source) return std::unexpected(source.error());
  hole.source = *source;
  return hole;
}

std::expected<std::string, std::string> Template::fill(const Hole& hole,
                                                       const TemplateScope& scope) {
  auto text = hole.source(scope, hole.path);
  if (text) return std::move(*text);
  if (hole.otherwise && !text.error().final) return *hole.otherwise;
  return std::unexpected("{{" + hole.name + "}}: " + std::string(text.error().why));
}

std::expected<std::string, std::string> Template::render(const TemplateScope& scope) const {
  std::string out;
  for (const Hole& hole : holes_) {
    out += hole.before;
    auto text = fill(hole, scope);
    if (!text) return text;
    if (text->contains('\0'))
      return std::unexpected("{{" + hole.name +
                             "}}: holds a NUL byte, which no argument can carry");
    out += *text;
  }
  out += after_;
  return out;
}

}  // namespace penstock::job
