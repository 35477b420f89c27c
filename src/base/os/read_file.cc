#include "base/os/read_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

namespace hardlink {

Result<std::string> readFile(const std::string& path, const ReadLimits& limits) {
  // Without O_NONBLOCK a FIFO would block this thread until a program writes to it.
  const int flags = O_RDONLY | O_CLOEXEC | O_NOCTTY | (limits.any_kind ? 0 : O_NONBLOCK) |
                    (limits.follow_symlink ? 0 : O_NOFOLLOW);
  const Fd file(retryOnEintr([&] { return ::open(path.c_str(), flags); }));
  if (!file.valid()) {
    return errnoError(path);
  }
  return readFile(file, path, limits);
}

Result<std::string> readFile(const Fd& file, const std::string& path, const ReadLimits& limits) {
  constexpr std::size_t kChunkBytes = 64UL * 1024;
  struct stat status {};
  if (fstat(file.get(), &status) != 0) {
    return errnoError(path);
  }
  if (!limits.any_kind && !S_ISREG(status.st_mode)) {
    return Error{S_ISDIR(status.st_mode) ? EISDIR : EINVAL, path};
  }
  std::string text;
  while (text.size() <= limits.most_bytes) {
    const std::size_t filled = text.size();
    text.resize(filled + std::min(kChunkBytes, limits.most_bytes + 1 - filled));
    const ssize_t bytes = retryOnEintr(
        [&] { return ::read(file.get(), text.data() + filled, text.size() - filled); });
    if (bytes < 0) {
      return errnoError(path);
    }
    text.resize(filled + static_cast<std::size_t>(bytes));
    if (bytes == 0) {
      return text;
    }
  }
  if (!limits.cut) {
    return Error{EFBIG, path};
  }
  text.resize(limits.most_bytes);
  return text;
}

}  // namespace hardlink
