// A bind mount of the same filesystem is noticed, whichever system calls are missing. Needs root.

#include <fcntl.h>
#include <sys/syscall.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "base/os/open_beneath.h"
#include "support/catch.h"
#include "support/child.h"
#include "support/loop_mount.h"
#include "support/skip.h"
#include "support/temp_tree.h"

namespace hardlink {
namespace {

const SkipBinary needs_mounts(whyNoLoopMounts());

TEST_CASE("a bind mount of the same filesystem is entered only if that is allowed") {
  const TempDir top;
  plant(top.path(), {makeDir("elsewhere", {makeDir("inner")}), makeDir("bound")});
  const Mount bind({"--bind", top / "elsewhere"}, top / "bound");
  const Fd directory(open(top.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  const auto answers = [&] {
    std::string text;
    for (const char* path : {"bound", "bound/inner"}) {
      for (const Reach reach : {Reach{}, Reach{.mounts = true}}) {
        int error = 0;
        const bool valid =
            openBeneath(directory.get(), path, O_RDONLY | O_CLOEXEC, reach, error).valid();
        text += valid ? "opened " : std::string(strerrorname_np(error)) + " ";
      }
    }
    return text;
  };
  const std::string expected = "EXDEV opened EXDEV opened ";
  CHECK(answers() == expected);
  CHECK(inChild([&] {
          refuseCalls({SYS_openat2}, ENOSYS);
          return answers();
        }) == expected);
  CHECK(inChild([&] {
          refuseCalls({SYS_openat2, SYS_statx}, ENOSYS);
          return answers();
        }) == expected);
  CHECK(inChild([&] {
          refuseCalls({SYS_openat2, SYS_statx, SYS_name_to_handle_at}, EPERM);
          return answers();
        }) == expected);
}

}  // namespace
}  // namespace hardlink
