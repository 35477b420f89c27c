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

/// How the free room of a type is determined.
enum class Kind : std::uint8_t {
  other,   ///< unknown, or without a limit
  inodes,  ///< a fixed number of inodes
  ext,     ///< a fixed number of inodes, and the cost of a directory is known
  xfs,
};

struct Row {
  std::string_view type;
  Kind kind;
};

// The types with a fixed number of inodes: their statfs() gives a number that depends on nothing
// else. btrfs, JFS, NILFS, OCFS2, ZFS, bcachefs and F2FS make inodes of free space, so their
// numbers follow the free blocks. reiserfs, UBIFS and ramfs give no number. The free bytes of btrfs
// are those for data. Directories take metadata, which has chunks of its own and may end earlier or
// later.
constexpr std::array kRows = {
    // s_inodes_count, ext4_statfs() in fs/ext4/super.c; ext2_statfs(), ext3_statfs().
    Row{"ext2", Kind::ext},
    Row{"ext3", Kind::ext},
    Row{"ext4", Kind::ext},
    Row{kSomeExt, Kind::ext},
    // xfs_fs_statfs() in fs/xfs/xfs_super.c: see xfsRoom().
    Row{"xfs", Kind::xfs},
    // `nr_inodes`, shmem_statfs() in mm/shmem.c; 0 without a limit. Directories take no space.
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

/// The size of the blocks that statfs(2) counts.
std::uint64_t unitOf(const struct statfs& now) {
  return static_cast<std::uint64_t>(now.f_frsize > 0 ? now.f_frsize : now.f_bsize);
}

/// The quota of used bytes and the `left` bytes that the maker of the layers can still take.
Quota bytesOf(const struct statfs& now, std::uint64_t left) {
  return {without(now.f_blocks, now.f_bfree) * unitOf(now) + left, left};
}

std::optional<Quota> inodesOf(const struct statfs& now) {
  return now.f_files > 0 ? std::optional(Quota{now.f_files, now.f_ffree}) : std::nullopt;
}

/// Whether only root can create entries in the directory. False in a user namespace, whose root is
/// another user of the host.
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

/// The clusters that ext4 reserves for the writing of delayed allocations, from all users.
std::optional<std::uint64_t> reservedClusters(dev_t device) {
  std::ifstream file("/sys/fs/ext4/" + blockDeviceName(device) + "/reserved_clusters");
  std::uint64_t clusters = 0;
  return file >> clusters ? std::optional(clusters) : std::nullopt;
}

/// ext4_has_free_clusters() in fs/ext4/balloc.c: a process with CAP_SYS_RESOURCE can take all but
/// the reserved clusters. The drivers of ext2 (ext2_has_free_blocks()) and ext3 have no such
/// clusters.
std::optional<std::uint64_t> heldBackFromRoot(const Place& place, const CopyCosts& costs) {
  if (const auto clusters = reservedClusters(place.device)) {
    return *clusters * costs.cluster_bytes;
  }
  const bool has_own_driver = (place.type == "ext2" || place.type == "ext3") &&
                              !blockDeviceName(place.device).empty() && !servedByExt4(place.device);
  return has_own_driver ? std::optional(std::uint64_t{0}) : std::nullopt;
}

/// An upper bound for the cluster of an ext4 whose superblock cannot be read. Every inode has whole
/// clusters, so the cluster divides the allocations of the directory and of its entries.
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

/// A block for each directory, although XFS keeps small directories in their inodes.
CopyCosts xfsCosts(const Place& place) {
  const Fd file = openForIoctl(place.fd, place.path);
  XfsGeometry geometry = {};
  if (!file.valid() || ::ioctl(file.get(), kAskXfsGeometry, &geometry) != 0) {
    return {};
  }
  // Each 64 inodes have two records of 16 bytes, in the tree of all chunks and in the tree of
  // chunks with free inodes. The blocks of these trees are at least half full.
  constexpr std::uint32_t kRecordsShare = 64;
  return {.block_bytes = geometry.directory_block_bytes,
          .cluster_bytes = geometry.directory_block_bytes,
          .entry_scale = 2,  // one entry with the names, one with the hashes
          .inode_bytes = geometry.inode_bytes + geometry.inode_bytes / kRecordsShare};
}

}  // namespace

bool countsRoom(std::string_view type) { return kindOf(type) != Kind::other; }

Fd openForIoctl(int fd, std::string_view path) {
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
      // shmem_link() in mm/shmem.c takes an inode for each further name.
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
  // With a project quota, all figures are those of the quota (ext4_statfs_project() in
  // fs/ext4/super.c). If the quota leaves less than is free, f_bavail is what it leaves, and
  // nothing of it is held back.
  const std::uint64_t unit = unitOf(now);
  std::uint64_t left = now.f_bavail * unit;
  if (held_back) {
    left = std::max(left, without(now.f_bfree * unit, *held_back));
  }
  return {.inodes = inodesOf(now), .bytes = bytesOf(now, left)};
}

FreeRoom xfsRoom(const struct statfs& now, const CopyCosts& costs) {
  const std::uint64_t unit = unitOf(now);
  // XFS refuses a new directory unless it can reserve the most that it could take: a chunk of 64
  // inodes, a path through the inode trees, and seven blocks of the parent directory with their
  // mapping (XFS_MKDIR_SPACE_RES, fs/xfs/libxfs/xfs_trans_space.h). Measured: 26 to 110 blocks and
  // 7 directory blocks. Each of the usually four allocation groups has a chunk in use.
  const std::uint64_t held_back =
      64 * unit + 8 * std::uint64_t{costs.block_bytes} + 4 * 64 * std::uint64_t{costs.inode_bytes};
  FreeRoom room{.inodes = {}, .bytes = bytesOf(now, without(now.f_bavail * unit, held_back))};
  // XFS makes inodes of free space, up to `imaxpct` percent of all space. If that bound comes
  // first, f_files is the bound. Otherwise f_files is what would fit into the free space, and is no
  // limit of its own.
  const std::uint64_t used = without(now.f_files, now.f_ffree);
  if (costs.inode_bytes > 0 && now.f_files < used + now.f_bfree * unit / costs.inode_bytes) {
    room.inodes = inodesOf(now);
  }
  return room;
}

}  // namespace hardlink
