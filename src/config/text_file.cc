#include "config/text_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>

#include "base/os/fd.h"

namespace hardlink {

Result<std::string> readTextFile(const std::string& path, std::size_t most) {
  const Fd fd(retryOnEintr([&] { return ::open(path.c_str(), O_RDONLY | O_CLOEXEC); }));
  if (!fd.valid()) {
    return errnoError("cannot be read");
  }
  std::string text;
  std::array<char, 65536> buffer{};
  while (text.size() <= most) {
    const ssize_t length =
        retryOnEintr([&] { return ::read(fd.get(), buffer.data(), buffer.size()); });
    if (length < 0) {
      return errnoError("cannot be read");
    }
    if (length == 0) {
      break;
    }
    text.append(buffer.data(), static_cast<std::size_t>(length));
  }
  return text;
}

}  // namespace hardlink
