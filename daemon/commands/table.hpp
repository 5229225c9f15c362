// Aligned columns on standard output. What could break a line or steer a terminal is escaped as in
// the log.
#pragma once

#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include "penstock/log/escape.hpp"

namespace penstock::commands {

class Table {
 public:
  using Row = std::vector<std::string>;

  explicit Table(const Row& header) { add(header); }

  void add(const Row& row) {
    widths_.resize(std::max(widths_.size(), row.size()));
    Row& cells = rows_.emplace_back(row.size());
    for (std::size_t i = 0; i < row.size(); ++i) {
      log::escape_plain(cells[i], row[i]);
      widths_[i] = std::max(widths_[i], cells[i].size());
    }
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
