#include "image/files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <utility>

#include "docker/json.h"
#include "image/tar/tar_reader.h"

namespace hardlink {

Result<std::unique_ptr<ImageFiles>> openImageFiles(const std::string& path) {
  // Without O_NONBLOCK, open(2) would block on a FIFO until another process writes to it.
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

Error tooLong(const std::string& name) {
  return {0, fmt::format("{} in the image is longer than {} MiB, too long for what it should be",
                         name, kLongestDocument >> 20U)};
}

Result<std::string> readWholeDocument(FileRange range, const std::string& name) {
  if (range.size > kLongestDocument) {
    return tooLong(name);
  }
  std::string text(range.size, '\0');
  const auto stream = streamOf(std::move(range));
  std::size_t filled = 0;
  while (filled < text.size()) {
    const auto got = stream->read(text.data() + filled, text.size() - filled);
    if (!got) {
      return Error{got.error().code, "read " + name + " in the image"};
    }
    if (*got == 0) {
      return Error{0, name + " in the image is truncated"};
    }
    filled += *got;
  }
  return text;
}

Result<void> readLayerTar(std::unique_ptr<ByteStream> bytes, const std::string& name,
                          const EntryVisitor& visit) {
  TarReader tar(std::move(bytes));
  while (true) {
    const auto entry = tar.next();
    if (!entry) {
      return Error{entry.error().code, fmt::format("layer {}: {}", name, entry.error().context)};
    }
    if (*entry == nullptr || !visit(**entry)) {
      return {};
    }
  }
}

}  // namespace hardlink
