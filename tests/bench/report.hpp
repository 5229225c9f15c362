// The result of a run: rows of figures, each beside what it is measured against.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace penstock::bench {

/// One figure over the rounds. `against` is the ceiling, floor or peer of the same rounds; 0 if
/// there is none.
struct Row {
  std::string what;
  std::string unit;
  std::vector<double> figures;
  std::string against_what = {};
  std::vector<double> against = {};
  /// The target, for the figure itself or, with `of_ratio`, for the ratio of the medians.
  double target = 0;
  bool at_least = true;
  bool of_ratio = false;
};

class Report {
 public:
  /// Adds a figure of one round; rows appear in the order of their first figure. The rest of `row`
  /// is taken from the first.
  void add(Row row);

  void print_table() const;
  void print_json() const;

 private:
  std::vector<Row> rows_;
};

}  // namespace penstock::bench
