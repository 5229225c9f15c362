// A directory of a test's own, gone with it.
#pragma once

#include <filesystem>

namespace penstock::test {

class TempDir {
 public:
  /// Under TMPDIR, readable by its owner only. Its path is short enough for a unix socket in it.
  TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  ~TempDir();

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path operator/(const std::filesystem::path& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

}  // namespace penstock::test
