#include "base/os/open_beneath.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <functional>
#include <string>
#include <vector>

#include "support/catch.h"
#include "support/child.h"
#include "support/temp_tree.h"

namespace hardlink {
namespace {

constexpr Reach kStrict{};
constexpr Reach kThroughSymlinks{.symlinks = true, .mounts = true};
constexpr int kFlags = O_RDONLY | O_CLOEXEC | O_NONBLOCK;

/// The result of opening a path: the name of an error, or the inode number of the opened file.
std::string opened(int directory, const std::string& path, int flags, Reach reach) {
  int error = 0;
  const Fd fd = openBeneath(directory, path.c_str(), flags, reach, error);
  struct stat status {};
  if (!fd.valid() || fstat(fd.get(), &status) != 0) {
    return strerrorname_np(error);
  }
  return error == 0 ? std::to_string(status.st_ino) : "an error and a descriptor";
}

constexpr std::array kPaths = {
    "",
    ".",
    "./",
    "/",
    "..",
    "file",
    "file/",
    "file/x",
    "dir",
    "dir/",
    "dir/.",
    "./dir//inner",
    "dir/inner",
    "dir/..",
    "dir/../..",
    "dir/../file",
    "gone",
    "dir/gone",
    "to-file",
    "to-file/",
    "to-dir",
    "to-dir/",
    "to-dir/inner",
    "to-dir/../file",
    "dir/to-top",
    "dir/to-top/file",
    "dir/out",
    "dir/out/x",
    "absolute",
    "dangling",
    "loop",
    "loop/x",
    "to-link",
    "/etc",
    "dir/in-and-out",
};

void plantTree(const TempDir& top) {
  plant(top.path(),
        {makeFile("file", "x"),
         makeDir("dir", {makeDir("inner"), makeSymlink("to-top", ".."), makeSymlink("out", "../.."),
                         makeSymlink("in-and-out", "../../" + top.path())}),
         makeSymlink("to-file", "file"), makeSymlink("to-dir", "dir"),
         makeSymlink("absolute", top.path()), makeSymlink("dangling", "nowhere"),
         makeSymlink("loop", "loop"), makeSymlink("to-link", "./to-dir/to-top/to-file")});
}

/// The results for every path with every reach, for a file and for a directory.
std::string allAnswers(int directory) {
  std::string answers;
  for (const char* path : kPaths) {
    for (const Reach reach : {kStrict, kThroughSymlinks}) {
      for (const int flags : {kFlags, kFlags | O_DIRECTORY}) {
        answers += std::string(path) + (reach.symlinks ? " through symlinks" : "") +
                   ((flags & O_DIRECTORY) != 0 ? " a directory" : "") + ": " +
                   opened(directory, path, flags, reach) + "\n";
      }
    }
  }
  return answers;
}

std::string withoutOpenat2(int error, const std::function<std::string()>& question) {
  return inChild([&] {
    refuseCalls({SYS_openat2}, error);
    return question();
  });
}

TEST_CASE("symlinks are followed only if that is allowed, and only below the directory") {
  const TempDir top;
  plantTree(top);
  const Fd directory(open(top.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  const auto answers = [&] {
    std::string text;
    for (const char* path : {"to-file", "to-link", "dir/to-top/file"}) {
      CHECK(opened(directory.get(), path, kFlags, kThroughSymlinks) ==
            opened(directory.get(), "file", kFlags, kThroughSymlinks));
      text += opened(directory.get(), path, kFlags, kStrict) + " ";
    }
    for (const char* path : {"dir/out", "absolute", "..", "/etc", "dir/in-and-out"}) {
      text += opened(directory.get(), path, kFlags, kThroughSymlinks) + " ";
    }
    return text + opened(directory.get(), "loop", kFlags, kThroughSymlinks);
  };
  const std::string expected = "ELOOP ELOOP ELOOP EXDEV EXDEV EXDEV EXDEV EXDEV ELOOP";
  CHECK(answers() == expected);
  CHECK(withoutOpenat2(ENOSYS, answers) == expected);
}

TEST_CASE("without openat2 every path gives the same result") {
  const TempDir top;
  plantTree(top);
  const Fd directory(open(top.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  const std::string by_kernel = allAnswers(directory.get());
  for (const int error : {ENOSYS, EPERM}) {
    CAPTURE(error);
    CHECK(withoutOpenat2(error, [&] { return allAnswers(directory.get()); }) == by_kernel);
  }
}

TEST_CASE("without openat2 a chain of more symlinks than the kernel follows is refused") {
  const TempDir top;
  std::vector<TreeEntry> chain = {makeFile("s0")};
  for (int i = 1; i <= 41; ++i) {
    chain.push_back(makeSymlink("s" + std::to_string(i), "s" + std::to_string(i - 1)));
  }
  plant(top.path(), chain);
  const Fd directory(open(top.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  const auto answers = [&] {
    return opened(directory.get(), "s41", kFlags, kThroughSymlinks) + " " +
           opened(directory.get(), "s40", kFlags, kThroughSymlinks);
  };
  CHECK(answers().starts_with("ELOOP "));
  CHECK(withoutOpenat2(ENOSYS, answers) == answers());
}

TEST_CASE("without openat2 a long path needs no more descriptors than a short one") {
  const TempDir top;
  plant(top.path(), {makeDeep("d", 100)});
  std::string path = "d";
  for (int i = 1; i < 100; ++i) {
    path += "/d";
  }
  const Fd directory(open(top.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  CHECK(withoutOpenat2(ENOSYS, [&] {
          const rlimit few{20, 20};
          return setrlimit(RLIMIT_NOFILE, &few) == 0
                     ? opened(directory.get(), path, kFlags, kStrict)
                     : "no limit";
        }) == opened(directory.get(), path, kFlags, kStrict));
}

}  // namespace
}  // namespace hardlink
