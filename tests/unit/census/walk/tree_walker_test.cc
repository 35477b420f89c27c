#include "census/walk/tree_walker.h"

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <set>
#include <string>
#include <utility>

#include "support/catch.h"
#include "support/temp_tree.h"

namespace hardlink {
namespace {

/// Collects the names that a walk meets; `before_entering` may change the tree meanwhile.
class Collector : public TreeVisitor {
 public:
  explicit Collector(TreeWalker& walker) : walker_(walker) {}

  void onName(int /*directory*/, const os::DirectoryEntry& entry) override {
    names.insert(walker_.pathOf(entry.name));
    deepest = std::max(deepest, walker_.depth());
    most_descriptors = std::max(most_descriptors, openDescriptors());
  }
  bool onDirectory(const os::DirectoryEntry& entry) override {
    ++directories;
    return entered.empty() || entered.count(entry.name) > 0;
  }
  void onDirectoryEnd(const WalkedDirectory& directory) override {
    most_subdirectories = std::max(most_subdirectories, directory.subdirectories);
    if (at_directory_end) {
      at_directory_end(walker_.currentPath());
    }
  }
  void onError(int error, const char* name, bool /*directory*/) override {
    errors.push_back({error, walker_.pathOf(name)});
  }

  static std::size_t openDescriptors() {
    std::size_t count = 0;
    DIR* const self = opendir("/proc/self/fd");
    while (readdir(self) != nullptr) {
      ++count;
    }
    closedir(self);
    return count;
  }

  std::set<std::string> names;
  std::set<std::string> entered;  // empty: all
  std::vector<std::pair<int, std::string>> errors;
  std::function<void(const std::string&)> at_directory_end;
  std::uint64_t directories = 0;
  std::uint64_t most_subdirectories = 0;
  std::size_t deepest = 0;
  std::size_t most_descriptors = 0;

