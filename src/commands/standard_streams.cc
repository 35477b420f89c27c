#include "commands/standard_streams.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/os/fd.h"
#include "base/utf8.h"

namespace hardlink {
namespace {

Result<void> writeAll(int fd, const std::string& content, const std::string& path) {
  for (std::size_t done = 0; done < content.size();) {
    const ssize_t written =
        retryOnEintr([&] { return write(fd, content.data() + done, content.size() - done); });
    if (written < 0) {
      return errnoError("write " + path);
    }
    done += static_cast<std::size_t>(written);
  }
  return {};
}

Result<void> fillAndRename(int fd, const std::string& temporary, const std::string& path,
                           const std::string& content) {
  RETURN_IF_ERROR(writeAll(fd, content, temporary));
  // mkostemp makes the file 0600, which the collector's user could not read.
  if (fchmod(fd, 0644) != 0 || fsync(fd) != 0) {
    return errnoError("write " + temporary);
  }
  if (rename(temporary.c_str(), path.c_str()) != 0) {
    return errnoError("rename " + temporary + " to " + path);
  }
  return {};
}

}  // namespace

void complain(const std::string& what) {
  (void)put("hardlink_exporter: " + printable(what) + "\n", stderr);
}

void complain(const char* command, const std::string& what) {
  complain(std::string(command) + ": " + what);
}

bool put(const std::string& text, std::FILE* stream, TextKind kind) {
  const std::string shown = takesUtf8(fileno(stream)) ? text : inAscii(text, kind);
  return std::fwrite(shown.data(), 1, shown.size(), stream) == shown.size() &&
         std::fflush(stream) == 0;
}

bool writeOut(const char* command, const std::string& text, TextKind kind) {
  const bool written = put(text, stdout, kind);
  if (!written) {
    complain(command, errnoError("write standard output").message());
  }
  return written;
}

Result<void> replaceFile(const std::string& path, const std::string& content) {
  const std::size_t slash = path.rfind('/');
  const std::string directory = slash == std::string::npos ? "" : path.substr(0, slash + 1);
  const std::string name = slash == std::string::npos ? path : path.substr(slash + 1);
  // The textfile collector skips a name with a leading dot and without .prom at the end.
  std::string temporary = directory + "." + name + ".XXXXXX";
  const Fd fd(mkostemp(temporary.data(), O_CLOEXEC));
  if (!fd.valid()) {
    return errnoError("write " + path);
  }
  auto replaced = fillAndRename(fd.get(), temporary, path, content);
  if (!replaced) {
    (void)unlink(temporary.c_str());
  }
  return replaced;
}

}  // namespace hardlink
