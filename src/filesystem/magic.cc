#include "filesystem/magic.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace hardlink {
namespace {

struct Magic {
  std::uint32_t magic;
  std::string_view type;
};

// From <linux/magic.h>, or else from the drivers' own headers in fs/ of the kernel, in OpenZFS and
// in Lustre.
constexpr std::array kMagics = {
    Magic{0xEF53, kSomeExt},       Magic{0x58465342, "xfs"},      Magic{0x9123683E, "btrfs"},
    Magic{0xF2F52010, "f2fs"},     Magic{0x3153464A, "jfs"},      Magic{0x2FC12FC1, "zfs"},
    Magic{0xCA451A4E, "bcachefs"}, Magic{0x52654973, "reiserfs"}, Magic{0x137F, "minix"},
    Magic{0x138F, "minix"},        Magic{0x2468, "minix"},        Magic{0x2478, "minix"},
    Magic{0x4D5A, "minix"},        Magic{0x3434, "nilfs2"},       Magic{0x7461636F, "ocfs2"},
    Magic{0x7366746E, "ntfs3"},    Magic{0x11954, "ufs"},         Magic{0x12FF7B4, "sysv"},
    Magic{0x12FF7B5, "sysv"},      Magic{0x12FF7B6, "sysv"},      Magic{0x12FF7B7, "sysv"},
    Magic{0x15013346, "udf"},      Magic{0x1161970, "gfs2"},      Magic{0x1021994, "tmpfs"},
    Magic{0x858458F6, "ramfs"},    Magic{0x24051905, "ubifs"},    Magic{0x482B, "hfsplus"},
    Magic{0x4244, "hfs"},          Magic{0x4D44, "vfat"},         Magic{0x2011BAB0, "exfat"},
    Magic{0x73717368, "squashfs"}, Magic{0xE0F5E1E2, "erofs"},    Magic{0x28CD3D45, "cramfs"},
    Magic{0x7275, "romfs"},        Magic{0x9660, "iso9660"},      Magic{0x794C7630, "overlay"},
    Magic{0x65735546, "fuse"},     Magic{0x1021997, "9p"},        Magic{0x5346414F, "afs"},
    Magic{0x6B414653, "afs"},      Magic{0xC36400, "ceph"},       Magic{0xFF534D42, "cifs"},
    Magic{0xFE534D42, "smb3"},     Magic{0x517B, "smbfs"},        Magic{0x73757245, "coda"},
    Magic{0xBD00BD0, "lustre"},    Magic{0x564C, "ncpfs"},        Magic{0x6969, "nfs"},
    Magic{0x20030528, "orangefs"}, Magic{0x9FA0, "proc"},         Magic{0x62656572, "sysfs"},
};

}  // namespace

std::string typeOfMagic(std::int64_t magic) {
  // Some drivers sign-extend the number from an int to the wider f_type.
  const auto wanted = static_cast<std::uint32_t>(magic);
  const auto* const row = std::find_if(kMagics.begin(), kMagics.end(), [&](const Magic& candidate) {
    return candidate.magic == wanted;
  });
  if (row != kMagics.end()) {
    return std::string(row->type);
  }
  return fmt::format("{:#010x}", wanted);
}

}  // namespace hardlink
