// Aligned columns on standard output.
#pragma once

#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

namespace penstock::commands {

class Table {
 public:
  using Row = std::vector<std::string>;

  explicit Table(Row header) { add(std::move(header)); }

  void add(Row row) {
    widths_.resize(std::max(widths_.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) widths_[i] = std::max(widths_[i], row[i].size());
    rows_.push_back(std::move(row));
  }

  void print() const {
    for (const Row& row : rows_) {
      std::string line;
      for (std::size_t i = 0; i < row.size(); ++i) {
        line += row[i];
        if (i + 1 < row.size()) line.append(widths_[i] - row[i].size() + 2, ' ');
      }
      std::puts(line.c_str());
    }
  }

 private:
  std::vector<Row> rows_;
  std::vector<std::size_t> widths_;
};

}  // namespace penstock::commands
