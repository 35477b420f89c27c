#include "farms/evidence/directory.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>

#include "base/clean_path.h"
#include "base/os/fd.h"
#include "base/os/older_kernel.h"
#include "base/os/open_beneath.h"
#include "base/os/read_file.h"
#include "base/time.h"

namespace hardlink {
std::string Directory::place(const std::string& relative) const {
  if (relative.empty()) {
    return path_.empty() ? "." : path_;
  }
  return below(relative);
}

std::vector<std::string> Directory::list(const std::string& relative, std::size_t most,
                                         bool directories_only) const {
  std::vector<std::string> names;
  int error = 0;
  const Fd directory = os::openDirectoryAt(root_, place(relative).c_str(), error);
  if (!directory.valid()) {
    return names;
  }
  os::DirectoryReader reader;
  reader.start(directory.get());
  while (names.size() < most) {
    const os::DirectoryEntry* const entry = reader.next();
    if (entry == nullptr) {
      break;
    }
    os::FileType type = entry->type;
    if (directories_only && type == os::FileType::unknown) {
      const auto status = os::statEntry(directory.get(), entry->name, error);
      type = status ? status->type : type;
    }
    if (!directories_only || type == os::FileType::directory) {
      names.emplace_back(entry->name);
    }
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::vector<std::string> Directory::names(const std::string& relative, std::size_t most) const {
  return list(relative, most, false);
}

std::vector<std::string> Directory::subdirectories(const std::string& relative,
                                                   std::size_t most) const {
  if (!relative.empty() || most != kMostNames) {
    return list(relative, most, true);
  }
  if (!subdirectories_) {
    subdirectories_ = list(relative, most, true);
  }
  return *subdirectories_;
}

std::optional<os::FileStatus> Directory::status(const std::string& relative) const {
  int error = 0;
  return os::statBelow(root_, place(relative), error);
}

bool Directory::hasDirectory(const std::string& relative) const {
  const auto found = status(relative);
  return found && found->type == os::FileType::directory;
}

bool Directory::hasFile(const std::string& relative) const {
  const auto found = status(relative);
  return found && found->type == os::FileType::regular;
}

DirectoryTimes Directory::times(const std::string& relative) const {
  DirectoryTimes times;
  int error = 0;
  const Fd directory = os::openDirectoryAt(root_, place(relative).c_str(), error);
  struct statx status {};
  if (!directory.valid() ||
      statxOrFstatat(directory.get(), "", AT_EMPTY_PATH, STATX_BTIME | STATX_MTIME, status) != 0) {
    return times;
  }
  if ((status.stx_mask & STATX_MTIME) != 0) {
    times.modified = timeFromUnix(status.stx_mtime.tv_sec, status.stx_mtime.tv_nsec);
  }
  if ((status.stx_mask & STATX_BTIME) != 0) {
    times.born = timeFromUnix(status.stx_btime.tv_sec, status.stx_btime.tv_nsec);
  }
  return times;
}

std::optional<std::string> Directory::symlink(const std::string& relative) const {
  const std::string path = place(relative);
  const std::size_t slash = path.rfind('/');
  int error = 0;
  const Fd holder = os::openDirectoryAt(
      root_, slash == std::string::npos ? "." : path.substr(0, slash).c_str(), error);
  return holder.valid() ? os::readSymlink(holder.get(), path.substr(slash + 1).c_str(), error)
                        : std::nullopt;
}

bool Directory::isAt(const std::string& path) const {
  int error = 0;
  const std::string link = "/proc/self/fd/" + std::to_string(root_);
  const auto top = os::readSymlink(AT_FDCWD, link.c_str(), error);
  return top && !path.empty() && cleanPath(path) == cleanPath(*top + "/" + path_);
}

std::optional<std::string> Directory::contents(const std::string& relative,
                                               std::size_t most) const {
  int error = 0;
  const Fd file =
      openBeneath(root_, place(relative).c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC, {}, error);
  auto text = readFile(file, relative, {.most_bytes = most, .cut = true});
  return text ? std::optional(*std::move(text)) : std::nullopt;
}

std::optional<std::string> contentsOfFile(const std::string& path) {
  auto text = readFile(path, {.most_bytes = 256UL * 1024, .cut = true});
  return text ? std::optional(*std::move(text)) : std::nullopt;
}

}  // namespace hardlink
