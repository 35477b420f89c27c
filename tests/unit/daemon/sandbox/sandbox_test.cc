#include "daemon/sandbox/sandbox.h"

#include <fcntl.h>
#include <linux/btrfs.h>
#include <linux/openat2.h>
#include <netinet/in.h>
#include <sched.h>
#include <spawn.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "base/os/fd.h"
#include "filesystem/room.h"
#include "support/catch.h"
#include "support/child.h"
#include "support/temp_tree.h"

namespace hardlink {
namespace {

using Question = std::function<std::string()>;

/// What `question` answers in a child process in the daemon's sandbox. Its log line goes nowhere.
std::string inSandbox(const Question& question, SandboxChoice choice = {}) {
  return inChild([&] {
    const Fd null(open("/dev/null", O_WRONLY | O_CLOEXEC));
    dup2(null.get(), STDERR_FILENO);
    Sandbox sandbox(choice, false);
    sandbox.enter({});
    sandbox.seal();
    return question();
  });
}

/// What the system said to a call that returns -1 where it fails.
std::string outcome(long result) {
  return result == -1 ? std::string(strerrorname_np(errno)) : std::string("done");
}

/// Calls that would change, start or reach something; each fails in the sandbox before it does.
struct Deed {
  const char* name;
  std::function<long()> call;
};

constexpr const char* kRefused = "EPERM";

void checkAllRefused(const std::vector<Deed>& deeds, SandboxChoice choice = {}) {
  for (const Deed& deed : deeds) {
    CAPTURE(deed.name);
    CHECK(inSandbox([&] { return outcome(deed.call()); }, choice) == kRefused);
  }
}

long openat2For(const std::string& path, int flags) {
  open_how how{};
  how.flags = static_cast<unsigned>(flags);
  how.mode = (flags & O_CREAT) != 0 ? 0600 : 0;
  return syscall(SYS_openat2, AT_FDCWD, path.c_str(), &how, sizeof how);
}

/// Whether this kernel has Landlock that also forbids truncating.
bool hasLandlock() {
  return inChild([] {
           prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
           const auto version = restrictToReading({});
           return std::string(version && *version >= kLandlockTruncate ? "yes" : "no");
         }) == "yes";
}

struct Scene {
  TempDir tree;
  std::string file = tree.path() + "/file";
  std::string absent = tree.path() + "/absent";

  Scene() { std::ofstream(file) << "content"; }

  /// Nothing came, went or changed.
  [[nodiscard]] bool isUntouched() const {
    struct stat status {};
    return stat(file.c_str(), &status) == 0 && status.st_size == 7 &&
           (status.st_mode & 07777) == (0666 & ~currentUmask()) && status.st_nlink == 1 &&
           access(absent.c_str(), F_OK) != 0;
  }

