#include "base/clean_path.h"

#include <algorithm>

namespace hardlink {

std::string cleanPath(std::string_view path) {
  std::string clean;
  while (!path.empty()) {
    const std::size_t slash = std::min(path.find('/'), path.size());
    const std::string_view component = path.substr(0, slash);
    path.remove_prefix(std::min(slash + 1, path.size()));
    if (component == "..") {
      const std::size_t parent = clean.rfind('/');
      clean.erase(parent == std::string::npos ? 0 : parent);
    } else if (!component.empty() && component != ".") {
      clean.append(clean.empty() ? "" : "/").append(component);
    }
  }
  return clean;
}

std::string shortestPath(std::string_view path) {
  if (path.starts_with('/')) {
    return "/" + cleanPath(path);
  }
  std::string clean;
  std::size_t parents = 0;  // bytes of the `..` at its start
  while (!path.empty()) {
    const std::size_t slash = std::min(path.find('/'), path.size());
    const std::string_view component = path.substr(0, slash);
    path.remove_prefix(std::min(slash + 1, path.size()));
    if (component == ".." && clean.size() > parents) {
      const std::size_t parent = clean.rfind('/');
      clean.erase(parent == std::string::npos ? 0 : parent);
    } else if (!component.empty() && component != ".") {
      clean.append(clean.empty() ? "" : "/").append(component);
      parents = component == ".." ? clean.size() : parents;
    }
  }
  return clean.empty() ? "." : clean;
}

std::string_view leafOf(std::string_view path) {
  return path.substr(path.rfind('/') + 1);  // npos + 1 is 0
}

std::string_view parentOf(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? std::string_view() : path.substr(0, slash);
}

std::string pathIn(std::string_view directory, std::string_view name) {
  std::string path(directory);
  return path.append(directory.empty() ? "" : "/").append(name);
}

}  // namespace hardlink
