// Headers: the fields of a request or a response, in order. Names are compared without regard to
// case, and one name may come several times.
//
// Deliberately absent: knowledge of any field. Values are text as it travels.
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace penstock::http {

struct Header {
  std::string name;
  std::string value;
};

class Headers {
 public:
  Headers() = default;
  Headers(std::initializer_list<Header> fields) : fields_(fields) {}

  /// Adds a field beside those of the same name.
  void add(std::string name, std::string value);
  /// Puts a field in the place of all of the same name.
  void set(std::string name, std::string value);
  void remove(std::string_view name);
  /// Continues the last value, as an indented line of a head does.
  void extend(std::string_view more);

  /// The first value; nullopt when there is none. Valid until the headers are changed.
  std::optional<std::string_view> get(std::string_view name) const noexcept;
  /// Every value, in order.
  std::vector<std::string_view> get_all(std::string_view name) const;
  bool contains(std::string_view name) const noexcept { return get(name).has_value(); }

  bool empty() const noexcept { return fields_.empty(); }
  std::size_t size() const noexcept { return fields_.size(); }
  auto begin() const noexcept { return fields_.begin(); }
  auto end() const noexcept { return fields_.end(); }

 private:
  std::vector<Header> fields_;
};

/// ASCII letters without regard to case, whatever the locale.
bool equal_ignoring_case(std::string_view a, std::string_view b) noexcept;

}  // namespace penstock::http