 private:
  TreeWalker& walker_;
};

bool walk(TreeWalker& walker, const TempDir& dir, Collector& collector, std::stop_token stop = {}) {
  auto root = os::openRoot(dir.path());
  REQUIRE(root);
  return walker.walk(std::move(*root), collector, std::move(stop));
}

TEST_CASE("a walk meets every name below its start with its path") {
  const TempDir dir;
  plant(dir.path(),
        {makeFile("a"), makeDir("d", {makeFile("b"), makeDir("e", {makeSymlink("c", "../..")})}),
         makeDir("empty")});
  TreeWalker walker;
  Collector collector(walker);
  CHECK(walk(walker, dir, collector));
  CHECK(collector.names == std::set<std::string>{"a", "d/b", "d/e/c"});
  CHECK(collector.directories == 3);
  CHECK(collector.most_subdirectories == 2);
  CHECK(collector.errors.empty());
}

TEST_CASE("a walk does not enter a directory that the visitor declines") {
  const TempDir dir;
  plant(dir.path(), {makeDir("in", {makeFile("a")}), makeDir("out", {makeFile("b")})});
  TreeWalker walker;
  Collector collector(walker);
  collector.entered = {"in"};
  walk(walker, dir, collector);
  CHECK(collector.names == std::set<std::string>{"in/a"});
}

TEST_CASE("a chain of directories far deeper than PATH_MAX needs few descriptors") {
  const TempDir dir;
  plant(dir.path(), {makeDeep(std::string(200, 'd'), 300, {makeFile("bottom")})});
  TreeWalker walker;
  Collector collector(walker);
  const std::size_t before = Collector::openDescriptors();
  CHECK(walk(walker, dir, collector));
  CHECK(collector.names.size() == 1);
  CHECK(collector.deepest == 300);
  CHECK(collector.most_descriptors <= before + 3);
}

/// `depth` directories inside each other, with two leaf directories beside each. The leaves have
/// new names at every level, so that filesystems that sort by hash list them before and after the
/// next level.
TreeEntry ladder(unsigned depth) {
  TreeEntry entry = makeDir("m", {makeFile("bottom")});
  for (unsigned i = 0; i < depth; ++i) {
    const std::string number = std::to_string(i);
    entry = makeDir("m", {makeDir("a" + number, {makeFile("f")}), entry,
                          makeDir("z" + number, {makeFile("f")})});
  }
  return entry;
}

TEST_CASE("a deep tree with branches at every level is walked whole with bounded descriptors") {
  const TempDir dir;
  constexpr unsigned kDepth = 150;
  plant(dir.path(), {ladder(kDepth)});
  TreeWalker walker;
  Collector collector(walker);
  const std::size_t before = Collector::openDescriptors();
  CHECK(walk(walker, dir, collector));
  CHECK(collector.names.size() == 2 * kDepth + 1);
  CHECK(collector.directories == 3 * kDepth + 1);
  CHECK(collector.errors.empty());
  CHECK(collector.most_descriptors <= before + DirectoryStack::kMaxOpen + 3);
  CHECK(Collector::openDescriptors() == before);
}

TEST_CASE("one walker can walk one tree after the other") {
  const TempDir dir;
  plant(dir.path(), {ladder(60)});
  TreeWalker walker;
  for (int round = 0; round < 3; ++round) {
    Collector collector(walker);
    CHECK(walk(walker, dir, collector));
    CHECK(collector.names.size() == 121);
  }
}

TEST_CASE("a directory that is removed before it is entered is reported and the walk goes on") {
  const TempDir dir;
  plant(dir.path(), {makeDir("gone"), makeDir("kept", {makeFile("a")})});
  TreeWalker walker;
  Collector collector(walker);
  collector.at_directory_end = [&](const std::string& path) {
    if (path.empty()) {
      rmdir((dir / "gone").c_str());
    }
  };
  CHECK(walk(walker, dir, collector));
  CHECK(collector.names == std::set<std::string>{"kept/a"});
  REQUIRE(collector.errors.size() == 1);
  CHECK(collector.errors[0] == std::pair<int, std::string>{ENOENT, "gone"});
}

TEST_CASE("a directory that is swapped for a symlink is not followed") {
  const TempDir outside;
  plant(outside.path(), {makeFile("secret")});
  const TempDir dir;
  plant(dir.path(), {makeDir("swapped", {makeFile("a")})});
  TreeWalker walker;
  Collector collector(walker);
  collector.at_directory_end = [&](const std::string& path) {
    if (path.empty()) {
      REQUIRE(rename((dir / "swapped").c_str(), (dir / "away").c_str()) == 0);
      REQUIRE(symlink(outside.path().c_str(), (dir / "swapped").c_str()) == 0);
    }
  };
  walk(walker, dir, collector);
  CHECK(collector.names.empty());
  REQUIRE(collector.errors.size() == 1);
  CHECK(collector.errors[0].first == ELOOP);
}

TEST_CASE("renaming a parent during the walk does not lead it elsewhere") {
  const TempDir dir;
  plant(dir.path(), {makeDir("p", {makeDir("q", {makeFile("a"), makeDir("r", {makeFile("b")})})})});
  TreeWalker walker;
  Collector collector(walker);
  collector.at_directory_end = [&](const std::string& path) {
    if (path == "p/q") {
      REQUIRE(rename((dir / "p").c_str(), (dir / "renamed").c_str()) == 0);
    }
  };
  CHECK(walk(walker, dir, collector));
  CHECK(collector.names == std::set<std::string>{"p/q/a", "p/q/r/b"});
  CHECK(collector.errors.empty());
}

/// `depth` levels of two directories each. The next level is in the directory that a walk enters
/// first, which is the last that the kernel lists.
void plantStairs(const TempDir& dir, unsigned depth) {
  std::filesystem::path level = dir.path();
  for (; depth > 0; --depth) {
    std::filesystem::create_directory(level / "a");
    std::filesystem::create_directory(level / "b");
    const auto first = std::filesystem::directory_iterator(level)->path();
    level /= first.filename() == "a" ? "b" : "a";
  }
}

TEST_CASE("deep down a walk goes back through parents, further up by names from the start") {
  const TempDir dir;
  constexpr unsigned kDepth = 150;
  plantStairs(dir, kDepth);
  TreeWalker walker;
  Collector collector(walker);
  const auto level_of = [](const std::string& path) {
    return static_cast<std::size_t>(std::count(path.begin(), path.end(), '/')) + 1;
  };
  bool renamed = false;
  collector.at_directory_end = [&](const std::string& path) {
    if (level_of(path) == kDepth && !std::exchange(renamed, true)) {
      for (std::string above = dir / path; above != dir.path(); above.resize(above.rfind('/'))) {
        REQUIRE(rename(above.c_str(), (above + "-renamed").c_str()) == 0);
      }
    }
  };
  CHECK(walk(walker, dir, collector));
  // It climbs where more directories than that lie above, and past the parent, which is done. What
  // is in the first directory is found by the descriptor that is always open.
  constexpr std::size_t kLastByName = DirectoryStack::kMaxOpen - 2;
  std::set<std::size_t> lost;
  for (const auto& [error, path] : collector.errors) {
    lost.insert(level_of(path));
  }
  REQUIRE(lost.size() == kLastByName - 1);
  CHECK(*lost.rbegin() == kLastByName);
}

TEST_CASE("a walk that is asked to stop does so before the next directory") {
  const TempDir dir;
  plant(dir.path(), {makeDeep("d", 50)});
  TreeWalker walker;
  Collector collector(walker);
  std::stop_source source;
  collector.at_directory_end = [&](const std::string& path) {
    if (std::count(path.begin(), path.end(), '/') == 10) {
      source.request_stop();
    }
  };
  CHECK_FALSE(walk(walker, dir, collector, source.get_token()));
  CHECK(collector.directories < 20);
}

}  // namespace
}  // namespace hardlink
