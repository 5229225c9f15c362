#include "daemon/config/environment.hpp"

#include <fmt/format.h>

#include <unistd.h>

#include <algorithm>
#include <optional>

#include "daemon/config/diagnostic.hpp"

namespace penstock::config {
namespace {

constexpr std::size_t kLongest = std::size_t{1} << 20U;

bool is_name_character(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

}  // namespace

bool is_variable_name(std::string_view name) noexcept {
  return !name.empty() && std::ranges::all_of(name, is_name_character) &&
         !(name.front() >= '0' && name.front() <= '9');
}

Environment process_environment() {
  Environment all;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view pair(*entry);
    const std::size_t equals = pair.find('=');
    if (equals != pair.npos) all.emplace(pair.substr(0, equals), pair.substr(equals + 1));
  }
  return all;
}

std::size_t Substituted::original_offset(std::size_t offset) const noexcept {
  const auto after = std::ranges::upper_bound(pieces_, offset, {}, &Piece::at);
  if (after == pieces_.begin()) return offset;
  const Piece& piece = *std::prev(after);
  return piece.verbatim ? piece.original + (offset - piece.at) : piece.original;
}

// One walk over a text; `at_` is how far it has come.
class Substitution {
 public:
  Substitution(std::string_view from, const Environment& environment, Escape escape)
      : from_(from), environment_(environment), escape_(escape) {}

  std::expected<Substituted, SubstitutionError> run() {
    while (at_ < from_.size()) {
      const std::size_t next = std::min(from_.find('$', at_), from_.size());
      copy(next);
      if (next < from_.size() && !dollar()) return std::unexpected(std::move(*error_));
    }
    return std::move(out_);
  }

 private:
  void copy(std::size_t end) {
    if (end == at_) return;
    out_.pieces_.push_back({out_.text.size(), at_, true});
    out_.text += from_.substr(at_, end - at_);
    at_ = end;
  }

  // Consumes a `$` and what belongs to it.
  bool dollar() {
    const std::string_view rest = from_.substr(at_);
    if (rest.starts_with("$${")) {
      ++at_;
      copy(at_ + 2);
      return true;
    }
    if (!rest.starts_with("${")) {
      copy(at_ + 1);
      return true;
    }
    const std::size_t close = rest.find('}');
    if (close == rest.npos)
      return fail("a ${ without its }: close it, or write $${ for a plain ${");
    return variable(rest.substr(2, close - 2), close + 1);
  }

  bool variable(std::string_view inside, std::size_t length) {
    const std::size_t colon = inside.find(':');
    const std::string_view name = inside.substr(0, colon);
    const std::string_view otherwise = colon == inside.npos ? "" : inside.substr(colon);
    if (!is_variable_name(name) || (!otherwise.empty() && !otherwise.starts_with(":-"))) {
      return fail(fmt::format(
          "${{{}}} is not ${{NAME}} or ${{NAME:-default}}; write $${{ for a plain ${{", inside));
    }
    if (otherwise.contains("${")) return fail("a ${ inside a default: a default is plain text");
    const auto value = value_of(name, otherwise);
    if (!value) {
      return fail(
          fmt::format("the environment has no {}: set it, or write ${{{}:-default}}", name, name));
    }
    if (out_.text.size() + value->size() > kLongest)
      return fail("the values filled in are too long");
    put(*value);
    at_ += length;
    return true;
  }

  void put(std::string_view value) {
    out_.pieces_.push_back({out_.text.size(), at_, false});
    if (escape_ != nullptr) {
      out_.text += escape_(value);
    } else {
      out_.text += value;
    }
  }

  std::optional<std::string_view> value_of(std::string_view name,
                                           std::string_view otherwise) const {
    const auto found = environment_.find(name);
    const bool set = found != environment_.end();
    if (!otherwise.empty() && (!set || found->second.empty())) return otherwise.substr(2);
    if (!set) return std::nullopt;
    return found->second;
  }

  bool fail(std::string what) {
    error_ = {at_, std::move(what)};
    return false;
  }

  const std::string_view from_;
  const Environment& environment_;
  const Escape escape_;
  std::size_t at_ = 0;
  Substituted out_;
  std::optional<SubstitutionError> error_;
};

std::expected<Substituted, SubstitutionError> substitute(std::string_view text,
                                                         const Environment& environment,
                                                         Escape escape) {
  return Substitution(text, environment, escape).run();
}

}  // namespace penstock::config
