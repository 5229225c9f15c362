#include "bench/report.hpp"

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "bench/measure.hpp"

namespace penstock::bench {
namespace {

std::string number(double value) {
  const int digits = value >= 1000 ? 0 : value >= 10 ? 1 : 3;
  char text[32];
  std::snprintf(text, sizeof text, "%.*f", digits, value);
  return text;
}

double ratio(const Row& row) {
  const double against = median(row.against);
  return against > 0 ? median(row.figures) / against : 0;
}

bool met(const Row& row) {
  const double value = row.of_ratio ? ratio(row) : median(row.figures);
  return row.at_least ? value >= row.target : value <= row.target;
}

std::string target(const Row& row) {
  if (row.target <= 0) return "";
  const std::string sign = row.at_least ? ">= " : "<= ";
  return sign + number(row.target) + (row.of_ratio ? " x" : "") +
         (met(row) ? "  met" : "  NOT MET");
}

}  // namespace

void Report::add(Row row) {
  const auto known =
      std::ranges::find_if(rows_, [&](const Row& other) { return other.what == row.what; });
  if (known == rows_.end()) {
    rows_.push_back(std::move(row));
    return;
  }
  known->figures.insert(known->figures.end(), row.figures.begin(), row.figures.end());
  known->against.insert(known->against.end(), row.against.begin(), row.against.end());
}

void Report::print_table() const {
  std::printf("%-46s %10s %10s %10s  %-8s %7s  %-28s %s\n", "what", "min", "median", "max", "unit",
              "ratio", "to", "target");
  for (const Row& row : rows_) {
    const auto [least, most] = std::ranges::minmax(row.figures);
    const std::string to =
        row.against.empty() ? "" : row.against_what + " " + number(median(row.against));
    std::printf("%-46s %10s %10s %10s  %-8s %7s  %-28s %s\n", row.what.c_str(),
                number(least).c_str(), number(median(row.figures)).c_str(), number(most).c_str(),
                row.unit.c_str(), row.against.empty() ? "" : number(ratio(row)).c_str(), to.c_str(),
                target(row).c_str());
  }
}

void Report::print_json() const {
  nlohmann::json document = nlohmann::json::array();
  for (const Row& row : rows_) {
    nlohmann::json entry{{"what", row.what},
                         {"unit", row.unit},
                         {"figures", row.figures},
                         {"median", median(row.figures)}};
    if (!row.against.empty()) {
      entry["against"] = {
          {"what", row.against_what}, {"figures", row.against}, {"median", median(row.against)}};
      entry["ratio"] = ratio(row);
    }
    if (row.target > 0)
      entry["target"] = {{"value", row.target},
                         {"at_least", row.at_least},
                         {"of_ratio", row.of_ratio},
                         {"met", met(row)}};
    document.push_back(std::move(entry));
  }
  std::printf("%s\n", document.dump(2).c_str());
}

}  // namespace penstock::bench
