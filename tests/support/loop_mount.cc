#include "support/loop_mount.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <iostream>
#include <stdexcept>
#include <utility>

#include "base/error.h"
#include "base/os/fd.h"

namespace hardlink {
namespace {

std::string joined(const std::vector<std::string>& words) {
  std::string line;
  for (const std::string& word : words) {
    line += (line.empty() ? "" : " ") + word;
  }
  return line;
}

/// Standard output and standard error both go to `output`.
pid_t spawn(const std::vector<std::string>& words, int output) {
  std::vector<char*> arguments;
  arguments.reserve(words.size() + 1);
  for (const std::string& word : words) {
    arguments.push_back(const_cast<char*>(word.c_str()));
  }
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, output, STDERR_FILENO);
  pid_t pid = -1;
  const int failure =
      posix_spawnp(&pid, arguments[0], &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (failure != 0) {
    throw std::runtime_error(joined(words) + ": " + std::strerror(failure));
  }
  return pid;
}

std::string readToEnd(int fd) {
  std::string text;
  std::array<char, 4096> buffer{};
  ssize_t length = 0;
  while ((length = retryOnEintr([&] { return ::read(fd, buffer.data(), buffer.size()); })) > 0) {
    text.append(buffer.data(), static_cast<std::size_t>(length));
  }
  return text;
}

/// Makes the image and the directory it is mounted on inside `directory`; returns the latter.
std::string makeImage(const TempDir& directory, const LoopOptions& options) {
  const std::string image = directory / "image";
  {
    const Fd file(::open(image.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (!file.valid() || ::ftruncate(file.get(), static_cast<off_t>(options.size_bytes)) != 0) {
      throw std::runtime_error(errnoError("create " + image).message());
    }
  }
  std::vector<std::string> mkfs = {"mkfs." + options.type};
  mkfs.insert(mkfs.end(), options.mkfs_options.begin(), options.mkfs_options.end());
  mkfs.push_back(image);
  runProgram(mkfs);
  plant(directory.path(), {makeDir("mounted")});
  return directory / "mounted";
}

std::vector<std::string> mountArguments(const TempDir& directory, const LoopOptions& options) {
  const std::string extra = options.mount_options.empty() ? "" : "," + options.mount_options;
  return {"-t", options.type, "-o", "loop" + extra, directory / "image"};
}

}  // namespace

std::string runProgram(const std::vector<std::string>& words) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
    throw std::runtime_error(errnoError("pipe").message());
  }
  const Fd reader(ends[0]);
  Fd writer(ends[1]);
  const pid_t pid = spawn(words, writer.get());
  writer.reset();
  std::string output = readToEnd(reader.get());
  int status = 0;
  retryOnEintr([&] { return ::waitpid(pid, &status, 0); });
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    throw std::runtime_error(joined(words) + " failed: " + output);
  }
  return output;
}

std::optional<std::string> whyNoLoopMounts() {
  if (::geteuid() != 0) {
    return "loop mounts need root";
  }
  try {
    const LoopMount probe({.size_bytes = 4U << 20U});
  } catch (const std::exception& refusal) {
    return refusal.what();
  }
  return std::nullopt;
}

Mount::Mount(std::vector<std::string> arguments, std::string target) : target_(std::move(target)) {
  arguments.insert(arguments.begin(), "mount");
  arguments.push_back(target_);
  runProgram(arguments);
}

Mount::~Mount() {
  try {
    runProgram({"umount", target_});
  } catch (const std::exception& busy) {
    // If something still holds the mount, the test is wrong, but the mount must not stay on the
    // machine.
    std::cerr << busy.what() << '\n';
    ::umount2(target_.c_str(), MNT_DETACH);
  }
}

LoopMount::LoopMount(const LoopOptions& options)
    : mount_(mountArguments(directory_, options), makeImage(directory_, options)) {}

std::string LoopMount::operator/(std::string_view below) const {
  return path() + "/" + std::string(below);
}

std::string LoopMount::device() const {
  std::string source = runProgram({"findmnt", "--noheadings", "--output", "SOURCE", path()});
  source.erase(source.find_last_not_of('\n') + 1);
  return source;
}

}  // namespace hardlink
