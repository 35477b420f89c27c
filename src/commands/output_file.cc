#include "commands/output_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>

#include "base/os/fd.h"

namespace hardlink {
namespace {

std::optional<Error> writeAll(int fd, const std::string& content, const std::string& path) {
  for (std::size_t done = 0; done < content.size();) {
    const ssize_t written =
        retryOnEintr([&] { return write(fd, content.data() + done, content.size() - done); });
    if (written < 0) {
      return errnoError("write " + path);
    }
    done += static_cast<std::size_t>(written);
  }
  return std::nullopt;
}

std::optional<Error> fillAndRename(int fd, const std::string& temporary, const std::string& path,
                                   const std::string& content) {
  if (auto error = writeAll(fd, content, temporary)) {
    return error;
  }
  // mkstemp's 0600 would keep the collector's own user out.
  if (fchmod(fd, 0644) != 0 || fsync(fd) != 0) {
    return errnoError("write " + temporary);
  }
  if (rename(temporary.c_str(), path.c_str()) != 0) {
    return errnoError("rename " + temporary + " to " + path);
  }
  return std::nullopt;
}

}  // namespace

std::optional<Error> replaceFile(const std::string& path, const std::string& content) {
  const std::size_t slash = path.rfind('/');
  const std::string directory = slash == std::string::npos ? "" : path.substr(0, slash + 1);
  const std::string name = slash == std::string::npos ? path : path.substr(slash + 1);
  // A leading dot and no .prom at the end: the textfile collector passes it over.
  std::string temporary = directory + "." + name + ".XXXXXX";
  const Fd fd(mkostemp(temporary.data(), O_CLOEXEC));
  if (!fd.valid()) {
    return errnoError("write " + path);
  }
  auto error = fillAndRename(fd.get(), temporary, path, content);
  if (error) {
    (void)unlink(temporary.c_str());
  }
  return error;
}

}  // namespace hardlink
