#include "filesystem/mounts.h"

#include <libmount.h>

#include <memory>

namespace hardlink {
namespace {

struct Unref {
  void operator()(libmnt_table* table) const { mnt_unref_table(table); }
  void operator()(libmnt_iter* iterator) const { mnt_free_iter(iterator); }
};

std::string textOf(const char* text) { return text == nullptr ? "" : text; }

MountEntry entryOf(libmnt_fs* fs) {
  return {.id = mnt_fs_get_id(fs),
          .device = mnt_fs_get_devno(fs),
          .type = textOf(mnt_fs_get_fstype(fs)),
          .source = textOf(mnt_fs_get_source(fs)),
          .mountpoint = textOf(mnt_fs_get_target(fs)),
          .options = textOf(mnt_fs_get_fs_options(fs))};
}

bool isAbove(std::string_view mountpoint, std::string_view path) {
  if (mountpoint == "/") {
    return path.starts_with('/');
  }
  return path.starts_with(mountpoint) &&
         (path.size() == mountpoint.size() || path[mountpoint.size()] == '/');
}

}  // namespace

Result<std::vector<MountEntry>> readMounts(const std::string& mountinfo) {
  const std::unique_ptr<libmnt_table, Unref> table(mnt_new_table());
  const std::unique_ptr<libmnt_iter, Unref> iterator(mnt_new_iter(MNT_ITER_FORWARD));
  if (!table || !iterator) {
    return Error{ENOMEM, "read " + mountinfo};
  }
  if (const int failure = mnt_table_parse_file(table.get(), mountinfo.c_str()); failure != 0) {
    return Error{failure < 0 ? -failure : 0, "read " + mountinfo};
  }
  std::vector<MountEntry> entries;
  libmnt_fs* fs = nullptr;
  while (mnt_table_next_fs(table.get(), iterator.get(), &fs) == 0) {
    entries.push_back(entryOf(fs));
  }
  return entries;
}

const MountEntry* mountWithId(const std::vector<MountEntry>& mounts, int id) {
  for (const MountEntry& mount : mounts) {
    if (mount.id == id) {
      return &mount;
    }
  }
  return nullptr;
}

const MountEntry* mountAbove(const std::vector<MountEntry>& mounts, std::string_view path,
                             dev_t device) {
  const MountEntry* best = nullptr;
  for (const MountEntry& mount : mounts) {
    if (!isAbove(mount.mountpoint, path)) {
      continue;
    }
    const bool of_device = mount.device == device;
    const bool best_of_device = best != nullptr && best->device == device;
    const bool longer = best == nullptr || mount.mountpoint.size() >= best->mountpoint.size();
    if ((of_device && !best_of_device) || (of_device == best_of_device && longer)) {
      best = &mount;
    }
  }
  return best;
}

std::optional<std::string> overlayUpperDirectory(std::string_view options) {
  static constexpr std::string_view kKey = "upperdir=";
  std::size_t begin = 0;
  if (!options.starts_with(kKey)) {
    const std::size_t comma = options.find(",upperdir=");
    if (comma == std::string_view::npos) {
      return std::nullopt;
    }
    begin = comma + 1;
  }
  // The name may have commas. It ends at workdir, which the kernel lists next (ovl_show_options(),
  // fs/overlayfs).
  std::string_view upper = options.substr(begin + kKey.size());
  return std::string(upper.substr(0, upper.find(",workdir=")));
}

}  // namespace hardlink
