// The ext4 engine on unmounted images: block sizes that this kernel may not mount, and damage that
// no kernel makes.

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <stop_token>
#include <thread>

#include "census/count/engine.h"
#include "census/ext4/ext4_volume.h"
#include "ext4_image.h"
#include "support/catch.h"
#include "support/temp_tree.h"

namespace hardlink {
namespace {

constexpr std::uint64_t kMebibyte = std::uint64_t{1} << 20U;

/// One directory of 1,500 long names, and a few small ones.
void plantTree(const TempDir& dir) {
  plant(dir.path(),
        {makeDir("a", {makeFile("f"), makeLinks(std::string(100, 'n'), 1499, "a/f")}),
         makeDir("b", {makeLink("g", "a/f"), makeSymlink("slow", std::string(200, 's')),
                       makeFifo("p"), makeDir("empty"), makeDir("c", {makeFile("own")})})});
}

RootCounts walked(const std::string& path) {
  CensusRequest request;
  request.path = path;
  request.buckets = {1, 2, 10, 100, 65000};
  CensusProgress progress;
  FilesystemInfo filesystem;
  filesystem.type = "ext4";
  auto counts = makeWalkEngine()->count(request, filesystem, progress, {});
  REQUIRE(counts);
  return *counts;
}

void checkCounts(const std::string& directory, const std::vector<std::string>& options,
                 std::uint64_t size_bytes) {
  const Ext4Image image(directory, options, size_bytes);
  const RootCounts expected = walked(directory);
  const auto counts = image.count();
  REQUIRE(counts);
  CHECK(counts->layer.names == expected.names);
  CHECK(counts->layer.inodes == expected.inodes);
  CHECK(counts->layer.max_links == expected.max_links);
  CHECK(counts->layer.inode_links == expected.inode_links);
  CHECK(counts->totals.directories == expected.directories + 1);  // with lost+found
  CHECK(counts->totals.fullest.entries().front().subdirectories.count ==
        expected.fullest_directories.front().count + 1);
  CHECK(counts->totals.errors == CensusErrors{});
}

TEST_CASE("a block is in the cache unless the kernel would have to wait for it") {
  constexpr std::uint64_t kBytes = 4 * kMebibyte;
  const TempDir source;
  const Ext4Image image(source.path(), {"-O", "^has_journal"}, kBytes);
  const TempDir dir;
  const std::string path = dir / "image";
  const Fd file(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  REQUIRE(write(file.get(), image.bytes().data(), kBytes) == static_cast<ssize_t>(kBytes));
  const auto volume = Ext4Volume::open(file.get());
  REQUIRE(volume);
  constexpr std::uint64_t kFar = 3 * kMebibyte;
  CHECK(volume->isCached(kFar));  // just written
  REQUIRE(fdatasync(file.get()) == 0);
  REQUIRE(posix_fadvise(file.get(), 0, 0, POSIX_FADV_DONTNEED) == 0);
  // A filesystem that cannot tell (overlayfs, tmpfs) says so, or keeps everything.
  char byte = 0;
  iovec piece{&byte, 1};
  const bool waits =
      preadv2(file.get(), &piece, 1, static_cast<off_t>(kFar), RWF_NOWAIT) == -1 && errno == EAGAIN;
  CHECK(volume->isCached(kFar) == !waits);
  REQUIRE(pread(file.get(), &byte, 1, static_cast<off_t>(kFar)) == 1);
  CHECK(volume->isCached(kFar));
}

TEST_CASE("a device that cannot report its cached blocks counts as cached") {
  const TempDir source;
  const Ext4Image image(source.path(), {"-O", "^has_journal"}, 4 * kMebibyte);
  const Fd memory(memfd_create("image", MFD_CLOEXEC));
  REQUIRE(write(memory.get(), image.bytes().data(), image.size()) > 0);
  const auto volume = Ext4Volume::open(memory.get());
  REQUIRE(volume);
  const Fd unreadable(open("/dev/null", O_WRONLY | O_CLOEXEC));
  REQUIRE(dup2(unreadable.get(), memory.get()) == memory.get());  // answers EBADF from here on
  CHECK(volume->isCached(0));
}

TEST_CASE("every size of blocks is read, also those larger than this machine's pages") {
  const TempDir dir;
  plantTree(dir);
  for (const char* size : {"1024", "2048", "4096", "8192", "16384", "32768", "65536"}) {
    CAPTURE(size);
    checkCounts(dir.path(), {"-b", size, "-O", "^has_journal"}, 32 * kMebibyte);
  }
  for (const char* size : {"1024", "65536"}) {
    CAPTURE(size);
    checkCounts(dir.path(), {"-b", size, "-O", "^extent,^64bit,^has_journal"}, 32 * kMebibyte);
    checkCounts(dir.path(), {"-b", size, "-O", "inline_data,^has_journal"}, 32 * kMebibyte);
  }
}

template <class T>
void put(Ext4Image& image, std::uint64_t offset, T value) {
  image.overwrite(offset, std::as_bytes(std::span(&value, 1)));
}

// What follows damages an image of 1 KiB blocks whose layout is known: without flex_bg and 64bit,
// the first group's inode table begins at the block that its descriptor, at byte 2048, names.
class DamagedImage {
 public:
  explicit DamagedImage(const std::string& features)
      : image_(tree(), {"-b", "1024", "-I", "128", "-O", features + ",^flex_bg,^64bit"},
               8 * kMebibyte) {}

  /// Byte `field` of inode number `inode`.
  [[nodiscard]] std::uint64_t offsetOf(std::uint32_t inode, std::uint64_t field) const {
    return std::uint64_t{load(2048 + 8)} * 1024 + (inode - 1) * 128ULL + field;
  }
  [[nodiscard]] std::uint32_t load(std::uint64_t offset) const {
    std::uint32_t value = 0;
    std::memcpy(&value, image_.bytes().data() + offset, sizeof value);
    return value;
  }
  Ext4Image& image() { return image_; }

  static constexpr std::uint32_t kRoot = 2;
  static constexpr std::uint64_t kSize = 4;
  static constexpr std::uint64_t kBlock = 40;
  static constexpr std::uint32_t kFree = 5000;  // a block that nobody uses

 private:
  const std::string& tree() {
    plantTree(dir_);
    return dir_.path();
  }

  TempDir dir_;
  Ext4Image image_;
};

constexpr const char* kPlain = "^metadata_csum,^uninit_bg,^has_journal,^resize_inode,^dir_index";

TEST_CASE("thousands of inodes with several links, and a large file, each have their own counts") {
  constexpr unsigned kDirectories = 90;
  constexpr unsigned kShared = kDirectories * 100;  // more than a slot of the inode map can number
  constexpr std::uint64_t kLarge = 9 * kMebibyte;   // more blocks than a slot has room for
  const TempDir dir;
  plant(dir.path(), {makeFile("large", std::string(kLarge, 'x'))});
  for (unsigned directory = 0; directory < kDirectories; ++directory) {
    const std::string in = std::to_string(directory);
    std::vector<TreeEntry> files;
    std::vector<TreeEntry> links;
    for (unsigned i = 0; i < kShared / kDirectories; ++i) {
      const std::string name = std::to_string(i);
      files.push_back(makeFile(name, i % 5 == 0 ? "x" : ""));
      files.push_back(makeFile("own" + name));
      links.push_back(makeLinks(name + ".", 1 + i % 3, in + "/" + name));
    }
    plant(dir.path(), {makeDir(in, files), makeDir("links" + in, links)});
  }
  const Ext4Image image(dir.path(), {"-b", "1024", "-N", "24000"}, 64 * kMebibyte);
  const RootCounts expected = walked(dir.path());
  const auto counts = image.count();
  REQUIRE(counts);
  CHECK(counts->layer.names == expected.names);
  CHECK(counts->layer.inode_links == expected.inode_links);
  const std::uint64_t small = std::uint64_t{kShared / 5} * 1024;
  CHECK(counts->layer.exclusive_bytes >= kLarge + small);
  CHECK(counts->layer.exclusive_bytes <= kLarge + small + 4096);  // and blocks of an extent tree
}

TEST_CASE("reading a block map that contains itself ends") {
  DamagedImage damaged(std::string(kPlain) + ",^extent");
  Ext4Image& image = damaged.image();
  REQUIRE(image.count()->layer.names == 1504);
  const std::vector<std::uint32_t> self(256, DamagedImage::kFree);
  image.overwrite(std::uint64_t{DamagedImage::kFree} * 1024, std::as_bytes(std::span(self)));
  put(image, damaged.offsetOf(DamagedImage::kRoot, DamagedImage::kBlock + 13 * 4),
      DamagedImage::kFree);
  put(image, damaged.offsetOf(DamagedImage::kRoot, DamagedImage::kSize), std::uint32_t{0xFFFFFC00});
  const auto counts = image.count();
  REQUIRE(counts);
  CHECK(counts->totals.errors.unread_directories > 0);
}

TEST_CASE("reading an extent tree whose nodes share their children ends") {
  DamagedImage damaged(std::string(kPlain) + ",extent");
  Ext4Image& image = damaged.image();
  REQUIRE(image.count()->layer.names == 1504);
  // Five levels of nodes, each of which names the next 84 times.
  constexpr std::uint16_t kMagic = 0xF30A;
  for (std::uint32_t level = 0; level < 5; ++level) {
    const std::uint64_t node = std::uint64_t{DamagedImage::kFree + level} * 1024;
    const std::vector<std::uint16_t> header = {
        kMagic, 84, 84, static_cast<std::uint16_t>(4 - level), 0, 0};
    image.overwrite(node, std::as_bytes(std::span(header)));
    for (std::uint32_t i = 0; i < 84; ++i) {
      const std::vector<std::uint32_t> index = {0, DamagedImage::kFree + level + 1, 0};
      const std::vector<std::uint32_t> extent = {0, 1, DamagedImage::kFree};
      image.overwrite(node + 12 + 12ULL * i, std::as_bytes(std::span(level < 4 ? index : extent)));
    }
  }
  const std::uint64_t root = damaged.offsetOf(DamagedImage::kRoot, DamagedImage::kBlock);
  const std::vector<std::uint16_t> header = {kMagic, 1, 4, 5, 0, 0};
  image.overwrite(root, std::as_bytes(std::span(header)));
  const std::vector<std::uint32_t> index = {0, DamagedImage::kFree, 0};
  image.overwrite(root + 12, std::as_bytes(std::span(index)));
  put(image, damaged.offsetOf(DamagedImage::kRoot, DamagedImage::kSize), std::uint32_t{0xFFFFFC00});
  const auto counts = image.count();
  REQUIRE(counts);
  CHECK(counts->layer.names == 0);
  CHECK(counts->totals.errors.unread_directories == 1);
}

TEST_CASE("directories that contain each other have an end") {
  DamagedImage damaged(std::string(kPlain) + ",extent");
  Ext4Image& image = damaged.image();
  // The root's own block, again: `.` (12 bytes), `..` (12 bytes), then the first name's inode.
  const std::uint64_t block = std::uint64_t{damaged.load(damaged.offsetOf(
                                  DamagedImage::kRoot, DamagedImage::kBlock + 12 + 8))} *
                              1024;
  const std::uint64_t first = damaged.load(block + 24);
  REQUIRE(first >= 11);
  const std::uint64_t child =
      std::uint64_t{damaged.load(
          damaged.offsetOf(static_cast<std::uint32_t>(first), DamagedImage::kBlock + 12 + 8))} *
      1024;
  // Its `..` becomes a name for itself.
  put(image, child + 12, static_cast<std::uint32_t>(first));
  put(image, child + 12 + 8, std::uint8_t{'x'});
  const auto counts = image.count();
  REQUIRE(counts);
  CHECK(counts->totals.errors[CensusErrorReason::loop] > 0);
}

TEST_CASE("a superblock that promises more blocks than the device has is refused") {
  DamagedImage damaged(std::string(kPlain) + ",extent");
  REQUIRE(damaged.image().count());
  put(damaged.image(), 1024 + 4, std::uint32_t{0xFFFFFFFF});
  CHECK_FALSE(damaged.image().count());
  damaged.image().restore();
  CHECK(damaged.image().count());
}

TEST_CASE("a superblock caught between its fields and its checksum is read again") {
  const TempDir dir;
  plantTree(dir);
  Ext4Image image(dir.path(), {"-b", "1024", "-O", "metadata_csum"}, 8 * kMebibyte);
  constexpr std::uint64_t kChecksum = 1024 + 0x3FC;
  {
    const std::jthread writer([&](const std::stop_token& stop) {
      while (!stop.stop_requested()) {
        put(image, kChecksum, std::uint32_t{0});
        image.restore();
      }
    });
    for (int i = 0; i < 200; ++i) {
      REQUIRE(image.count());
    }
  }
  put(image, kChecksum, std::uint32_t{0});
  CHECK_FALSE(image.count());
}

TEST_CASE("an image that cannot be opened leaves no descriptor behind") {
  DamagedImage damaged(std::string(kPlain) + ",extent");
  put(damaged.image(), 1024 + 56, std::uint16_t{0});  // s_magic
  const Fd before(dup(0));
  CHECK_FALSE(damaged.image().count());
  const Fd after(dup(0));
  CHECK(after.get() == before.get() + 1);
}

}  // namespace
}  // namespace hardlink
