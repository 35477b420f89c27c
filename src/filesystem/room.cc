#include "filesystem/room.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <fstream>

#include "base/os/os.h"
#include "filesystem/magic.h"
#include "filesystem/superblock.h"

namespace hardlink {
namespace {

static_assert(offsetof(XfsGeometry, directory_block_bytes) == 104);

/// What is known of a type.
enum class Kind : std::uint8_t {
  other,   ///< nothing, or nothing that would end
  inodes,  ///< that it has a fixed number of inodes
  ext,     ///< how many inodes there are, and what a directory takes
  xfs,
};

struct Row {
  std::string_view type;
  Kind kind;
};

// A type has a fixed number of inodes if its statfs() gives one that depends on nothing else. Not
// here are those that make inodes of free space: btrfs, JFS, NILFS, OCFS2, ZFS, bcachefs and
// F2FS, whose figures follow the free blocks; reiserfs, UBIFS and ramfs have none. Of what btrfs
// has free, statfs(2) says how much data would fit: directories take metadata, which has chunks of
// its own, so that it ends earlier or later than those figures say.
constexpr std::array kRows = {
    // s_inodes_count, ext4_statfs() in fs/ext4/super.c; ext2_statfs(), ext3_statfs().
    Row{"ext2", Kind::ext},
    Row{"ext3", Kind::ext},
    Row{"ext4", Kind::ext},
    Row{kSomeExt, Kind::ext},
    // xfs_fs_statfs() in fs/xfs/xfs_super.c: see xfsRoom().
    Row{"xfs", Kind::xfs},
    // `nr_inodes`, shmem_statfs() in mm/shmem.c; 0 where it is not limited. Directories take no
    // space there.
    Row{"tmpfs", Kind::inodes},
    // s_ninodes, minix_statfs() in fs/minix/inode.c.
    Row{"minix", Kind::inodes},
    // s_ncg * s_ipg, ufs_statfs() in fs/ufs/super.c.
    Row{"ufs", Kind::inodes},
    // s_ninodes, sysv_statfs() in fs/sysv/inode.c (until Linux 6.14).
    Row{"sysv", Kind::inodes},
    Row{"v7", Kind::inodes},
};

Kind kindOf(std::string_view type) {
  const auto* const row = std::find_if(
      kRows.begin(), kRows.end(), [&](const Row& candidate) { return candidate.type == type; });
  return row != kRows.end() ? row->kind : Kind::other;
}

std::uint64_t without(std::uint64_t value, std::uint64_t part) {
  return value - std::min(value, part);
}

/// The unit in which statfs(2) counts blocks.
std::uint64_t unitOf(const struct statfs& now) {
  return static_cast<std::uint64_t>(now.f_frsize > 0 ? now.f_frsize : now.f_bsize);
}

/// The bytes that are used, and the `left` ones that the maker of the layers can still take.
Quota bytesOf(const struct statfs& now, std::uint64_t left) {
  return {without(now.f_blocks, now.f_bfree) * unitOf(now) + left, left};
}

std::optional<Quota> inodesOf(const struct statfs& now) {
  return now.f_files > 0 ? std::optional(Quota{now.f_files, now.f_ffree}) : std::nullopt;
}

/// Whether only root can make something in the directory. In a user namespace of its own a process
/// has another's user for its root.
bool isMadeByRoot(const Place& place) {
  constexpr ino_t kInitialUserNamespace = 0xEFFFFFFD;  // PROC_USER_INIT_INO, linux/proc_ns.h
  struct stat status = {};
  if (::stat("/proc/self/ns/user", &status) == 0 && status.st_ino != kInitialUserNamespace) {
    return false;
  }
  constexpr mode_t kOthersWrite = S_IWGRP | S_IWOTH;
  return ::fstat(place.fd, &status) == 0 && status.st_uid == 0 &&
         (status.st_mode & kOthersWrite) == 0;
}

/// What ext4 keeps from everybody for the moment in which delayed allocations are written.
std::optional<std::uint64_t> reservedClusters(dev_t device) {
  std::ifstream file("/sys/fs/ext4/" + blockDeviceName(device) + "/reserved_clusters");
  std::uint64_t clusters = 0;
  return file >> clusters ? std::optional(clusters) : std::nullopt;
}

/// ext4_has_free_clusters() in fs/ext4/balloc.c: with CAP_SYS_RESOURCE all but the reserved
/// clusters can be taken. ext2_has_free_blocks() and its like in ext3 know no such clusters.
std::optional<std::uint64_t> heldBackFromRoot(const Place& place, const CopyCosts& costs) {
  if (const auto clusters = reservedClusters(place.device)) {
    return *clusters * costs.cluster_bytes;
  }
  const bool has_own_driver = (place.type == "ext2" || place.type == "ext3") &&
                              !blockDeviceName(place.device).empty() && !servedByExt4(place.device);
  return has_own_driver ? std::optional(std::uint64_t{0}) : std::nullopt;
}

/// The cluster of an ext4 whose superblock cannot be read, at most: every inode has whole ones, so
/// it divides what the directory has and what some of the entries in it have.
std::optional<std::uint64_t> clusterByAllocations(const Place& place) {
  constexpr int kEnoughEntries = 64;
  std::uint64_t all = 0;  // its lowest bit is the largest power of two that divides each
  struct stat status = {};
  if (::fstat(place.fd, &status) == 0) {
    all |= static_cast<std::uint64_t>(status.st_blocks) * 512;
  }
  const Result<Fd> directory = os::openRoot(std::string(place.path));
  os::DirectoryReader reader;
  reader.start(directory ? directory->get() : -1);
  for (int i = 0; i < kEnoughEntries; ++i) {
    const os::DirectoryEntry* const entry = reader.next();
    if (entry == nullptr) {
      break;
    }
    if (::fstatat(directory->get(), entry->name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
        status.st_dev == place.device) {
      all |= static_cast<std::uint64_t>(status.st_blocks) * 512;
    }
  }
  return all != 0 ? std::optional(all & (~all + 1)) : std::nullopt;
}

/// ext4.ko mounts no filesystem with clusters as ext2 or ext3 (ext2_feature_set_ok()).
std::optional<std::uint64_t> clusterOf(const Place& place, std::uint64_t block_bytes) {
  if (place.type == "ext2" || place.type == "ext3") {
    return block_bytes;
  }
  constexpr off_t kAt = 1024;
  const auto superblock = readBlockDevice(place.device, std::string(place.source), kAt, 1024);
  if (superblock) {
    return extClusterBytes(*superblock);
  }
  return clusterByAllocations(place);
}

CopyCosts extCosts(const Place& place) {
  const auto now = statFilesystem(place.fd, place.path);
  if (!now) {
    return {};
  }
  const auto block = static_cast<std::uint32_t>(now->f_bsize);
  const auto cluster = clusterOf(place, block);
  if (!cluster) {
    return {};
  }
  return {.block_bytes = block,
          .cluster_bytes = std::max(block, static_cast<std::uint32_t>(*cluster))};
}

/// Small directories are in their inodes there; this has a block for each.
CopyCosts xfsCosts(const Place& place) {
  const Fd file = openForQuestions(place.fd, place.path);
  XfsGeometry geometry = {};
  if (!file.valid() || ::ioctl(file.get(), kAskXfsGeometry, &geometry) != 0) {
    return {};
  }
  // 64 inodes have a record in the tree of all and one in that of chunks with free ones, 16 bytes
  // each, in blocks that are half full at least.
  constexpr std::uint32_t kRecordsShare = 64;
  return {.block_bytes = geometry.directory_block_bytes,
          .cluster_bytes = geometry.directory_block_bytes,
          .entry_scale = 2,  // one entry with the names, one with the hashes
          .inode_bytes = geometry.inode_bytes + geometry.inode_bytes / kRecordsShare};
}

}  // namespace

bool countsRoom(std::string_view type) { return kindOf(type) != Kind::other; }

Fd openForQuestions(int fd, std::string_view path) {
  struct stat status = {};
  if (::fstat(fd, &status) != 0 || !(S_ISDIR(status.st_mode) || S_ISREG(status.st_mode))) {
    return Fd();
  }
  constexpr int kFlags = O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
  const std::string name(path);
  return Fd(retryOnEintr([&] { return ::open(name.c_str(), kFlags); }));
}

Result<struct statfs> statFilesystem(int fd, std::string_view path) {
  struct statfs status = {};
  if (::fstatfs(fd, &status) == 0) {
    return status;
  }
  const std::string name(path);
  if (::statfs(name.c_str(), &status) != 0) {
    return errnoError("statfs " + name);
  }
  return status;
}

CopyCosts copyCosts(const Place& place) {
  switch (kindOf(place.type)) {
    case Kind::ext:
      return extCosts(place);
    case Kind::xfs:
      return xfsCosts(place);
    case Kind::inodes:
      // shmem_link() in mm/shmem.c takes one for each further name.
      return {.names_take_inodes = place.type == "tmpfs"};
    case Kind::other:
      break;
  }
  return {};
}

Result<FreeRoom> roomAt(const Place& place, const CopyCosts& costs) {
  const Kind kind = kindOf(place.type);
  if (kind == Kind::other) {
    return FreeRoom{};
  }
  const auto now = statFilesystem(place.fd, place.path);
  if (!now) {
    return now.error();
  }
  FreeRoom room{.inodes = inodesOf(*now), .bytes = {}};
  if (kind == Kind::ext) {
    room = extRoom(*now, isMadeByRoot(place) ? heldBackFromRoot(place, costs) : std::nullopt);
  } else if (kind == Kind::xfs) {
    room = xfsRoom(*now, costs);
  }
  if (costs.block_bytes == 0) {
    room.bytes.reset();
  }
  return room;
}

FreeRoom extRoom(const struct statfs& now, std::optional<std::uint64_t> held_back) {
  // What the quota of a project leaves is in all figures (ext4_statfs_project() in
  // fs/ext4/super.c). If it is less than is free, f_bavail is that too, and nothing is held back
  // of it.
  const std::uint64_t unit = unitOf(now);
  std::uint64_t left = now.f_bavail * unit;
  if (held_back) {
    left = std::max(left, without(now.f_bfree * unit, *held_back));
  }
  return {.inodes = inodesOf(now), .bytes = bytesOf(now, left)};
}

FreeRoom xfsRoom(const struct statfs& now, const CopyCosts& costs) {
  const std::uint64_t unit = unitOf(now);
  // A new directory is refused unless all can be had at once that it could take: a chunk of 64
  // inodes, a path through the trees of inodes, and seven blocks of the directory above with what
  // maps them (XFS_MKDIR_SPACE_RES, fs/xfs/libxfs/xfs_trans_space.h). Measured: 26 to 110 blocks
  // and 7 blocks of directories. Each of usually four allocation groups has a chunk in use.
  const std::uint64_t held_back =
      64 * unit + 8 * std::uint64_t{costs.block_bytes} + 4 * 64 * std::uint64_t{costs.inode_bytes};
  FreeRoom room{.inodes = {}, .bytes = bytesOf(now, without(now.f_bavail * unit, held_back))};
  // Inodes are made of free space, but of no more than `imaxpct` of all there is. Where that is
  // what ends, f_files is that number; otherwise it is what would fit into the free space.
  const std::uint64_t used = without(now.f_files, now.f_ffree);
  if (costs.inode_bytes > 0 && now.f_files < used + now.f_bfree * unit / costs.inode_bytes) {
    room.inodes = inodesOf(now);
  }
  return room;
}

}  // namespace hardlink
