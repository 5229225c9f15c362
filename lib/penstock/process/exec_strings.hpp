// Strings as exec takes them: an array of pointers that ends in a null.
#pragma once

#include <string>
#include <vector>

namespace penstock::process {

class ExecStrings {
 public:
  /// Points into `strings`, which must outlive this.
  explicit ExecStrings(const std::vector<std::string>& strings) {
    pointers_.reserve(strings.size() + 1);
    // exec's arguments are only char* for C's sake: it does not write to them.
    for (const std::string& string : strings)
      pointers_.push_back(const_cast<char*>(string.c_str()));
    pointers_.push_back(nullptr);
  }

  char* const* get() const noexcept { return pointers_.data(); }

 private:
  std::vector<char*> pointers_;
};

}  // namespace penstock::process
