#include "census/walk/tree_walker.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace hardlink {

void TreeWalker::NameStack::push(const char* name) {
  offsets_.push_back(bytes_.size());
  bytes_.insert(bytes_.end(), name, name + std::strlen(name) + 1);
}

void TreeWalker::NameStack::pop() {
  bytes_.resize(offsets_.back());
  offsets_.pop_back();
}

void TreeWalker::NameStack::clear() {
  bytes_.clear();
  offsets_.clear();
}

bool TreeWalker::walk(Fd start, TreeVisitor& visitor, const std::stop_token& stop) {
  frames_.clear();
  names_.clear();
  inodes_.clear();
  open_ = 0;
  next_open_ = 1;
  int error = 0;
  const auto status = os::statDescriptor(start.get(), error);
  if (!status) {
    visitor.onError(error, ".", true);
    return true;
  }
  device_ = status->device;
  pushFrame(std::move(start), status->inode);
  readDirectory(visitor);
  while (!frames_.empty() && !stop.stop_requested()) {
    if (names_.size() == frames_.back().first_name) {
      const Fd left = std::move(frames_.back().fd);
      open_ -= left.valid() ? 1U : 0U;
      if (left.valid() && frames_.size() > kMaxOpenDirectories) {
        climbFrom(left);
      }
      frames_.pop_back();
      if (!frames_.empty()) {
        names_.pop();
        inodes_.pop_back();
      }
    } else if (descend(visitor)) {
      readDirectory(visitor);
    } else {
      names_.pop();
      inodes_.pop_back();
    }
  }
  const bool finished = frames_.empty();
  frames_.clear();
  return finished;
}

std::string TreeWalker::currentPath() const {
  std::string path;
  for (std::size_t i = 1; i < frames_.size(); ++i) {
    path.append(i > 1 ? "/" : "").append(nameOfFrame(i));
  }
  return path;
}

std::string TreeWalker::pathOf(const char* name) const {
  const std::string directory = currentPath();
  return directory.empty() ? std::string(name) : directory + "/" + name;
}

void TreeWalker::readDirectory(TreeVisitor& visitor) {
  WalkedDirectory directory{frames_.back().fd.get(), frames_.back().inode};
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
    names_.push(typed.name);
    inodes_.push_back(typed.inode);
  }
}

bool TreeWalker::descend(TreeVisitor& visitor) {
  const std::size_t parent = frames_.size() - 1;
  const char* name = names_.at(names_.size() - 1);
  int error = 0;
  if (!ensureOpen(parent, error)) {
    visitor.onError(error, name, true);
    return false;
  }
  Fd child = os::openDirectoryAt(frames_[parent].fd.get(), name, error);
  if (!child.valid()) {
    if (error != EXDEV) {
      visitor.onError(error, name, true);
    }
    return false;
  }
  if (check_device_ && !sameFilesystem(child.get())) {
    return false;
  }
  const bool last_of_parent = names_.size() - 1 == frames_[parent].first_name;
  if (last_of_parent && parent > 0) {
    frames_[parent].fd.reset();
    --open_;
  }
  pushFrame(std::move(child), inodes_.back());
  return true;
}

void TreeWalker::climbFrom(const Fd& left) {
  const auto is_last_of_parent = [&](std::size_t index) {
    return frames_[index].first_name - 1 == frames_[index - 1].first_name;
  };
  std::size_t next = frames_.size() - 1;
  while (next > 0 && is_last_of_parent(next)) {
    --next;
  }
  if (next == 0 || frames_[next - 1].fd.valid()) {
    return;
  }
  const std::size_t target = next - 1;
  Fd above;
  for (std::size_t i = frames_.size() - 1; i-- > target;) {
    int error = 0;
    above = os::openParentOf(above.valid() ? above.get() : left.get(), error);
    const auto status = above.valid() ? os::statDescriptor(above.get(), error) : std::nullopt;
    if (!status || status->inode != frames_[i].inode) {
      return;  // moved meanwhile: it is found from the start, or is gone
    }
  }
  frames_[target].fd = std::move(above);
  next_open_ = std::min(next_open_, target);
  ++open_;
}

bool TreeWalker::ensureOpen(std::size_t index, int& error) {
  if (frames_[index].fd.valid()) {
    return true;
  }
  std::size_t from = index - 1;
  while (!frames_[from].fd.valid()) {
    --from;  // the first frame always has its descriptor
  }
  next_open_ = from + 1;
  for (std::size_t i = from + 1; i <= index; ++i) {
    Fd fd = os::openDirectoryAt(frames_[i - 1].fd.get(), nameOfFrame(i), error);
    if (!fd.valid()) {
      return false;
    }
    const auto status = os::statDescriptor(fd.get(), error);
    if (!status || status->inode != frames_[i].inode) {
      error = status ? ENOENT : error;
      return false;
    }
    frames_[i].fd = std::move(fd);
    if (++open_ > kMaxOpenDirectories) {
      closeOutermost();
    }
  }
  return true;
}

bool TreeWalker::sameFilesystem(int directory) {
  int error = 0;
  const auto status = os::statDescriptor(directory, error);
  return status && status->device == device_;
}

void TreeWalker::pushFrame(Fd fd, std::uint64_t inode) {
  frames_.push_back({std::move(fd), inode, names_.size()});
  next_open_ = std::min(next_open_, std::max<std::size_t>(1, frames_.size() - 1));
  if (++open_ > kMaxOpenDirectories) {
    closeOutermost();
  }
}

void TreeWalker::closeOutermost() {
  while (!frames_[next_open_].fd.valid()) {
    ++next_open_;
  }
  frames_[next_open_].fd.reset();
  --open_;
}

const char* TreeWalker::nameOfFrame(std::size_t index) const {
  // The directory being visited is the last name of its parent's range.
  return names_.at(frames_[index].first_name - 1);
}

}  // namespace hardlink
