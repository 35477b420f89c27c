#include "census/walk/directory_stack.h"

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstring>
#include <optional>
#include <utility>

#include "base/clean_path.h"
#include "base/os/os.h"

namespace hardlink {

void DirectoryStack::begin(Fd start, std::uint64_t inode) {
  clear();
  push(std::move(start), inode);
}

void DirectoryStack::clear() {
  directories_.clear();
  subdirectories_.clear();
  names_.clear();
  open_ = 0;
  next_open_ = 1;
  outermost_ = 0;
}

std::string DirectoryStack::pathTo(std::size_t directory) const {
  std::string path;
  for (std::size_t i = 1; i <= directory; ++i) {
    path.append(i > 1 ? "/" : "").append(nameOf(i));
  }
  return path;
}

void DirectoryStack::addSubdirectory(const char* name, std::uint64_t inode) {
  subdirectories_.push_back({names_.size(), inode});
  names_.insert(names_.end(), name, name + std::strlen(name) + 1);
}

Result<Fd> DirectoryStack::openNext() {
  const std::size_t last = directories_.size() - 1;
  RETURN_IF_ERROR(ensureOpen(last));
  int error = 0;
  Fd fd = os::openDirectoryAt(directories_[last].fd.get(), nextName(), error);
  if (!fd.valid()) {
    return Error{error, nextName()};
  }
  return fd;
}

void DirectoryStack::enterNext(Fd fd) {
  Directory& parent = directories_.back();
  const bool is_last_of_parent = subdirectories_.size() - 1 == parent.first_subdirectory;
  if (is_last_of_parent && directories_.size() > 1) {
    parent.fd.reset();
    --open_;
  }
  push(std::move(fd), subdirectories_.back().inode);
}

void DirectoryStack::dropNext() {
  names_.resize(subdirectories_.back().name_offset);
  subdirectories_.pop_back();
}

void DirectoryStack::leave() {
  const Fd left = std::move(directories_.back().fd);
  open_ -= left.valid() ? 1U : 0U;
  if (left.valid() && directories_.size() > kMaxOpen) {
    climbFrom(left);
  }
  directories_.pop_back();
  if (!directories_.empty()) {
    dropNext();
  }
}

std::vector<FoundDirectory> DirectoryStack::takeHalf(std::size_t most_bytes) {
  while (outermost_ < depth() &&
         endOfSubdirectories(outermost_) == directories_[outermost_].first_subdirectory) {
    ++outermost_;
  }
  const std::size_t first = directories_[outermost_].first_subdirectory;
  const std::size_t pending = endOfSubdirectories(outermost_) - first;
  // The last directory needs one to go on with. The others go on in the next directory.
  const std::size_t count = outermost_ == depth() ? pending / 2 : (pending + 1) / 2;
  std::vector<FoundDirectory> taken;
  if (count == 0 || outermost_ * 2 > most_bytes) {  // a component has two bytes at least
    return taken;
  }
  const std::string directory = pathTo(outermost_);
  if (directory.size() + 1 + NAME_MAX > most_bytes) {
    return taken;
  }
  taken.reserve(count);
  for (std::size_t i = first; i < first + count; ++i) {
    taken.push_back({subdirectories_[i].inode, pathIn(directory, nameOf(subdirectories_[i]))});
  }
  const auto begin = subdirectories_.begin() + static_cast<std::ptrdiff_t>(first);
  subdirectories_.erase(begin, begin + static_cast<std::ptrdiff_t>(count));
  for (std::size_t i = outermost_ + 1; i < directories_.size(); ++i) {
    directories_[i].first_subdirectory -= count;
  }
  return taken;
}

std::size_t DirectoryStack::endOfSubdirectories(std::size_t directory) const {
  return directory == depth() ? subdirectories_.size()
                              : directories_[directory + 1].first_subdirectory - 1;
}

const char* DirectoryStack::nameOf(std::size_t directory) const {
  return nameOf(subdirectories_[directories_[directory].first_subdirectory - 1]);
}

bool DirectoryStack::isLastOfParent(std::size_t index) const {
  return directories_[index].first_subdirectory - 1 == directories_[index - 1].first_subdirectory;
}

void DirectoryStack::push(Fd fd, std::uint64_t inode) {
  directories_.push_back({std::move(fd), inode, subdirectories_.size()});
  outermost_ = std::min(outermost_, directories_.size() - 1);
  next_open_ = std::min(next_open_, std::max<std::size_t>(1, directories_.size() - 1));
  if (++open_ > kMaxOpen) {
    closeOutermost();
  }
}

Result<void> DirectoryStack::ensureOpen(std::size_t index) {
  if (directories_[index].fd.valid()) {
    return {};
  }
  std::size_t from = index - 1;
  while (!directories_[from].fd.valid()) {
    --from;  // the start always has its descriptor
  }
  next_open_ = from + 1;
  for (std::size_t i = from + 1; i <= index; ++i) {
    int error = 0;
    Fd fd = os::openDirectoryAt(directories_[i - 1].fd.get(), nameOf(i), error);
    const auto status = fd.valid() ? os::statDescriptor(fd.get(), error) : std::nullopt;
    if (!status || status->inode != directories_[i].inode) {
      // A mount that has come over it hides what was to be visited.
      return Error{status || error == EXDEV ? ENOENT : error, nameOf(i)};
    }
    directories_[i].fd = std::move(fd);
    if (++open_ > kMaxOpen) {
      closeOutermost();
    }
  }
  return {};
}

void DirectoryStack::climbFrom(const Fd& left) {
  std::size_t next = directories_.size() - 1;
  while (next > 0 && isLastOfParent(next)) {
    --next;
  }
  if (next == 0 || directories_[next - 1].fd.valid()) {
    return;
  }
  const std::size_t target = next - 1;
  Fd above;
  for (std::size_t i = directories_.size() - 1; i-- > target;) {
    int error = 0;
    above = os::openParentOf(above.valid() ? above.get() : left.get(), error);
    const auto status = above.valid() ? os::statDescriptor(above.get(), error) : std::nullopt;
    if (!status || status->inode != directories_[i].inode) {
      return;  // moved meanwhile: it is found from the start, or is gone
    }
  }
  directories_[target].fd = std::move(above);
  next_open_ = std::min(next_open_, target);
  ++open_;
}

void DirectoryStack::closeOutermost() {
  while (!directories_[next_open_].fd.valid()) {
    ++next_open_;
  }
  directories_[next_open_].fd.reset();
  --open_;
}

}  // namespace hardlink
