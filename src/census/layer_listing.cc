#include "census/layer_listing.h"

#include <cerrno>
#include <optional>
#include <utility>

#include "base/os/os.h"
#include "census/count/units.h"
#include "census/walk/tree_walker.h"
#include "farms/recognise.h"

namespace hardlink {
namespace {

class NameLister : public TreeVisitor {
 public:
  NameLister(const TreeWalker& walker, const NameVisitor& visit) : walker_(walker), visit_(visit) {}

  void onName(int directory, const os::DirectoryEntry& entry) override {
    int error = 0;
    // What getdents says of inodes is not what statx says on every filesystem.
    const auto status = os::statEntry(directory, entry.name, error);
    if (!status) {
      onError(error, entry.name, false);
      return;
    }
    LayerName name;
    name.path = walker_.pathOf(entry.name);
    name.inode = status->inode;
    name.links = status->links;
    if (status->type != os::FileType::regular) {
      const auto target = os::readSymlink(directory, entry.name, error);
      name.kind = target ? NameKind::symlink : NameKind::other;
      name.target = target.value_or("");
    }
    visit_(name);
  }
  bool onDirectory(const os::DirectoryEntry& entry) override {
    LayerName name;
    name.kind = NameKind::directory;
    name.path = walker_.pathOf(entry.name);
    visit_(name);
    return true;
  }
  void onDirectoryEnd(const WalkedDirectory& /*directory*/) override {}
  void onError(int error, const char* name, bool /*directory*/) override {
    if (!failure && os::reasonOf(error) != CensusErrorReason::vanished) {
      failure = Error{error, walker_.pathOf(name)};
    }
  }

  std::optional<Error> failure;

 private:
  const TreeWalker& walker_;
  const NameVisitor& visit_;
};

}  // namespace

Result<bool> listLayer(const std::string& directory, const NameVisitor& visit) {
  auto start = os::openRoot(directory);
  if (!start) {
    return start.error();
  }
  TreeWalker walker;
  NameLister lister(walker, visit);
  walker.walk(std::move(*start), lister, {});
  if (lister.failure) {
    return Error{lister.failure->code, "read " + directory + "/" + lister.failure->context};
  }
  return true;
}

Result<StorageLook> lookAtStorage(const std::string& directory) {
  const auto root = os::openRoot(directory);
  if (!root) {
    return root.error();
  }
  if (isDockerOverlay(root->get())) {
    return StorageLook::docker_overlay;
  }
  int error = 0;
  const Fd listing = os::reopenDirectory(root->get(), error);
  if (!listing.valid()) {
    return Error{error, "read " + directory};
  }
  os::DirectoryReader reader;
  reader.start(listing.get());
  bool empty = true;
  while (const os::DirectoryEntry* entry = reader.next()) {
    empty = empty && entry->type == os::FileType::directory &&
            std::string_view(entry->name) == "lost+found";
  }
  if (reader.error() != 0) {
    return Error{reader.error(), "read " + directory};
  }
  return empty ? StorageLook::empty : StorageLook::other;
}

}  // namespace hardlink