  static mode_t currentUmask() {
    const mode_t mask = umask(0);
    umask(mask);
    return mask;
  }
};

sockaddr_in loopback() {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(9);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

const sockaddr* generic(const sockaddr_in& address) {
  return reinterpret_cast<const sockaddr*>(&address);
}

std::vector<Deed> waysToWrite(const Scene& scene) {
  const char* const file = scene.file.c_str();
  const char* const absent = scene.absent.c_str();
  const char* const directory = scene.tree.path().c_str();
  return {
      {"open to write", [=] { return open(file, O_WRONLY); }},
      {"open to read and write", [=] { return open(file, O_RDWR); }},
      {"open to append", [=] { return open(file, O_WRONLY | O_APPEND); }},
      {"open to truncate", [=] { return open(file, O_RDONLY | O_TRUNC); }},
      {"create", [=] { return open(absent, O_RDONLY | O_CREAT, 0600); }},
      {"create without a name", [=] { return open(directory, O_RDWR | O_TMPFILE, 0600); }},
      {"creat", [=] { return creat(absent, 0600); }},
      {"truncate", [=] { return truncate(file, 0); }},
      {"unlink", [=] { return unlink(file); }},
      {"rename", [=] { return rename(file, absent); }},
      {"link", [=] { return link(file, absent); }},
      {"symlink", [=] { return symlink(file, absent); }},
      {"mkdir", [=] { return mkdir(absent, 0700); }},
      {"rmdir", [=] { return rmdir(directory); }},
      {"mknod", [=] { return mknod(absent, S_IFIFO | 0600, 0); }},
      {"chmod", [=] { return chmod(file, 0777); }},
      {"chown", [=] { return chown(file, 1, 1); }},
      {"utimensat", [=] { return utimensat(AT_FDCWD, file, nullptr, 0); }},
      {"setxattr", [=] { return setxattr(file, "user.a", "b", 1, 0); }},
      {"memfd_create", [] { return memfd_create("a", 0); }},
  };
}

long clonedProcess() { return syscall(SYS_clone, SIGCHLD, nullptr, nullptr, nullptr, nullptr); }

/// In a child that was not refused, nothing of the test may go on.
long orEnd(long result) {
  if (result == 0) {
    _exit(0);
  }
  return result;
}

std::vector<Deed> waysToStartSomething() {
  static std::array<char*, 1> none{nullptr};
  return {
      {"execve", [] { return execve("/bin/true", none.data(), none.data()); }},
      {"execveat",
       [] { return syscall(SYS_execveat, AT_FDCWD, "/bin/true", none.data(), none.data(), 0); }},
      {"fork", [] { return orEnd(fork()); }},
      {"clone", [] { return orEnd(clonedProcess()); }},
      {"unshare", [] { return unshare(CLONE_NEWNS); }},
      {"memory that is written and run",
       [] {
         void* const memory = mmap(nullptr, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
                                   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
         return memory == MAP_FAILED ? -1L : 0L;
       }},
      {"memory that is run once it is written",
       [] {
         void* const memory =
             mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
         return static_cast<long>(mprotect(memory, 4096, PROT_READ | PROT_EXEC));
       }},
  };
}

std::vector<Deed> waysToReachOthers() {
  return {
      {"IPv4", [] { return socket(AF_INET, SOCK_STREAM, 0); }},
      {"IPv6", [] { return socket(AF_INET6, SOCK_DGRAM, 0); }},
      {"netlink", [] { return socket(AF_NETLINK, SOCK_RAW, 0); }},
      {"packets", [] { return socket(AF_PACKET, SOCK_RAW, 0); }},
      {"kill", [] { return kill(getppid(), 0); }},
      {"ptrace", [] { return ptrace(PTRACE_SEIZE, getppid(), nullptr, nullptr); }},
      {"process_vm_readv", [] { return syscall(SYS_process_vm_readv, getppid(), 0, 0, 0, 0, 0); }},
      {"mount", [] { return mount("none", "/mnt", "tmpfs", 0, nullptr); }},
      {"umount2", [] { return umount2("/mnt", MNT_DETACH); }},
      {"open_by_handle_at", [] { return syscall(SYS_open_by_handle_at, AT_FDCWD, 0, 0); }},
      {"bpf", [] { return syscall(SYS_bpf, 0, 0, 0); }},
      {"init_module", [] { return syscall(SYS_init_module, 0, 0, ""); }},
      {"perf_event_open", [] { return syscall(SYS_perf_event_open, 0, 0, 0, 0, 0); }},
      {"keyctl", [] { return syscall(SYS_keyctl, 0, 0, 0, 0, 0); }},
      {"another's priority",
       [] { return setpriority(PRIO_PROCESS, static_cast<id_t>(getppid()), 19); }},
      {"setuid", [] { return setuid(getuid()); }},
      {"personality", [] { return syscall(SYS_personality, 0); }},
      {"a higher limit",
       [] {
         const rlimit limit{8, 8};
         return setrlimit(RLIMIT_CORE, &limit);
       }},
      {"typing into the terminal", [] { return ioctl(STDIN_FILENO, TIOCSTI, "a"); }},
  };
}

}  // namespace

TEST_CASE("the sandbox forbids writing, making, changing and removing files") {
  const Scene scene;
  checkAllRefused(waysToWrite(scene));
  CHECK(scene.isUntouched());
}

TEST_CASE("the sandbox forbids starting programs and processes") {
  checkAllRefused(waysToStartSomething());
}

TEST_CASE("the sandbox forbids sockets to other hosts and other ways out") {
  checkAllRefused(waysToReachOthers());
}

TEST_CASE("a socket that was open before can neither connect nor listen") {
  const Fd tcp(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const sockaddr_in there = loopback();
  sockaddr_in here = there;
  here.sin_port = 0;
  checkAllRefused({
      {"connect", [&] { return connect(tcp.get(), generic(there), sizeof there); }},
      {"bind", [&] { return bind(tcp.get(), generic(here), sizeof here); }},
      {"listen", [&] { return listen(tcp.get(), 1); }},
      {"send to",
       [&] { return sendto(tcp.get(), "a", 1, MSG_FASTOPEN, generic(there), sizeof there); }},
  });
}

TEST_CASE("a system call that is newer than the filter fails with ENOSYS") {
  for (const int number : {SYS_clone3, SYS_io_uring_setup, SYS_pidfd_open, SYS_fsopen, 500, 511}) {
    CAPTURE(number);
    CHECK(inSandbox([&] { return outcome(syscall(number, 0, 0, 0, 0, 0, 0)); }) == "ENOSYS");
  }
}

TEST_CASE("openat2 cannot write either, although no filter sees its flags") {
  const Scene scene;
  const std::vector<std::pair<std::string, int>> ways = {
      {scene.file, O_WRONLY}, {scene.file, O_RDONLY | O_TRUNC}, {scene.absent, O_RDWR | O_CREAT}};
  for (const auto& [path, flags] : ways) {
    CAPTURE(path, flags);
    const std::string with_landlock =
        inSandbox([&, p = path, f = flags] { return outcome(openat2For(p, f)); });
    CHECK(with_landlock == (hasLandlock() ? "EACCES" : "ENOSYS"));
    const std::string without = inSandbox(
        [&, p = path, f = flags] { return outcome(openat2For(p, f)); }, {.landlock = false});
    CHECK(without == "ENOSYS");
  }
  CHECK(scene.isUntouched());
}

TEST_CASE("the sandbox allows reading files, starting threads and notifying the service manager") {
  const Scene scene;
  const std::string manager = scene.tree.path() + "/notify";
  const Fd receiver(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  REQUIRE(manager.size() < sizeof address.sun_path);
  std::memcpy(address.sun_path, manager.c_str(), manager.size() + 1);
  const auto* const there = reinterpret_cast<const sockaddr*>(&address);
  REQUIRE(bind(receiver.get(), there, sizeof address) == 0);

  CHECK(inSandbox([&] {
          std::string text;
          std::thread([&] { std::getline(std::ifstream(scene.file), text); }).join();
          return text;
        }) == "content");
  CHECK(inSandbox([&] {
          const Fd sender(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
          return outcome(sendto(sender.get(), "READY=1", 7, MSG_NOSIGNAL, there, sizeof address));
        }) == "done");
  CHECK(inSandbox([] { return outcome(setpriority(PRIO_PROCESS, 0, 19)); }) == "done");
  std::array<char, 16> message{};
  CHECK(recv(receiver.get(), message.data(), message.size(), MSG_DONTWAIT) == 7);
}

TEST_CASE(
    "in the sandbox a filesystem is asked what directories take, and how many names they hold") {
  const Scene scene;
  for (const unsigned long request :
       {kAskXfsGeometry, static_cast<unsigned long>(BTRFS_IOC_GET_FEATURES),
        static_cast<unsigned long>(BTRFS_IOC_FS_INFO)}) {
    CAPTURE(request);
    CHECK(inSandbox([&] {
            const Fd tree(open(scene.tree.path().c_str(), O_RDONLY | O_CLOEXEC));
            std::array<char, sizeof(btrfs_ioctl_fs_info_args)> answer{};
            return outcome(ioctl(tree.get(), request, answer.data()));
          }) != "EPERM");
  }
}

/// What threads that start before and after seal() are answered where they want a socket.
std::string answersOfThreads() {
  const Fd null(open("/dev/null", O_WRONLY | O_CLOEXEC));
  dup2(null.get(), STDERR_FILENO);
  std::array<int, 2> ends{};
  (void)pipe(ends.data());
  std::string said;
  const auto ask = [&said] { said += outcome(socket(AF_INET, SOCK_STREAM, 0)) + " "; };
  Sandbox sandbox({}, false);
  sandbox.enter({80});
  std::thread early([&] {
    sandbox.enterThread();
    said = capabilityNames().find("net_bind_service") == std::string::npos ? "" : "may bind, ";
    char start = 0;
    (void)read(ends[0], &start, 1);
    ask();
  });
  sandbox.seal();
  (void)write(ends[1], "s", 1);
  early.join();
  ask();
  std::thread(ask).join();
  return said;
}

TEST_CASE("the filter applies to threads that were started before it") {
  CHECK(inChild(answersOfThreads) == "EPERM EPERM EPERM ");
}

TEST_CASE("on a kernel that cannot filter running threads all threads are filtered") {
  for (const int error : {ENOSYS, EPERM}) {
    CAPTURE(error);
    CHECK(inChild([&] {
            refuseCalls({SYS_seccomp}, error);
            return answersOfThreads();
          }) == "EPERM EPERM EPERM ");
  }
}

TEST_CASE("no capability is kept except the one to read") {
  CHECK(inSandbox([] {
          const Capabilities reading = readingRight();
          const std::string names = capabilityNames();
          const bool only = names == (reading != 0 ? "dac_read_search" : "none");
          return only ? std::string("only") : names;
        }) == "only");
}

TEST_CASE("without the capability to read the one to override permissions is kept") {
  if (geteuid() != 0) {
    return;  // has nothing to keep
  }
  constexpr Capabilities kOverride = 1U << 1U;
  const auto names = inChild([] {
    (void)keepCapabilities(kOverride | bindingRight());
    (void)keepCapabilities(readingRight());
    return capabilityNames();
  });
  CHECK(names == "dac_override");
}

TEST_CASE("each part of the sandbox can be switched off and works without the others") {
  const Scene scene;
  const auto write = [&] { return outcome(open(scene.file.c_str(), O_WRONLY)); };
  const auto capabilities = [] { return capabilityNames(); };
  const std::string before = capabilityNames();
  const SandboxChoice none{.capabilities = false, .seccomp = false, .landlock = false};
  CHECK(inSandbox(write, none) == "done");
  CHECK(inSandbox(capabilities, none) == before);
  CHECK(inSandbox([] { return std::to_string(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0)); }, none) ==
        "0");
  SandboxChoice landlock = none;
  landlock.landlock = true;
  CHECK(inSandbox(write, landlock) == (hasLandlock() ? "EACCES" : "done"));
  SandboxChoice seccomp = none;
  seccomp.seccomp = true;
  CHECK(inSandbox(write, seccomp) == kRefused);
  CHECK(inSandbox(capabilities, seccomp) == before);
}

TEST_CASE("Landlock allows listening only on the given ports") {
  if (!hasLandlock()) {
    return;
  }
  const auto tryPort = [](std::uint16_t port) {
    return inChild([port] {
      prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
      const auto version = restrictToReading({0});
      const Fd tcp(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
      sockaddr_in address = loopback();
      address.sin_port = htons(port);
      const std::string answer = outcome(bind(tcp.get(), generic(address), sizeof address));
      return version && *version >= 4 ? answer : std::string("too old");
    });
  };
  const std::string named = tryPort(0);
  if (named != "too old") {
    CHECK(named == "done");
    CHECK(tryPort(28193) == "EACCES");
  }
}

}  // namespace hardlink
