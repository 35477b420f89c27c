#include "base/os/threads.h"

#include <unistd.h>

#include <atomic>
#include <csignal>
#include <future>
#include <latch>
#include <thread>

#include "support/catch.h"
#include "support/temp_tree.h"

namespace hardlink {
namespace {

/// The limits on a machine where the process is in these control groups.
std::string limitsIn(const std::string& groups, const std::vector<TreeEntry>& hierarchies) {
  const TempDir root;
  plant(root.path(),
        {makeDir("proc", {makeDir("self", {makeFile("cgroup", groups)}),
                          makeDir("sys", {makeDir("kernel", {makeFile("threads-max", "777\n")})})}),
         makeDir("sys", {makeDir("fs", {makeDir("cgroup", hierarchies)})})});
  return threadLimits(root.path());
}

std::vector<TreeEntry> service(const std::string& outer, const std::string& inner) {
  return {makeDir("system.slice", {makeFile("pids.max", outer),
                                   makeDir("h.service", {makeFile("pids.max", inner)})})};
}

TEST_CASE("the lowest limit of the control groups is named, with the settings that raise it") {
  const std::string path = "0::/system.slice/h.service\n";
  const std::string named = limitsIn(path, service("500\n", "64\n"));
  CHECK(named.find("its control group may have 64 (pids.max: TasksMax= in systemd, pids_limit in "
                   "Compose") == 0);
  CHECK(limitsIn(path, service("32\n", "64\n")).find("may have 32 ") != std::string::npos);
}

TEST_CASE("version 1 of control groups has a limit of threads too") {
  const std::string path = "9:name=systemd:/\n8:pids:/docker/abc\n0::/\n";
  const std::string in_container =
      limitsIn(path, {makeDir("pids", {makeFile("pids.max", "64\n")})});
  CHECK(in_container.find("its control group may have 64 ") == 0);
}

TEST_CASE("without a limit of the control group the limit of the system or the user is named") {
  const std::string none = limitsIn("0::/system.slice/h.service\n", service("max\n", "max\n"));
  CHECK(none.find("control group") == std::string::npos);
  CHECK((none == "the system may have 777 (kernel.threads-max)" ||
         none.find("all processes of user " + std::to_string(getuid())) == 0));
}

TEST_CASE("the threads of this process are counted") {
  const auto before = threadCount();
  REQUIRE(before);
  std::latch counted(1);
  std::thread another([&] { counted.wait(); });
  const auto with_another = threadCount();
  counted.count_down();
  another.join();
  CHECK(with_another == *before + 1);
  CHECK(canMakeThread());
}

TEST_CASE(
    "a thread that cannot start is explained by the limits, another failure by its own message") {
  const std::system_error no_thread(EAGAIN, std::generic_category());
  CHECK(reasonOf(no_thread).find("cannot start a thread: this process has ") == 0);
  CHECK(reasonOf(std::system_error(EMFILE, std::generic_category(), "eventfd")) ==
        "eventfd: Too many open files");
  CHECK(reasonOf(std::runtime_error("words")) == "words");
  CHECK(threadShortage(127).message().find(" and needs 127; ") != std::string::npos);
}

TEST_CASE("a thread that does not end in time is left, and ends later by itself") {
  auto held = std::make_shared<std::latch>(1);
  auto ended = std::make_shared<std::promise<void>>();
  {
    LeavableThread thread([held, ended](const std::stop_token&) {
      held->wait();
      ended->set_value();
    });
    CHECK_FALSE(thread.waitFor(std::chrono::milliseconds(0)));
    thread.leave();
  }
  held->count_down();
  ended->get_future().wait();
}

TEST_CASE("a thread that has ended has destroyed its task") {
  const auto owned = std::make_shared<std::atomic<bool>>(false);
  LeavableThread thread([owned](const std::stop_token&) { *owned = true; });
  CHECK(thread.waitUntil(std::chrono::steady_clock::time_point::max()));
  CHECK(*owned);
  CHECK(owned.use_count() == 1);
}

TEST_CASE("the destructor stops a thread that was not left, and waits for it") {
  std::atomic<bool> stopped = false;
  {
    const LeavableThread thread([&](const std::stop_token& stop) {
      std::promise<void> requested;
      const std::stop_callback on_stop(stop, [&] { requested.set_value(); });
      requested.get_future().wait();
      stopped = true;
    });
  }
  CHECK(stopped);
}

TEST_CASE("signals go to the thread that starts a leavable thread") {
  const auto isBlocked = [] {
    sigset_t blocked;
    pthread_sigmask(SIG_SETMASK, nullptr, &blocked);
    return sigismember(&blocked, SIGTERM) == 1;
  };
  std::atomic<bool> blocked_there = false;
  LeavableThread thread([&](const std::stop_token&) { blocked_there = isBlocked(); });
  CHECK(thread.waitUntil(std::chrono::steady_clock::time_point::max()));
  CHECK(blocked_there);
  CHECK_FALSE(isBlocked());
}

}  // namespace
}  // namespace hardlink
