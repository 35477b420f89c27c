// Threads that share one unit count what one thread counts.

#include <cerrno>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "census/count/hot_names.h"
#include "census/count/shared_reading.h"
#include "census/walk/walk_reader.h"
#include "literal_farm.h"
#include "random_tree.h"
#include "support/catch.h"
#include "support/temp_tree.h"
#include "walked.h"

namespace hardlink {
namespace {

/// What the readers of one census share, without a census around it.
struct Shared {
  explicit Shared(const std::string& path)
      : request(walkRequest(path)),
        exclusions({}),
        root(*os::openRoot(path)),
        tracker(request, std::nullopt),
        layer_sets(request),
        hot_names(request.hot_inodes) {}

  CensusRequest request;
  FilesystemInfo filesystem = ext4Info();
  Exclusions exclusions;
  Fd root;
  InodeTable inodes;
  InodeTracker tracker;
  LayerSets layer_sets;
  HotNames hot_names;
  PartPool parts;
  CensusProgress progress;
  CensusContext context{request, filesystem, exclusions, root.get(), inodes,
                        tracker, layer_sets, hot_names,  parts,      progress};
};

/// Runs `read` in this thread as the owner of the only unit, with a thread that waits for work
/// before it begins. Returns how many parts that thread has read.
template <class Read>
std::size_t withHelper(Shared& shared, const Read& read) {
  std::size_t parts = 0;
  shared.parts.begin(1);
  std::thread helper([&] {
    WalkReader reader(shared.context);
    while (auto part = shared.parts.take({})) {
      SharedReading& reading = *part->reading;
      reader.countPart(std::move(*part), {});
      reading.endPart();
      ++parts;
    }
  });
  const Unit nothing;
  while (!SharedReading(shared.context, nothing, 1).isWanted()) {
    std::this_thread::yield();
  }
  read();
  shared.parts.endUnit();
  helper.join();
  return parts;
}

TEST_CASE("a thread that waits for work gets a part of a unit, and the layer's counts are exact") {
  const TempDir dir;
  plant(dir.path(), {nestedDirectories(20)});
  const Unit top{.path = "top", .is_layer = true, .layer_name = "top", .is_head = true};
  Shared alone(dir.path());
  WalkReader lonely(alone.context);
  const auto expected = lonely.countUnit(top, 1, {});
  REQUIRE(expected);
  CHECK(expected->names == 2 + 400 * 4);

  Shared shared(dir.path());
  WalkReader owner(shared.context);
  std::optional<LayerCounts> layer;
  CHECK(withHelper(shared, [&] { layer = owner.countUnit(top, 1, {}); }) > 0);
  REQUIRE(layer);
  CHECK((*layer == *expected));
  CHECK(shared.progress.directories == 421);
}

TEST_CASE("parts that no thread takes go back to the owner, or are dropped") {
  const TempDir dir;
  Shared shared(dir.path());
  const Unit unit{.path = "top"};
  SharedReading reading(shared.context, unit, 7);
  CHECK_FALSE(reading.isWanted());
  CHECK_FALSE(reading.takeBack());
  reading.give({.directories = {{1, "a"}}});
  {
    SharedReading other(shared.context, unit, 8);
    other.give({.directories = {{2, "b"}, {3, "c"}}});
    CHECK_FALSE(other.isWanted());
  }
  const auto part = reading.takeBack();
  REQUIRE(part);
  CHECK(part->reading == &reading);
  CHECK(part->directories.at(0).path == "a");
  CHECK_FALSE(reading.takeBack());
}

TEST_CASE("a thread that waits for a part is woken by a stop, and by the end of the last unit") {
  const TempDir dir;
  Shared shared(dir.path());
  shared.parts.begin(1);
  std::stop_source stop;
  std::thread stopped([&] { CHECK_FALSE(shared.parts.take(stop.get_token())); });
  std::thread waiting([&] { CHECK_FALSE(shared.parts.take({})); });
  stop.request_stop();
  stopped.join();
  shared.parts.endUnit();
  waiting.join();
}

TEST_CASE("a directory that is gone, or another one, when its part is read has vanished") {
  const TempDir dir;
  plant(dir.path(), {makeDir("top", {makeDir("here", {makeFile("f"), makeLink("g", "top/here/f")}),
                                     makeDir("other")})});
  Shared shared(dir.path());
  WalkReader reader(shared.context);
  const Unit unit{.path = "top"};
  WalkReading reading(shared.context, unit, 1);
  reader.countPart({.reading = &reading,
                    .directories = {{inodeOf(dir / "top/here"), "top/here"},
                                    {inodeOf(dir / "top/here"), "top/other"},
                                    {inodeOf(dir / "top/other"), "top/gone"}}},
                   {});
  CHECK(reading.totals.errors[CensusErrorReason::vanished] == 2);
  CHECK(reading.totals.errors.unread_directories == 0);
  CHECK(shared.inodes.size() == 1);
}

/// Takes half of what is left to visit after every directory, and walks that later.
class Halver : public TreeVisitor {
 public:
  explicit Halver(std::size_t most_bytes) : most_bytes_(most_bytes) {}

