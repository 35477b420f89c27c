// Both engines count the same on every variety of ext2, ext3 and ext4 that mkfs can make and the
// kernel mounts. Needs root.

#include <fcntl.h>
#include <linux/fiemap.h>
#include <linux/fs.h>
#include <linux/fscrypt.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <iterator>
#include <memory>

#include "rich_tree.h"
#include "support/catch.h"
#include "support/loop_mount.h"
#include "support/skip.h"
#include "two_engines.h"
#include "unit/census/walk/literal_farm.h"
#include "unit/census/walk/random_tree.h"
#include "unit/census/walk/tree_oracle.h"

namespace hardlink {
namespace {

const SkipBinary needs_loop_mounts(whyNoLoopMounts());

struct Variety {
  LoopOptions filesystem = {};
  RichTreeOptions tree = {};
};

Variety ext4With(std::vector<std::string> mkfs_options) {
  return {.filesystem = {.mkfs_options = std::move(mkfs_options)}};
}

Variety ext4WithFeatures(const std::string& features) { return ext4With({"-O", features}); }

Variety withMountOptions(Variety variety, const std::string& options) {
  variety.filesystem.mount_options = options;
  return variety;
}

/// For varieties that do not concern large directories, or have no index for them: without an
/// index, the time to fill a directory grows with the square of its names.
Variety withSmallerTree(Variety variety) {
  variety.tree.big_names = 3000;
  return variety;
}

std::vector<Variety> blockAndInodeSizes() {
  return {
      ext4With({"-b", "1024"}),
      ext4With({"-b", "2048"}),
      ext4With({"-b", "4096"}),
      ext4With({"-F", "-b", "65536"}),
      ext4With({"-I", "128", "-O", "^metadata_csum"}),
      ext4With({"-I", "512"}),
      ext4With({"-I", "1024", "-b", "1024"}),
      withSmallerTree(ext4With({"-N", "400000"})),
      ext4With({"-b", "1024", "-g", "8192", "-N", "150000"}),
  };
}

std::vector<Variety> olderFormats() {
  return {
      {.filesystem = {.type = "ext2"}},
      {.filesystem = {.type = "ext2", .mkfs_options = {"-r", "0", "-O", "none", "-b", "1024"}},
       .tree = {.big_names = 3000}},
      {.filesystem = {.type = "ext3"}},
      {.filesystem = {.type = "ext3", .mkfs_options = {"-b", "1024"}}},
      ext4WithFeatures("^extent,^64bit"),
      ext4With({"-O", "^extent,^64bit", "-b", "1024"}),
      ext4WithFeatures("^metadata_csum,uninit_bg"),
      ext4WithFeatures("^metadata_csum,^uninit_bg"),
      withSmallerTree(ext4WithFeatures("^64bit")),
      withSmallerTree(ext4WithFeatures("^dir_index")),
      withSmallerTree(ext4WithFeatures("^dir_index,^filetype,^metadata_csum")),
      ext4WithFeatures("^filetype"),
      withSmallerTree(ext4WithFeatures("^dir_nlink")),
      withSmallerTree(ext4WithFeatures("^extra_isize,^huge_file,^large_file")),
      ext4WithFeatures("^has_journal"),
      withSmallerTree(ext4WithFeatures("^flex_bg")),
      ext4WithFeatures("meta_bg,^resize_inode"),
      withSmallerTree(ext4WithFeatures("sparse_super2")),
  };
}

std::vector<Variety> newerFeatures() {
  Variety three_level_index = ext4With({"-O", "large_dir", "-b", "1024"});
  three_level_index.tree = {.big_names = 36000, .longest_names = true};
  return {
      withSmallerTree(ext4WithFeatures("64bit")),
      three_level_index,
      ext4WithFeatures("inline_data"),
      ext4With({"-O", "inline_data", "-I", "512"}),
      ext4With({"-O", "inline_data", "-b", "2048", "-I", "1024"}),
      ext4WithFeatures("inline_data,^metadata_csum,^filetype"),
      withSmallerTree(ext4WithFeatures("ea_inode")),
      ext4WithFeatures("casefold"),
      ext4WithFeatures("encrypt"),
      withSmallerTree(ext4WithFeatures("quota,project")),
      withSmallerTree(ext4WithFeatures("project")),
      withSmallerTree(ext4WithFeatures("verity,stable_inodes")),
      ext4With({"-O", "bigalloc", "-C", "65536", "-N", "32768"}),
      withSmallerTree(ext4WithFeatures("metadata_csum_seed")),
      withSmallerTree(ext4WithFeatures("orphan_file")),
      withSmallerTree(ext4WithFeatures("mmp")),
      withSmallerTree(ext4WithFeatures("fast_commit")),
      withSmallerTree(ext4With({"-J", "size=4"})),
      withMountOptions(ext4With({}), "data=journal"),
      withMountOptions(withSmallerTree(ext4With({})), "noinit_itable,lazytime"),
  };
}

std::vector<Variety> allVarieties() {
  std::vector<Variety> all = {ext4With({})};
  for (const auto& some : {blockAndInodeSizes(), olderFormats(), newerFeatures()}) {
    all.insert(all.end(), some.begin(), some.end());
  }
  return all;
}

std::string nameOf(const Variety& variety) {
  std::string name = variety.filesystem.type;
  for (const std::string& option : variety.filesystem.mkfs_options) {
    name += " " + option;
  }
  return name + " " + variety.filesystem.mount_options;
}

bool asksFor(const Variety& variety, const std::string& feature) {
  const auto& options = variety.filesystem.mkfs_options;
  return std::find(options.begin(), options.end(), feature) != options.end();
}

/// Warns and returns nothing if this kernel or mkfs does not have such a filesystem.
std::unique_ptr<LoopMount> mountIfPossible(const Variety& variety) {
  try {
    return std::make_unique<LoopMount>(variety.filesystem);
  } catch (const std::runtime_error& refusal) {
    WARN("left out, " << nameOf(variety) << ": " << refusal.what());
    return nullptr;
  }
}

Fd openDirectory(const std::string& path) {
  return Fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

/// Makes a directory whose names are looked up without regard to case.
void makeCasefolded(const std::string& path) {
  plant(path, {makeDir("casefolded")});
  const Fd directory = openDirectory(path + "/casefolded");
  int flags = 0;
  throwErrnoUnless(ioctl(directory.get(), FS_IOC_GETFLAGS, &flags) == 0,
                   "get the directory's flags");
  flags |= FS_CASEFOLD_FL;
  throwErrnoUnless(ioctl(directory.get(), FS_IOC_SETFLAGS, &flags) == 0,
                   "set the directory's flags");
}

/// Makes a directory with encrypted names, and adds the key.
void makeEncrypted(const std::string& path) {
  constexpr std::size_t kKeyBytes = 64;
  plant(path, {makeDir("encrypted")});
  const Fd directory = openDirectory(path + "/encrypted");
  std::vector<std::uint64_t> storage((sizeof(fscrypt_add_key_arg) + kKeyBytes) / 8 + 1);
  auto* key = reinterpret_cast<fscrypt_add_key_arg*>(storage.data());
  key->key_spec.type = FSCRYPT_KEY_SPEC_TYPE_IDENTIFIER;
  key->raw_size = kKeyBytes;
  std::memset(key->raw, 'k', kKeyBytes);
  throwErrnoUnless(ioctl(directory.get(), FS_IOC_ADD_ENCRYPTION_KEY, key) == 0, "add a key");
  fscrypt_policy_v2 policy{};
  policy.version = FSCRYPT_POLICY_V2;
  policy.contents_encryption_mode = FSCRYPT_MODE_AES_256_XTS;
  policy.filenames_encryption_mode = FSCRYPT_MODE_AES_256_CTS;
  policy.flags = FSCRYPT_POLICY_FLAGS_PAD_32;
  std::copy(std::begin(key->key_spec.u.identifier), std::end(key->key_spec.u.identifier),
            policy.master_key_identifier);
  throwErrnoUnless(ioctl(directory.get(), FS_IOC_SET_ENCRYPTION_POLICY, &policy) == 0,
                   "set an encryption policy");
}

/// Two snapshots, hot files, tiny directories and a large one below `path`/`name`.
void plantSpecial(const std::string& path, const std::string& name) {
  const std::string sum = name + "/a/sum";
  plant(path, {makeDir(name, {makeDir("a", {makeFile("sum"), makeLinks("sum.", 3000, sum),
                                            makeSymlink("sym", "sum"), makeDir("empty")}),
                              makeDir("b", {makeLinks("LINK", 5000, sum), makeFile("own"),
                                            makeSymlink("slow", std::string(200, 's')),
                                            makeDir("cache", {makeFile("c")})})})});
}

std::vector<CensusRequest> requestsFor(const std::string& root) {
  CensusRequest by_glob = requestFor(root, snapshotsIn(root, {"snapshots/daily.*"}));
  by_glob.options.exclude = {"big_b", "shapes/tiny/tiny?", "*/daily.03", "snapshots/*/var"};
  by_glob.threads = 4;
  by_glob.farm.layer_holders = {".", "snapshots"};
  CensusRequest many_hot = requestFor(root + "/snapshots", snapshotsIn(root + "/snapshots"));
  many_hot.hot_inodes = 100;
  many_hot.hot_directories = 60;
  many_hot.options.exclude = {"*/etc"};
  return {requestFor(root, snapshotsIn(root)),
          requestFor(root),
          by_glob,
          many_hot,
          requestFor(root + "/docker", dockerFarm()),
          requestFor(root + "/snapshots/daily.07"),
          requestFor(root + "/shapes", snapshotsIn(root + "/shapes")),
          requestFor(root + "/mounts", snapshotsIn(root + "/mounts"))};
}

unsigned extentsOf(const std::string& directory) {
  fiemap map{};
  map.fm_length = FIEMAP_MAX_OFFSET;
  const Fd open = openDirectory(directory);
  return ioctl(open.get(), FS_IOC_FIEMAP, &map) == 0 ? map.fm_mapped_extents : 0;
}

void checkTheTreeIsRich(const RichTree& tree, const RootCounts& whole, unsigned big_names) {
  if (big_names > 20000) {
    CHECK(extentsOf(tree / "big_a") > 8);
  }
  CHECK(whole.layers.size() == 6);
  CHECK(whole.names > 2ULL * big_names);
  CHECK(whole.max_links > 4000);
}

void checkSpecial(CensusEngine& engine, const std::string& root, const std::string& name) {
  plantSpecial(root, name);
  CensusRequest request = requestFor(root + "/" + name, snapshotsIn(root + "/" + name));
  const RootCounts counts = checkBothAgree(engine, request);
  CHECK(counts.layout == "snapshots");
  CHECK(counts.names == 8005);
  CHECK(counts.max_links == 8001);
  request.options.exclude = {"*/cache"};
  CHECK(checkBothAgree(engine, request).names == 8004);
  const Mount cover({"-t", "tmpfs", "cover"}, root + "/" + name + "/b/cache");
  CHECK(
      checkBothAgree(engine, requestFor(root + "/" + name, snapshotsIn(root + "/" + name))).names ==
      8004);
}

/// Directories that only some features allow.
void checkSpecials(CensusEngine& engine, const Variety& variety, const std::string& root) {
  if (asksFor(variety, "casefold")) {
    makeCasefolded(root);
    checkSpecial(engine, root, "casefolded");
  }
  if (asksFor(variety, "encrypt")) {
    makeEncrypted(root);
    checkSpecial(engine, root, "encrypted");
  }
}

/// Checks the snapshots with a limit of two links, and compares what a copy of each creates with
/// the figures by std::filesystem.
void checkLimits(CensusEngine& engine, const std::string& root) {
  const Fd directory = openDirectory(root);
  REQUIRE(::syncfs(directory.get()) == 0);
  FilesystemInfo filesystem = filesystemOf(root);
  filesystem.link_limit = 2;
  const RootCounts counts =
      checkBothAgree(engine, requestFor(root, snapshotsIn(root, {"daily.*"})), filesystem);
  REQUIRE(counts.saturated);
  CHECK(counts.saturated->inodes == counts.multilink_inodes);
  CHECK(counts.saturated->empty > 0);
  REQUIRE(counts.layers.size() == 20);
  for (const LayerCounts& layer : counts.layers) {
    checkRemade(layer, remadeBelow(root + "/" + layer.name, filesystem.costs));
  }
}

/// Compares the bytes of a random tree with those that stat(2) says.
void checkBytesOf(CensusEngine& engine, const std::string& path, unsigned seed) {
  const std::string name = "random" + std::to_string(seed);
  plant(path, {makeDir(name)});
  const std::string base = path + "/" + name;
  const std::vector<std::string> snapshots = plantRandomTree(base, seed);
  CensusRequest request = requestFor(base + "/root", snapshotsIn(base + "/root", {"snap*"}));
  letGo(request, snapshots);
  const FilesystemInfo filesystem = filesystemOf(request.path);
  const RootCounts found = bytesBelow(request.path, snapshots, filesystem.costs.block_bytes);
  checkBytes(countedBy(*makeWalkEngine(), request), found);
  checkBytes(countedBy(engine, request), found);
}

void checkVariety(const Variety& variety, const std::string& root) {
  const RichTree tree(root, variety.tree);
  const auto engine = ext4EngineFor(root);
  checkTheTreeIsRich(tree, countedBy(*makeWalkEngine(), requestFor(root, snapshotsIn(root))),
                     variety.tree.big_names);
  for (const CensusRequest& request : requestsFor(root)) {
    checkBothAgree(*engine, request);
  }
  checkLimits(*engine, tree / "snapshots");
  for (unsigned seed = 0; seed < 3; ++seed) {
    checkBytesOf(*engine, root, seed);
  }
  checkSpecials(*engine, variety, root);
  checkBothAgree(*engine, requestFor(root, snapshotsIn(root)));
}

TEST_CASE("both engines count the same on every variety of ext2, ext3 and ext4") {
  unsigned counted = 0;
  for (const Variety& variety : allVarieties()) {
    INFO(nameOf(variety));
    if (const std::unique_ptr<LoopMount> mount = mountIfPossible(variety)) {
      checkVariety(variety, mount->path());
      ++counted;
    }
  }
  REQUIRE(counted >= 18);
}

TEST_CASE("through a bind mount both engines see files that mounts cover elsewhere") {
  const LoopMount mount(LoopOptions{});
  const RichTree tree(mount.path(), {.big_names = 10});
  const TempDir elsewhere;
  const Mount bind({"--bind", tree / "snapshots"}, elsewhere.path());
  const auto engine = ext4EngineFor(elsewhere.path());
  const RootCounts covered = checkBothAgree(*engine, requestFor(tree / "snapshots"));
  const RootCounts uncovered = checkBothAgree(*engine, requestFor(elsewhere.path()));
  CHECK(uncovered.names == covered.names + 2);
  const Mount within({"-t", "tmpfs", "cover"}, elsewhere / "daily.02");
  CHECK(checkBothAgree(*engine, requestFor(elsewhere.path())).names < covered.names);
}

TEST_CASE("a root that another mount covers is counted as it appears at the path") {
  const LoopMount mount(LoopOptions{});
  const RichTree tree(mount.path(), {.big_names = 10});
  const Mount cover({"--bind", tree / "docker"}, tree / "shapes");
  const auto engine = ext4EngineFor(tree / "shapes");
  const RootCounts counts = checkBothAgree(*engine, requestFor(tree / "shapes", dockerFarm()));
  CHECK(counts.layout == "docker-overlay");
}

TEST_CASE("mounts that a later mount covers hide nothing") {
  const LoopMount mount(LoopOptions{});
  const RichTree tree(mount.path(), {.big_names = 10});
  const Mount first({"-t", "tmpfs", "cover"}, tree / "snapshots/daily.02/yumdb");
  const RootCounts covered = countedBy(*makeWalkEngine(), requestFor(tree / "snapshots"));
  const Mount second({"--bind", tree / "snapshots"}, tree / "snapshots");
  const auto engine = ext4EngineFor(tree / "snapshots");
  const RootCounts counts = checkBothAgree(*engine, requestFor(tree / "snapshots"));
  CHECK(counts.names == covered.names + 202);
}

/// An image with the directories `sound` and `a/damaged`, whose inode is invalid.
void makeDamagedImage(const TempDir& directory, const std::string& image) {
  plant(directory.path(), {makeDir("tree", {makeDir("sound", {makeFile("f")}),
                                            makeDir("a", {makeDir("damaged", {makeFile("g")})})})});
  runProgram({"truncate", "-s", "16M", image});
  runProgram(
      {"mkfs.ext4", "-q", "-O", "^metadata_csum,^has_journal", "-d", directory / "tree", image});
  runProgram({"debugfs", "-w", "-R", "set_inode_field /a/damaged block[0] 0x1234", image});
}

TEST_CASE("a damaged directory is one that could not be read, for both engines") {
  const TempDir directory;
  makeDamagedImage(directory, directory / "image");
  plant(directory.path(), {makeDir("mounted")});
  const Mount mount({"-t", "ext4", "-o", "loop,ro", directory / "image"}, directory / "mounted");
  const auto engine = ext4EngineFor(mount.path());
  const RootCounts counts = checkBothAgree(*engine, requestFor(mount.path()));
  CHECK(counts.names == 1);
  CHECK(counts.errors.unread_directories == 1);
  CHECK(counts.errors[CensusErrorReason::io] == 1);
}

TEST_CASE("both engines keep a representative path") {
  const LoopMount mount(LoopOptions{});
  const RichTree tree(mount.path(), {.big_names = 10});
  const auto engine = ext4EngineFor(tree / "snapshots");
  CensusRequest request = requestFor(tree / "snapshots");
  const std::uint64_t hottest = countedBy(*engine, request).hot_inodes.at(0).inode;
  request.known_paths = {{hottest, "daily.05/yumdb/sum.7"}};
  CHECK(checkBothAgree(*engine, request).hot_inodes.at(0).paths.at(0) == "daily.05/yumdb/sum.7");
  request.known_paths = {{hottest, "daily.05/yumdb/no longer"}};
  CHECK(checkBothAgree(*engine, request).hot_inodes.at(0).paths.at(0) == "daily.00/yumdb/sum");
}

}  // namespace
}  // namespace hardlink
