#include "daemon/scanner/scanner.h"

#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <new>
#include <system_error>
#include <thread>

#include "support/catch.h"
#include "support/temp_tree.h"
#include "unit/daemon/scanner/reader.h"

namespace hardlink {
namespace {

using namespace std::chrono_literals;

void plantSnapshots(const TempDir& dir) {
  plant(dir.path(), {makeDir("daily.0", {makeFile("f"), makeLinks("g", 2, "daily.0/f")}),
                     makeDir("daily.1", {makeLinks("g", 3, "daily.0/f")})});
}

bool isUp(const Report& report) { return report.roots[0].status.up == true; }
bool isDown(const Report& report) { return report.roots[0].status.up == false; }

TEST_CASE("the first report comes before any census and has only the roots") {
  const TempDir dir;
  Reader reader;
  Scanner scanner(reader.receiver());
  Config config = configFor({rootAt(dir.path(), "a"), rootAt("/nonexistent/root", "b")});
  scanner.configure(config);
  const auto report = reader.await([](const Report&) { return true; });
  REQUIRE(report->roots.size() == 2);
  CHECK(report->roots[0].name == "a");
  CHECK(report->roots[1].path == "/nonexistent/root");
}

/// How many threads of this process run at the lowest priority, once the kernel has forgotten those
/// that were joined: it lists each of them for a moment longer.
ptrdiff_t threadsAtLowestPriority(ptrdiff_t expected) {
  const auto count = [] {
    const std::filesystem::directory_iterator tasks("/proc/self/task");
    return std::count_if(begin(tasks), end(tasks), [](const auto& task) {
      return getpriority(PRIO_PROCESS, static_cast<id_t>(std::stoul(task.path().filename()))) == 19;
    });
  };
  for (int attempt = 0; attempt < 10'000 && count() != expected; ++attempt) {
    std::this_thread::sleep_for(1ms);
  }
  return count();
}

TEST_CASE("the thread of a root runs at the lowest priority, the publishing thread does not") {
  const TempDir dir;
  plantSnapshots(dir);
  const int before = getpriority(PRIO_PROCESS, 0);
  Reader reader;
  std::atomic<int> publishing = 19;
  Scanner scanner([&, receive = reader.receiver()](const std::shared_ptr<const Report>& report) {
    publishing = getpriority(PRIO_PROCESS, 0);
    receive(report);
  });
  scanner.configure(configFor({rootAt(dir.path())}));
  reader.await(isUp);
  CHECK(publishing == before);
  CHECK(threadsAtLowestPriority(1) == 1);
  CHECK(getpriority(PRIO_PROCESS, 0) == before);
}

TEST_CASE("changes of many roots are published in few reports") {
  constexpr int kRoots = 100;
  const TempDir dir;
  plantSnapshots(dir);
  std::vector<RootConfig> roots;
  for (int i = 0; i < kRoots; ++i) {
    roots.push_back(rootAt(dir.path(), std::to_string(i)));
  }
  Reader reader;
  std::atomic<int> published = 0;
  Scanner scanner([&, receive = reader.receiver()](std::shared_ptr<const Report> report) {
    ++published;
    receive(std::move(report));
  });
  Config config = configFor(roots);
  config.scan.interval = 24h;
  config.scan.watch_interval = 24h;
  scanner.configure(config);
  reader.await([](const Report& report) {
    return std::all_of(report.roots.begin(), report.roots.end(),
                       [](const RootReport& root) { return root.status.up == true; });
  });
  // Each root has two changes: its census begins and ends.
  CHECK(published < kRoots);
}

TEST_CASE("a report that could not be published is published again") {
  const TempDir dir;
  plantSnapshots(dir);
  Reader reader;
  std::atomic<int> failures = 0;
  Scanner scanner([&, receive = reader.receiver()](std::shared_ptr<const Report> report) {
    if (isUp(*report) && ++failures < 3) {
      throw std::bad_alloc();
    }
    receive(std::move(report));
  });
  Config config = configFor({rootAt(dir.path())});
  config.scan.interval = 24h;
  config.scan.watch_interval = 24h;
  scanner.configure(config);
  CHECK(reader.await(isUp)->roots[0].status.successes == 1);
  CHECK(failures == 3);
}

TEST_CASE("censuses follow one another and see what changes") {
  const TempDir dir;
  plantSnapshots(dir);
  Reader reader;
  Scanner scanner(reader.receiver());
  scanner.configure(configFor({rootAt(dir.path())}));
  CHECK(reader.await(isUp)->roots[0].census->max_links == 6);
  plant(dir.path(), {makeDir("daily.2", {makeLinks("g", 3, "daily.0/f")})});
  const auto report =
      reader.await([](const Report& r) { return r.roots[0].census->max_links == 9; });
  const auto later = reader.await([](const Report& r) { return r.roots[0].census->layers == 3; });
  CHECK(later->roots[0].status.successes >= report->roots[0].status.successes);
  CHECK(later->roots[0].status.errors_total[0] == 0);
}

TEST_CASE("a root whose globs for layers match nothing is down, and up once one matches") {
  const TempDir dir;
  plantSnapshots(dir);
  RootConfig root = rootAt(dir.path());
  root.layers = {"{weekly,hourly}.*", "hosts/*/*"};
  Reader reader;
  Scanner scanner(reader.receiver());
  scanner.configure(configFor({root}));
  CHECK(reader.await(isDown)->roots[0].status.error ==
        dir.path() + ": no directory matches the glob for layers, {weekly,hourly}.*, hosts/*/*");
  plant(dir.path(), {makeDir("hourly.0", {makeLink("g", "daily.0/f")})});
  CHECK(reader.await(isUp)->roots[0].census->layers == 1);
}

TEST_CASE("a layer that appears brings the next census forward") {
  const TempDir dir;
  plantSnapshots(dir);
  Reader reader;
  Scanner scanner(reader.receiver());
  Config config = configFor({rootAt(dir.path())});
  config.scan.interval = 24h;
  config.scan.watch_interval = 24h;
  scanner.configure(config);
  reader.await(isUp);
  plant(dir.path(), {makeDir("daily.2", {makeLinks("g", 3, "daily.0/f")})});
  reader.await([](const Report& r) { return r.roots[0].census->layers == 3; });
}

TEST_CASE("between censuses the watch keeps the highest link count fresh") {
  const TempDir dir;
  plantSnapshots(dir);
  Reader reader;
  Scanner scanner(reader.receiver());
  Config config = configFor({rootAt(dir.path())});
  config.scan.interval = 24h;
  scanner.configure(config);
  reader.await(isUp);
  plant(dir / "daily.1", {makeFile("other")});
  REQUIRE(link((dir / "daily.0/f").c_str(), (dir / "daily.1/more").c_str()) == 0);
  const auto report =
      reader.await([](const Report& r) { return r.roots[0].census->max_links == 7; });
  CHECK(report->roots[0].status.successes == 1);
  CHECK(report->roots[0].census->names == 6);
  CHECK(*report->roots[0].status.watch_last_success > *report->roots[0].status.last_success);
}

/// A data root of Docker's with one layer under one image: overlay/ and the files beside it.
void plantDocker(const TempDir& dir) {
  const std::string digits(64, 'a');
  const std::string id(64, '1');
  plant(
      dir.path(),
      {makeDir(
           "overlay",
           {makeDir("layer1", {makeDir("root", {makeFile("f"),
                                                makeLinks("g", 2, "overlay/layer1/root/f")})})}),
       makeDir(
           "image",
           {makeDir(
               "overlay",
               {makeFile("repositories.json", R"({"Repositories":{}})"),
                makeDir("layerdb",
                        {makeDir("sha256", {makeDir(digits, {makeFile("cache-id", "layer1")})})}),
                makeDir(
                    "imagedb",
                    {makeDir("content",
                             {makeDir("sha256", {makeFile(id, R"({"rootfs":{"diff_ids":["sha256:)" +
                                                                  digits + R"("]}})")})})})})})});
}

/// As Docker does it: a new file in the old one's place.
void tagImage(const TempDir& dir, const std::string& tag) {
  plant(dir / "image/overlay",
        {makeFile(".tmp-repositories.json", R"({"Repositories":{"app":{")" + tag + R"(":"sha256:)" +
                                                std::string(64, '1') + R"("}}})")});
  REQUIRE(rename((dir / "image/overlay/.tmp-repositories.json").c_str(),
                 (dir / "image/overlay/repositories.json").c_str()) == 0);
}

bool isCalled(const Report& report, const std::string& image) {
  const auto& census = report.roots[0].census;
  return census && census->images.size() == 1 && census->images[0].image == image;
}

TEST_CASE("a new tag shows between censuses and keeps the watch's figures") {
  const TempDir dir;
  plantDocker(dir);
  Reader reader;
  Scanner scanner(reader.receiver());
  Config config = configFor({rootAt(dir / "overlay")});
  config.scan.interval = 24h;
  scanner.configure(config);
  const auto untagged = reader.await(isUp);
  CHECK(isCalled(*untagged, "sha256:111111111111"));
  CHECK(untagged->roots[0].census->orphan_layers == 0U);
  REQUIRE(link((dir / "overlay/layer1/root/f").c_str(),
               (dir / "overlay/layer1/root/more").c_str()) == 0);
  reader.await([](const Report& r) { return r.roots[0].census->max_links == 4; });

  tagImage(dir, "app:1");
  const auto tagged = reader.await([](const Report& r) { return isCalled(r, "app:1"); });
  CHECK(tagged->roots[0].status.successes == 1);
  CHECK(tagged->roots[0].census->max_links == 4);
  CHECK(tagged->roots[0].census->hot_inodes.at(0).links == 4);
  CHECK(tagged->roots[0].census->names == 3);
  CHECK(tagged->roots[0].census->tightest_layers.at(0).images == std::vector<std::string>{"app:1"});
}

TEST_CASE("damaged files of Docker's remove the images and keep the margin") {
  const TempDir dir;
  plantDocker(dir);
  Reader reader;
  Scanner scanner(reader.receiver());
  Config config = configFor({rootAt(dir / "overlay")});
  config.scan.interval = 24h;
  scanner.configure(config);
  const auto before = reader.await(isUp);
  REQUIRE(rename((dir / "image/overlay/layerdb/sha256").c_str(), (dir / "away").c_str()) == 0);
  plant(dir / "image/overlay/layerdb", {makeFile("sha256", "garbage")});
  const auto after =
      reader.await([](const Report& r) { return r.roots[0].census->orphan_layers == 1U; });
  CHECK(after->roots[0].status.up == true);
  CHECK(after->roots[0].census->extractions_remaining ==
        before->roots[0].census->extractions_remaining);
  CHECK(after->roots[0].census->extractions_remaining.has_value());
  CHECK(after->roots[0].census->tightest_layers.at(0).orphan == true);
}

TEST_CASE("a root that disappears is down, keeps its last figures, and comes back") {
  const TempDir dir;
  plant(dir.path(), {makeDir("root", {makeDir("s0", {makeFile("f")}), makeDir("s1")})});
  Reader reader;
  Scanner scanner(reader.receiver());
  scanner.configure(configFor({rootAt(dir / "root")}));
  const auto before = reader.await(isUp);
  REQUIRE(rename((dir / "root").c_str(), (dir / "away").c_str()) == 0);
  const auto down = reader.await(isDown);
  CHECK(down->roots[0].status.error.find("No such file") != std::string::npos);
  CHECK(down->roots[0].status.failures >= 1);
  REQUIRE(down->roots[0].census);
  CHECK(down->roots[0].census->names == 1);
  CHECK(down->roots[0].status.last_success >= before->roots[0].status.last_success);
  REQUIRE(rename((dir / "away").c_str(), (dir / "root").c_str()) == 0);
  reader.await(isUp);
}

TEST_CASE("another directory in the root's place fails one census and is counted by the next") {
  const TempDir dir;
  plant(dir.path(),
        {makeDir("root", {makeFile("f")}), makeDir("new", {makeFile("f"), makeFile("g")})});
  Reader reader;
  Scanner scanner(reader.receiver());
  Config config = configFor({rootAt(dir / "root")});
  config.scan.interval = 24h;
  config.scan.watch_interval = 24h;
  scanner.configure(config);
  reader.await(isUp);
  REQUIRE(rename((dir / "root").c_str(), (dir / "old").c_str()) == 0);
  REQUIRE(rename((dir / "new").c_str(), (dir / "root").c_str()) == 0);
  scanner.configure(config);  // a census follows
  const auto down = reader.await([](const Report& r) {
    return isDown(r) && r.roots[0].status.error.find("replaced") != std::string::npos;
  });
  CHECK(down->roots[0].census->names == 1);
  scanner.configure(config);
  reader.await([](const Report& r) { return isUp(r) && r.roots[0].census->names == 2; });
}

TEST_CASE("a census that takes longer than the timeout is stopped and counted as a timeout") {
  const TempDir dir;
  std::vector<TreeEntry> entries;
  for (int i = 0; i < 3000; ++i) {
    entries.push_back(makeDir("d" + std::to_string(i), {makeFile("f")}));
  }
  plant(dir.path(), entries);
  Reader reader;
  Scanner scanner(reader.receiver());
  Config config = configFor({rootAt(dir.path())});
  config.scan.timeout = 0ms;  // every census is over it by the time that anybody looks
  config.scan.threads = 1;
  config.scan.interval = 1ms;
  scanner.configure(config);
  // One that ends before the supervisor looks is a success, so not every report has it down.
  const auto report =
      reader.await([](const Report& r) { return isDown(r) && r.roots[0].status.timeouts > 0; });
  CHECK(report->roots[0].status.error.find("timeout") != std::string::npos);
}

TEST_CASE("configuring again keeps the figures of roots that stay and drops the others") {
  const TempDir dir;
  plantSnapshots(dir);
  const TempDir other;
  Reader reader;
  Scanner scanner(reader.receiver());
  Config config = configFor({rootAt(dir.path(), "a"), rootAt(other.path(), "b")});
  config.scan.interval = 24h;
  scanner.configure(config);
  reader.await([](const Report& r) { return r.roots[0].census && r.roots[1].census; });
  config.roots = {rootAt("/nonexistent/root", "c"), rootAt(dir.path(), "a")};
  scanner.configure(config);
  const auto report = reader.await([](const Report& r) { return r.roots[0].name == "c"; });
  REQUIRE(report->roots.size() == 2);
  CHECK(report->roots[1].census);
  CHECK(report->roots[1].status.successes >= 1);
}

// Not under UBSan, which needs a pipe to see whether what was thrown is an object of its type.
#ifndef __SANITIZE_ADDRESS__
TEST_CASE("configuring more roots than descriptors allow changes nothing") {
  const TempDir dir;
  plantSnapshots(dir);
  Reader reader;
  std::atomic<int> published = 0;
  Scanner scanner([&, receive = reader.receiver()](std::shared_ptr<const Report> report) {
    ++published;
    receive(std::move(report));
  });
  Config config = configFor({rootAt(dir.path(), "a")});
  config.scan.interval = 24h;
  config.scan.watch_interval = 24h;
  scanner.configure(config);
  reader.await(isUp);
  const int before = published;
  rlimit limit{};
  REQUIRE(getrlimit(RLIMIT_NOFILE, &limit) == 0);
  const rlimit few{64, limit.rlim_max};
  for (int i = 0; i < 100; ++i) {
    config.roots.push_back(rootAt(dir.path(), std::to_string(i)));
  }
  REQUIRE(setrlimit(RLIMIT_NOFILE, &few) == 0);
  CHECK_THROWS_AS(scanner.configure(config), std::system_error);
  REQUIRE(setrlimit(RLIMIT_NOFILE, &limit) == 0);
  CHECK(published == before);
  CHECK(threadsAtLowestPriority(1) == 1);  // no thread is left behind
  scanner.configure(config);
  reader.await([](const Report& report) { return report.roots.size() == 101; });
}
#endif

TEST_CASE("stopping ends every thread and publishes nothing afterwards") {
  const TempDir dir;
  plantSnapshots(dir);
  std::atomic<int> published{0};
  Scanner scanner([&](const std::shared_ptr<const Report>&) { ++published; });
  scanner.configure(configFor({rootAt(dir.path(), "a"), rootAt("/nonexistent/root", "b")}));
  CHECK(scanner.stop(10s));
  const int at_stop = published;
  scanner.stop(10s);
  CHECK(published == at_stop);
}

}  // namespace
}  // namespace hardlink
