#include "daemon/access_file.h"

#include <sys/stat.h>

#include <cerrno>
#include <utility>

#include "config/web/web_file.h"

namespace hardlink {
namespace {

std::string timeText(const timespec& time) {
  return std::to_string(time.tv_sec) + "." + std::to_string(time.tv_nsec);
}

/// A text that is another one when any of the files has changed.
std::string lookAt(const std::vector<std::string>& files) {
  std::string text;
  for (const std::string& file : files) {
    struct stat status {};
    if (stat(file.c_str(), &status) != 0) {
      text += "error " + std::to_string(errno) + "\n";
      continue;
    }
    text += std::to_string(status.st_dev) + " " + std::to_string(status.st_ino) + " " +
            std::to_string(status.st_size) + " " + timeText(status.st_mtim) + " " +
            timeText(status.st_ctim) + "\n";
  }
  return text;
}

}  // namespace

LoadedAccess AccessFile::load() {
  LoadedAccess loaded;
  if (path_.empty()) {
    return loaded;
  }
  // Read twice, since only the first time tells which files there are: whatever is changed after
  // they have been looked at will be noticed.
  std::vector<std::string> files = loadWebFile(path_).files;
  std::string look = lookAt(files);
  WebFile file = loadWebFile(path_);
  {
    const std::lock_guard lock(mutex_);
    files_ = std::move(files);
    read_ = look;
    last_ = std::move(look);
  }
  loaded.problems = std::move(file.problems);
  if (!loaded.problems.empty()) {
    return loaded;
  }
  auto made = makeAccess(std::move(file.access));
  if (auto* const access = std::get_if<Access>(&made)) {
    loaded.access = std::move(*access);
    return loaded;
  }
  for (AccessProblem& problem : std::get<1>(made)) {
    loaded.problems.push_back(
        {path_, problem.line, std::move(problem.key), std::move(problem.what)});
  }
  return loaded;
}

bool AccessFile::hasSettledChange() {
  std::vector<std::string> files;
  {
    const std::lock_guard lock(mutex_);
    files = files_;
  }
  std::string seen = lookAt(files);
  const std::lock_guard lock(mutex_);
  const bool settled = seen == last_ && seen != read_ && files == files_;
  last_ = std::move(seen);
  return settled;
}

}  // namespace hardlink
