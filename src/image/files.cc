#include "image/files.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <utility>

#include "image/directory.h"
#include "image/image_tar.h"

namespace hardlink {

Result<std::unique_ptr<ImageFiles>> openImageFiles(const std::string& path) {
  // Without O_NONBLOCK a FIFO would hold us up until somebody writes to it.
  Fd fd(retryOnEintr([&] { return open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK); }));
  if (!fd.valid()) {
    return errnoError("open " + path);
  }
  struct stat status {};
  if (fstat(fd.get(), &status) != 0) {
    return errnoError("stat " + path);
  }
  if (S_ISDIR(status.st_mode)) {
    return openImageDirectory(std::move(fd));
  }
  if (!S_ISREG(status.st_mode)) {
    return Error{0, path + " is neither a file nor a directory"};
  }
  return openImageTar(
      {std::make_shared<const Fd>(std::move(fd)), 0, static_cast<std::uint64_t>(status.st_size)});
}

}  // namespace hardlink
