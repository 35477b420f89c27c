#include "daemon/access_file.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>
#include <utility>

#include "config/web/web_file.h"

namespace hardlink {
namespace {

/// A text that differs when any of the files has changed.
std::string fingerprint(const std::vector<std::string>& files) {
  std::string text;
  for (const std::string& file : files) {
    struct stat now {};
    if (stat(file.c_str(), &now) != 0) {
      text += fmt::format("error {}\n", errno);
      continue;
    }
    text += fmt::format("{} {} {} {}.{} {}.{}\n", now.st_dev, now.st_ino, now.st_size,
                        now.st_mtim.tv_sec, now.st_mtim.tv_nsec, now.st_ctim.tv_sec,
                        now.st_ctim.tv_nsec);
  }
  return text;
}

}  // namespace

Result<Access, Problems> AccessFile::load() {
  if (path_.empty()) {
    return Access{};
  }
  // Read twice: the first time only to learn the names of the files. A change after their
  // fingerprint was taken is then noticed.
  std::vector<std::string> files = loadWebFile(path_).files;
  std::string before = fingerprint(files);
  WebFile file = loadWebFile(path_);
  {
    const std::lock_guard lock(mutex_);
    files_ = std::move(files);
    read_ = before;
    last_ = std::move(before);
  }
  if (!file.problems.empty()) {
    return std::move(file.problems);
  }
  auto made = makeAccess(std::move(file.access));
  if (made) {
    return made;
  }
  Problems problems = std::move(made).error();
  for (Problem& problem : problems) {
    problem.file = path_;
  }
  return problems;
}

bool AccessFile::hasSettledChange() {
  std::vector<std::string> files;
  {
    const std::lock_guard lock(mutex_);
    files = files_;
  }
  std::string now = fingerprint(files);
  const std::lock_guard lock(mutex_);
  const bool settled = now == last_ && now != read_ && files == files_;
  last_ = std::move(now);
  return settled;
}

}  // namespace hardlink
