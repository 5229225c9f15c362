#include "penstock/async/file.hpp"

#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>

#include "support/async_run.hpp"
#include "support/temp_dir.hpp"

namespace penstock::test {
namespace {

using namespace penstock::async;
using Catch::Matchers::StartsWith;

std::size_t files_in(const TempDir& dir) {
  return static_cast<std::size_t>(
      std::distance(std::filesystem::directory_iterator(dir.path()), {}));
}

/// Runs `body(pool)` on a loop.
template <class Body>
auto with_pool(Body body) {
  return run_virtual([&]() -> Task<> {
    ThreadPool pool(1);
    co_await body(pool);
  });
}

TEST_CASE("a file is read as it was written, in either way, whatever was there before") {
  const TempDir dir;
  const std::string path = dir / "file";
  const WriteMode how = GENERATE(WriteMode::kInPlace, WriteMode::kReplacing);
  const std::string large(200'000, 'x');
  with_pool([&](ThreadPool& pool) -> Task<> {
    for (const std::string& bytes : {large, std::string("a\0b", 3), std::string()}) {
      co_await write_file(pool, path, bytes, how);
      CHECK(co_await read_file(pool, path) == bytes);
    }
  });
  CHECK(files_in(dir) == 1);
}

TEST_CASE("a file that is not there, or too long, is an error that names it") {
  const TempDir dir;
  const std::string path = dir / "file";
  with_pool([&](ThreadPool& pool) -> Task<> {
    try {
      co_await read_file(pool, path);
      FAIL("it was read");
    } catch (const std::system_error& error) {
      CHECK_THAT(error.what(), StartsWith("cannot read " + path));
      CHECK(error.code() == std::errc::no_such_file_or_directory);
    }
    co_await write_file(pool, path, "1234");
    CHECK(co_await read_file(pool, path, 4) == "1234");
    try {
      co_await read_file(pool, path, 3);
      FAIL("it was read");
    } catch (const std::system_error& error) {
      CHECK(error.code() == std::errc::file_too_large);
    }
  });
}

TEST_CASE("replacing keeps permissions, and a reader that has the old file keeps that") {
  const TempDir dir;
  const std::string path = dir / "file";
  std::ofstream(path) << "old";
  std::filesystem::permissions(path, std::filesystem::perms(0640));
  std::ifstream reader(path);
  with_pool([&](ThreadPool& pool) -> Task<> {
    co_await write_file(pool, path, "new", WriteMode::kReplacing);
    CHECK(co_await read_file(pool, path) == "new");
  });
  CHECK(std::string(std::istreambuf_iterator<char>(reader), {}) == "old");
  CHECK(std::filesystem::status(path).permissions() == std::filesystem::perms(0640));
}

TEST_CASE("a replacement that fails leaves nothing behind") {
  const TempDir dir;
  const std::string path = dir / "directory";
  std::filesystem::create_directory(path);
  with_pool([&](ThreadPool& pool) -> Task<> {
    try {
      co_await write_file(pool, path, "new", WriteMode::kReplacing);
      FAIL("it replaced a directory");
    } catch (const std::system_error& error) {
      CHECK_THAT(error.what(), StartsWith("cannot write " + path));
    }
  });
  CHECK(files_in(dir) == 1);
}

}  // namespace
}  // namespace penstock::test
