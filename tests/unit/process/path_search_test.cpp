#include "penstock/process/path_search.hpp"

#include <catch2/catch.hpp>

using penstock::process::search_path;

namespace {

/// What is attempted for `name`, each attempt ending in the next of `errors`, and the result.
struct Search {
  Search(std::string_view name, const std::vector<std::string>& environment,
         std::vector<int> errors) {
    result = search_path(name, environment, [&](const char* file) {
      tried.emplace_back(file);
      return errors.at(tried.size() - 1);
    });
  }
  std::vector<std::string> tried;
  int result;
};

using Files = std::vector<std::string>;

}  // namespace

TEST_CASE("a name is tried in each directory of the child's PATH until one starts") {
  const Search search("x", {"HOME=/root", "PATH=/a:/b:/c"}, {ENOENT, 0});
  CHECK(search.tried == Files{"/a/x", "/b/x"});
  CHECK(search.result == 0);
}

TEST_CASE("a name with a slash is no matter of PATH") {
  const Search search("./x", {"PATH=/a"}, {ENOENT});
  CHECK(search.tried == Files{"./x"});
  CHECK(search.result == ENOENT);
}

TEST_CASE("without a PATH the system's own directories are searched") {
  CHECK(Search("x", {}, {ENOENT, ENOENT}).tried == Files{"/bin/x", "/usr/bin/x"});
}

TEST_CASE("an empty element of PATH is the working directory") {
  CHECK(Search("x", {"PATH=:/a:"}, {ENOENT, ENOENT, ENOENT}).tried == Files{"x", "/a/x", "x"});
}

TEST_CASE("a file that may not be run is passed over, and reported when there is no other") {
  CHECK(Search("x", {"PATH=/a:/b"}, {EACCES, 0}).result == 0);
  CHECK(Search("x", {"PATH=/a:/b"}, {EACCES, ENOENT}).result == EACCES);
}

TEST_CASE("another failure ends the search") {
  const Search search("x", {"PATH=/a:/b"}, {ENOEXEC, 0});
  CHECK(search.tried == Files{"/a/x"});
  CHECK(search.result == ENOEXEC);
}

TEST_CASE("an empty name is not found, whatever the PATH") {
  CHECK(Search("", {"PATH=/a"}, {}).result == ENOENT);
}
