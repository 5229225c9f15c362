#include "penstock/process/path_search.hpp"

namespace penstock::process {
namespace {

std::string_view path_of(const std::vector<std::string>& environment) {
  constexpr std::string_view kName = "PATH=";
  constexpr std::string_view kWithoutOne = "/bin:/usr/bin";  // confstr(_CS_PATH)
  for (const std::string_view variable : environment) {
    if (variable.starts_with(kName)) return variable.substr(kName.size());
  }
  return kWithoutOne;
}

bool means_look_further(int error) {
  return error == EACCES || error == ENOENT || error == ENOTDIR || error == ESTALE ||
         error == ENODEV || error == ETIMEDOUT;
}

}  // namespace

int search_path(std::string_view name, const std::vector<std::string>& environment,
                const std::function<int(const char* file)>& attempt) {
  if (name.empty()) return ENOENT;
  if (name.contains('/')) return attempt(std::string(name).c_str());
  bool denied = false;
  std::string file;
  for (std::string_view rest = path_of(environment);;) {
    const std::size_t colon = rest.find(':');
    file = rest.substr(0, colon);
    if (!file.empty()) file += '/';  // an empty element is the working directory
    file += name;
    const int error = attempt(file.c_str());
    if (!means_look_further(error)) return error;
    denied = denied || error == EACCES;
    if (colon == std::string_view::npos) return denied ? EACCES : ENOENT;
    rest.remove_prefix(colon + 1);
  }
}

}  // namespace penstock::process
