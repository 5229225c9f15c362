#include "daemon/config/secret.hpp"

#include "daemon/config/yaml/source.hpp"

namespace penstock::config {
namespace {

// Redis itself takes half a gigabyte; nobody types one.
constexpr std::size_t kLongestSecret = 64UZ * 1024;

}  // namespace

std::expected<Secret, std::string> read_secret_file(const std::filesystem::path& path) {
  auto content = read_file(path, kLongestSecret);
  if (!content) return std::unexpected("cannot be read: " + content.error());
  content->erase(content->find_last_not_of("\r\n") + 1);
  if (content->empty()) return std::unexpected("is empty: write the password into it");
  return Secret(std::move(*content));
}

}  // namespace penstock::config
