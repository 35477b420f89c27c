#include "census/walk/tree_walker.h"

#include <cerrno>
#include <utility>

#include "base/clean_path.h"

namespace hardlink {

bool TreeWalker::walk(Fd start, TreeVisitor& visitor, const std::stop_token& stop) {
  directories_.clear();
  int error = 0;
  const auto status = os::statDescriptor(start.get(), error);
  if (!status) {
    visitor.onError(error, ".", true);
    return true;
  }
  device_ = status->device;
  directories_.begin(std::move(start), status->inode);
  readDirectory(visitor);
  while (!directories_.empty() && !stop.stop_requested()) {
    if (!directories_.hasSubdirectory()) {
      directories_.leave();
    } else if (enterNext(visitor)) {
      readDirectory(visitor);
    } else {
      directories_.dropNext();
    }
  }
  const bool finished = directories_.empty();
  directories_.clear();
  return finished;
}

std::string TreeWalker::pathOf(const char* name) const { return pathIn(currentPath(), name); }

void TreeWalker::readDirectory(TreeVisitor& visitor) {
  WalkedDirectory directory{directories_.descriptor(), directories_.inode()};
  if (take_marks_) {
    int error = 0;
    directory.mark = os::markOf(directory.descriptor, "", error);
  }
  reader_.start(directory.descriptor);
  while (const os::DirectoryEntry* entry = reader_.next()) {
    directory.entry_bytes += entryBytes(entry->name_length);
    handleEntry(*entry, visitor, directory);
  }
  if (reader_.error() != 0) {
    visitor.onError(reader_.error(), ".", true);
  }
  visitor.onDirectoryEnd(directory);
}

void TreeWalker::handleEntry(const os::DirectoryEntry& entry, TreeVisitor& visitor,
                             WalkedDirectory& directory) {
  os::DirectoryEntry typed = entry;
  if (typed.type == os::FileType::unknown) {
    int error = 0;
    const auto status = os::statEntry(directory.descriptor, entry.name, error);
    if (!status) {
      visitor.onError(error, entry.name, false);
      return;
    }
    typed.type = status->type;
  }
  if (typed.type != os::FileType::directory) {
    visitor.onName(directory.descriptor, typed);
    return;
  }
  ++directory.subdirectories;
  if (visitor.onDirectory(typed)) {
    directories_.addSubdirectory(typed.name, typed.inode);
  }
}

bool TreeWalker::enterNext(TreeVisitor& visitor) {
  Result<Fd> next = directories_.openNext();
  if (!next) {
    if (next.error().code != EXDEV) {
      visitor.onError(next.error().code, directories_.nextName(), true);
    }
    return false;
  }
  if (check_device_ && !isOnSameDevice(next->get())) {
    return false;
  }
  directories_.enterNext(std::move(*next));
  return true;
}

bool TreeWalker::isOnSameDevice(int directory) const {
  int error = 0;
  const auto status = os::statDescriptor(directory, error);
  return status && status->device == device_;
}

}  // namespace hardlink
