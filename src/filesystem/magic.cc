#include "filesystem/magic.h"

#include <algorithm>
#include <array>
#include <cstdio>

namespace hardlink {
namespace {

struct Row {
  std::uint32_t magic;
  std::string_view type;
};

// <linux/magic.h>, and for those that are not in it the drivers' own headers below fs/ of the
// kernel's sources (OpenZFS and Lustre: theirs).
constexpr std::array kRows = {
    Row{0xEF53, kSomeExt},       Row{0x58465342, "xfs"},      Row{0x9123683E, "btrfs"},
    Row{0xF2F52010, "f2fs"},     Row{0x3153464A, "jfs"},      Row{0x2FC12FC1, "zfs"},
    Row{0xCA451A4E, "bcachefs"}, Row{0x52654973, "reiserfs"}, Row{0x137F, "minix"},
    Row{0x138F, "minix"},        Row{0x2468, "minix"},        Row{0x2478, "minix"},
    Row{0x4D5A, "minix"},        Row{0x3434, "nilfs2"},       Row{0x7461636F, "ocfs2"},
    Row{0x7366746E, "ntfs3"},    Row{0x11954, "ufs"},         Row{0x12FF7B4, "sysv"},
    Row{0x12FF7B5, "sysv"},      Row{0x12FF7B6, "sysv"},      Row{0x12FF7B7, "sysv"},
    Row{0x15013346, "udf"},      Row{0x1161970, "gfs2"},      Row{0x1021994, "tmpfs"},
    Row{0x858458F6, "ramfs"},    Row{0x24051905, "ubifs"},    Row{0x482B, "hfsplus"},
    Row{0x4244, "hfs"},          Row{0x4D44, "vfat"},         Row{0x2011BAB0, "exfat"},
    Row{0x73717368, "squashfs"}, Row{0xE0F5E1E2, "erofs"},    Row{0x28CD3D45, "cramfs"},
    Row{0x7275, "romfs"},        Row{0x9660, "iso9660"},      Row{0x794C7630, "overlay"},
    Row{0x65735546, "fuse"},     Row{0x1021997, "9p"},        Row{0x5346414F, "afs"},
    Row{0x6B414653, "afs"},      Row{0xC36400, "ceph"},       Row{0xFF534D42, "cifs"},
    Row{0xFE534D42, "smb3"},     Row{0x517B, "smbfs"},        Row{0x73757245, "coda"},
    Row{0xBD00BD0, "lustre"},    Row{0x564C, "ncpfs"},        Row{0x6969, "nfs"},
    Row{0x20030528, "orangefs"}, Row{0x9FA0, "proc"},         Row{0x62656572, "sysfs"},
};

}  // namespace

std::string typeOfMagic(std::int64_t magic) {
  // Some drivers' numbers have the sign of an int where f_type is wider.
  const auto wanted = static_cast<std::uint32_t>(magic);
  const auto* const row = std::find_if(
      kRows.begin(), kRows.end(), [&](const Row& candidate) { return candidate.magic == wanted; });
  if (row != kRows.end()) {
    return std::string(row->type);
  }
  std::array<char, 16> number{};
  (void)std::snprintf(number.data(), number.size(), "0x%08x", wanted);
  return number.data();
}

}  // namespace hardlink
