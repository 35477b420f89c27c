#include "filesystem/superblock.h"

#include <sys/sysmacros.h>

#include "support/catch.h"

namespace hardlink {
namespace {

std::string extSuperblock(unsigned char compat, unsigned char ro_compat) {
  std::string block(1024, '\0');
  block[0x38] = '\x53';
  block[0x39] = '\xEF';
  block[0x5C] = static_cast<char>(compat);
  block[0x64] = static_cast<char>(ro_compat);
  return block;
}

TEST_CASE("directories are unlimited only with both dir_nlink and dir_index") {
  CHECK(extLiftsDirectoryLimit(extSuperblock(0x20, 0x20)) == true);
  CHECK(extLiftsDirectoryLimit(extSuperblock(0xDF, 0x20)) == false);
  CHECK(extLiftsDirectoryLimit(extSuperblock(0x20, 0xDF)) == false);
}

TEST_CASE("bytes that are no ext superblock, or a truncated one, give no answer") {
  CHECK_FALSE(extLiftsDirectoryLimit(std::string(1024, '\0')));
  CHECK_FALSE(extLiftsDirectoryLimit(extSuperblock(0x20, 0x20).substr(0, 0x67)));
  CHECK_FALSE(extLiftsDirectoryLimit(""));
}

TEST_CASE("the unit of allocation of ext is a block, or a cluster with bigalloc") {
  std::string block = extSuperblock(0x20, 0x20);
  block[0x18] = 2;  // blocks of 4 KiB
  block[0x1C] = 6;  // clusters of 64 KiB, which count with the feature only
  CHECK(extClusterBytes(block) == 4096U);
  block[0x65] = 2;
  CHECK(extClusterBytes(block) == 65536U);
  block[0x1C] = 21;
  CHECK_FALSE(extClusterBytes(block));
  CHECK_FALSE(extClusterBytes(std::string(1024, '\0')));
  CHECK_FALSE(extClusterBytes(block.substr(0, 0x67)));
}

std::string ocfs2Start(std::size_t block_size, char incompat_second_byte) {
  std::string start(3UL * 4096, '\0');
  start.replace(2 * block_size, 6, "OCFSV2");
  start[2 * block_size + 0xE1] = incompat_second_byte;
  return start;
}

TEST_CASE("indexed directories of ocfs2 are found for every block size") {
  for (const std::size_t block_size : {512U, 1024U, 2048U, 4096U}) {
    CAPTURE(block_size);
    CHECK(ocfs2HasIndexedDirectories(ocfs2Start(block_size, 0x04)) == true);
    CHECK(ocfs2HasIndexedDirectories(ocfs2Start(block_size, 0x03)) == false);
  }
}

TEST_CASE("bytes that are no ocfs2 superblock, or a truncated one, give no answer") {
  CHECK_FALSE(ocfs2HasIndexedDirectories(std::string(3UL * 4096, '\0')));
  CHECK_FALSE(ocfs2HasIndexedDirectories(ocfs2Start(4096, 0x04).substr(0, 2 * 4096 + 0xE3)));
  CHECK_FALSE(ocfs2HasIndexedDirectories(""));
}

TEST_CASE("a device number without a block device has neither name nor bytes") {
  CHECK(blockDeviceName(makedev(0, 5)).empty());
  CHECK_FALSE(readBlockDevice(makedev(0, 5), "/dev/null", 0, 16));
}

}  // namespace
}  // namespace hardlink
