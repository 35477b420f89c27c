#include "census/census.h"

#include <fmt/format.h>

#include <utility>

#include "base/os/os.h"
#include "census/count/unit_reader.h"
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
    if (first_failure && os::reasonOf(error) != CensusErrorReason::vanished) {
      first_failure = Error{error, walker_.pathOf(name)};
    }
  }

  Result<void> first_failure;

 private:
  const TreeWalker& walker_;
  const NameVisitor& visit_;
};

}  // namespace

Result<void> listLayer(const std::string& directory, const NameVisitor& visit) {
  ASSIGN_OR_RETURN(Fd start, os::openRoot(directory));
  TreeWalker walker;
  NameLister lister(walker, visit);
  walker.walk(std::move(start), lister, {});
  if (!lister.first_failure) {
    const Error& failure = lister.first_failure.error();
    return Error{failure.code, fmt::format("read {}/{}", directory, failure.context)};
  }
  return {};
}

Result<StorageKind> storageKindOf(const std::string& directory) {
  ASSIGN_OR_RETURN(const Fd root, os::openRoot(directory));
  if (isDockerOverlay(root.get())) {
    return StorageKind::docker_overlay;
  }
  int error = 0;
  const Fd listing = os::reopenDirectory(root.get(), error);
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
  return empty ? StorageKind::empty : StorageKind::other;
}

}  // namespace hardlink