  void walkAll(const std::string& root) {
    const Fd top = *os::openRoot(root);
    left_ = {{inodeOf(root), ""}};
    while (!left_.empty()) {
      start_ = std::move(left_.back().path);
      left_.pop_back();
      int error = 0;
      Fd start = os::openDirectoryAt(top.get(), start_.empty() ? "." : start_.c_str(), error);
      REQUIRE(start.valid());
      walker_.walk(std::move(start), *this, {});
    }
  }

  void onName(int /*directory*/, const os::DirectoryEntry& entry) override {
    const std::string path = walker_.pathOf(entry.name);
    CHECK(names.insert(start_.empty() ? path : start_ + "/" + path).second);
  }
  bool onDirectory(const os::DirectoryEntry& /*entry*/) override { return true; }
  void onDirectoryEnd(const WalkedDirectory& /*directory*/) override {
    for (FoundDirectory& directory : walker_.takeHalf(most_bytes_)) {
      directory.path = start_.empty() ? directory.path : start_ + "/" + directory.path;
      left_.push_back(std::move(directory));
      ++taken;
    }
  }
  void onError(int error, const char* name, bool /*directory*/) override { FAIL(name << error); }

  std::set<std::string> names;
  std::size_t taken = 0;

 private:
  std::size_t most_bytes_;
  TreeWalker walker_;
  std::vector<FoundDirectory> left_;
  std::string start_;
};

/// `depth` directories inside each other, each with two more that hold a file.
std::vector<TreeEntry> branches(unsigned depth) {
  std::vector<TreeEntry> below = {makeFile("end")};
  for (unsigned i = 0; i < depth; ++i) {
    below = {makeDir("a", {makeFile("f")}), makeDir("m" + std::string(i % 7, 'm'), below),
             makeDir("z", {makeFile("f"), makeDir("y", {makeFile("g")})})};
  }
  return below;
}

TEST_CASE("what is taken from a walk and what it still visits is the whole tree, once") {
  const TempDir dir;
  plant(dir.path(), branches(100));
  Halver halver(4000);
  halver.walkAll(dir.path());
  CHECK(halver.names.size() == 301);
  CHECK(halver.taken > 100);
  Halver none(0);
  none.walkAll(dir.path());
  CHECK(none.names == halver.names);
  CHECK(none.taken == 0);
}

void checkAnyThreads(CensusRequest request) {
  request.threads = 1;
  const RootCounts alone = walked(request);
  for (const unsigned threads : {2U, 8U}) {
    request.threads = threads;
    for (int round = 0; round < 5; ++round) {
      CHECK((walked(request) == alone));
    }
  }
}

TEST_CASE("the counts of a tree of any shape do not depend on the number of threads") {
  const TempDir dir;
  SECTION("one child at the top") {
    plant(dir.path(), {nestedDirectories(40)});
    CensusRequest request = walkRequest(dir.path());
    SECTION("which is no layer") { checkAnyThreads(request); }
    SECTION("which is a layer") {
      request.farm = snapshotsIn(dir.path());
      checkAnyThreads(request);
    }
    SECTION("with directories that are not entered") {
      request.options.exclude = {"top/*/inner7", "top/outer3"};
      checkAnyThreads(request);
    }
  }
  SECTION("a chain with branches") {
    plant(dir.path(), {makeDir("top", branches(200))});
    checkAnyThreads(walkRequest(dir.path()));
  }
  SECTION("one large directory") {
    plant(dir.path(), {makeDir("top", {makeFile("f"), makeLinks("l", 20000, "top/f")})});
    checkAnyThreads(walkRequest(dir.path()));
  }
  SECTION("random trees in one layer") {
    for (unsigned seed = 0; seed < 10; ++seed) {
      const TempDir tree;
      plantRandomTree(tree.path(), seed);
      checkAnyThreads(walkRequest(tree.path(), snapshotsIn(tree.path())));
    }
  }
}

TEST_CASE("a census of one large unit that is asked to stop ends with ECANCELED") {
  const TempDir dir;
  plant(dir.path(), {nestedDirectories(60)});
  CensusRequest request = walkRequest(dir.path());
  request.threads = 4;
  for (const std::uint64_t names : {1U, 1000U, 5000U}) {
    CensusProgress progress;
    const StopAfter stop(progress, names);
    const auto result = makeWalkEngine()->count(request, ext4Info(), progress, stop.token());
    CHECK((result || result.error().code == ECANCELED));
  }
}

}  // namespace
}  // namespace hardlink
