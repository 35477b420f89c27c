#include "changing_tree.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <system_error>
#include <utility>

#include "base/os/fd.h"
#include "support/temp_tree.h"

namespace hardlink {
namespace {

constexpr unsigned kSnapshots = 5;
constexpr unsigned kDirectories = 4;
constexpr unsigned kFiles = 12;

/// Most changes are possible; one that is not says so with an errno.
void expectOrdinary(int result, const std::string& what) {
  const bool ordinary = result == 0 || errno == ENOENT || errno == EEXIST || errno == ENOTEMPTY ||
                        errno == ENOTDIR || errno == EISDIR || errno == EINVAL || errno == EPERM ||
                        errno == EBUSY;
  throwErrnoUnless(ordinary, what);
}

void write(const std::string& path, std::size_t bytes) {
  const Fd fd(open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0644));
  if (fd.valid()) {
    const std::string content(bytes, 'x');
    throwErrnoUnless(::write(fd.get(), content.data(), content.size()) >= 0, "write " + path);
    throwErrnoUnless(fsync(fd.get()) == 0, "fsync " + path);
  }
}

}  // namespace

ChangingTree::ChangingTree(std::string root, unsigned seed)
    : root_(std::move(root)), random_(seed) {
  plant(root_, {makeDir("other", {makeFile("f0")})});
  for (unsigned s = 0; s < kSnapshots; ++s) {
    const std::string snapshot = "s" + std::to_string(s);
    for (unsigned d = 0; d < kDirectories; ++d) {
      plant(root_, {makeDir(snapshot, {makeDir("d" + std::to_string(d), {makeDir("d0")})})});
    }
  }
  for (unsigned i = 0; i < 200; ++i) {
    changeFile();
  }
}

unsigned ChangingTree::below(unsigned end) {
  return std::uniform_int_distribution<unsigned>(0, end - 1)(random_);
}

std::string ChangingTree::snapshot() {
  const unsigned number = below(kSnapshots + 1);
  return root_ + (number == kSnapshots ? "/other" : "/s" + std::to_string(number));
}

std::string ChangingTree::directory() {
  std::string path = snapshot();
  for (unsigned depth = below(4); depth > 0; --depth) {
    path += "/d" + std::to_string(below(kDirectories));
  }
  return path;
}

std::string ChangingTree::file() { return directory() + "/f" + std::to_string(below(kFiles)); }

void ChangingTree::change() {
  const unsigned kind = below(100);
  if (kind < 65) {
    changeFile();
  } else if (kind < 97) {
    changeDirectory();
  } else {
    changeSnapshot();
  }
}

void ChangingTree::changeFile() {
  const std::string path = file();
  switch (below(7)) {
    case 0:
    case 1:
    case 2: {
      const std::string other = file();
      expectOrdinary(link(path.c_str(), other.c_str()), "link " + other);
      return;
    }
    case 3:
      expectOrdinary(unlink(path.c_str()), "unlink " + path);
      return;
    case 4: {
      const std::string other = file();
      expectOrdinary(rename(path.c_str(), other.c_str()), "rename " + path);
      return;
    }
    case 5:
      expectOrdinary(symlink("somewhere", path.c_str()), "symlink " + path);
      return;
    default:
      write(path, below(3) == 0 ? 5000 : 1);
  }
}

void ChangingTree::changeDirectory() {
  const std::string path = directory() + "/d" + std::to_string(below(kDirectories));
  switch (below(5)) {
    case 0:
    case 1:
      expectOrdinary(mkdir(path.c_str(), 0755), "mkdir " + path);
      return;
    case 2:
      expectOrdinary(rmdir(path.c_str()), "rmdir " + path);
      return;
    case 3: {
      const std::string other = directory() + "/d" + std::to_string(below(kDirectories));
      expectOrdinary(rename(path.c_str(), other.c_str()), "rename " + path);
      return;
    }
    default: {
      const timespec long_ago{.tv_sec = 1'000'000 + below(1000), .tv_nsec = 0};
      const timespec times[2] = {long_ago, long_ago};
      expectOrdinary(utimensat(AT_FDCWD, path.c_str(), times, 0), "utimensat " + path);
      expectOrdinary(chmod(path.c_str(), below(2) == 0 ? 0755 : 0700), "chmod " + path);
    }
  }
}

void ChangingTree::changeSnapshot() {
  const std::string path = root_ + "/s" + std::to_string(below(kSnapshots));
  const std::string other = root_ + "/s" + std::to_string(below(kSnapshots));
  std::error_code ignored;
  switch (below(3)) {
    case 0:
      std::filesystem::remove_all(path, ignored);
      return;
    case 1:
      expectOrdinary(rename(path.c_str(), other.c_str()), "rename " + path);
      return;
    default:
      std::filesystem::copy(path, other,
                            std::filesystem::copy_options::recursive |
                                std::filesystem::copy_options::create_hard_links |
                                std::filesystem::copy_options::skip_existing,
                            ignored);
  }
}

}  // namespace hardlink
