#include "image/files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <utility>

#include "docker/json.h"
#include "image/tar/tar_reader.h"

namespace hardlink {
namespace {

/// A new file without a name in `directory`. It is gone when its last descriptor is closed.
Result<Fd> openUnnamed(const std::string& directory) {
  Fd fd(open(directory.c_str(), O_TMPFILE | O_RDWR | O_EXCL | O_CLOEXEC, 0600));
  if (!fd.valid() && (errno == EOPNOTSUPP || errno == EISDIR)) {  // not on NFS, nor before 3.11
    std::string path = directory + "/hardlink_exporter.XXXXXX";
    fd = Fd(mkostemp(path.data(), O_CLOEXEC));
    if (fd.valid()) {
      (void)unlink(path.c_str());
    }
  }
  if (!fd.valid()) {
    return errnoError("create a file in " + directory);
  }
  return fd;
}

/// Appends all that `from` has to `to`; returns how many bytes that is. `what` is for the error.
Result<std::uint64_t> copyAll(int from, const Fd& to, const std::string& what) {
  constexpr std::size_t kBufferBytes = 256 * 1024;
  std::string buffer(kBufferBytes, '\0');
  std::uint64_t copied = 0;
  while (true) {
    const ssize_t got = retryOnEintr([&] { return read(from, buffer.data(), buffer.size()); });
    if (got <= 0) {
      return got == 0 ? Result<std::uint64_t>(copied) : errnoError("read standard input");
    }
    for (ssize_t written = 0; written < got;) {
      const ssize_t now = retryOnEintr([&] {
        return write(to.get(), buffer.data() + written, static_cast<std::size_t>(got - written));
      });
      if (now < 0) {
        return errnoError(what);
      }
      written += now;
    }
    copied += static_cast<std::uint64_t>(got);
  }
}

/// The rest of standard input: of a file in place, of anything else as a copy, since an image is
/// not read in the order of its bytes.
Result<FileRange> standardInput() {
  struct stat status {};
  const off_t at = lseek(STDIN_FILENO, 0, SEEK_CUR);
  if (at >= 0 && fstat(STDIN_FILENO, &status) == 0 && S_ISREG(status.st_mode)) {
    Fd fd(fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0));
    if (!fd.valid()) {
      return errnoError("open standard input");
    }
    const off_t left = status.st_size > at ? status.st_size - at : 0;
    return FileRange{std::make_shared<const Fd>(std::move(fd)), static_cast<std::uint64_t>(at),
                     static_cast<std::uint64_t>(left)};
  }
  const char* const chosen = std::getenv("TMPDIR");
  const std::string directory = chosen != nullptr && *chosen != '\0' ? chosen : "/var/tmp";
  ASSIGN_OR_RETURN(Fd copy, openUnnamed(directory));
  ASSIGN_OR_RETURN(
      const std::uint64_t bytes,
      copyAll(STDIN_FILENO, copy,
              fmt::format("copy the image to {} (TMPDIR names another directory)", directory)));
  return FileRange{std::make_shared<const Fd>(std::move(copy)), 0, bytes};
}

}  // namespace

Result<std::unique_ptr<ImageFiles>> openImageFiles(const std::string& path) {
  if (path == kStandardInput) {
    ASSIGN_OR_RETURN(FileRange input, standardInput());
    if (input.size == 0) {
      return Error{0, "it is empty"};
    }
    return openImageTar(std::move(input));
  }
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
