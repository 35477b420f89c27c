#include "farms/evidence/copies.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/clean_path.h"
#include "farms/evidence/directory.h"

namespace hardlink {
namespace {

constexpr std::size_t kSampleNames = 64;
constexpr std::size_t kMostNamesRead = 4096;
constexpr std::size_t kMostSamplesKept = 64;

/// Removes from `names`, the names in the directory `relative`, files that git clones and pnpm
/// projects share without being copies: the objects of a clone, and the packages in node_modules.
/// In a snapshot of a clone or a project, HEAD or .modules.yaml has several links too, and nothing
/// is removed.
void removeSharedFiles(const Directory& top, const std::string& relative,
                       std::vector<std::string>& names) {
  const auto has = [&](const char* name) {
    return std::binary_search(names.begin(), names.end(), name);
  };
  const auto is_own = [&](const char* name) {
    const auto status = has(name) ? top.status(pathIn(relative, name)) : std::nullopt;
    return status && status->links == 1;
  };
  if (has("objects") && has("refs") && is_own("HEAD")) {
    std::erase(names, "objects");
  } else if (is_own(".modules.yaml")) {
    names.clear();
  }
}

/// Calls `visit` for each name below `path` that is no directory, in byte order, depth first, until
/// it returns false or kMostNamesRead names have been read. Returns how many names were read.
template <class Visit>
std::size_t visitNames(int root, const std::string& path, Visit visit) {
  const Directory top(root, path);
  std::vector<std::string> pending;  // descending: the next one is at the back
  std::size_t left = kMostNamesRead;
  const auto push = [&](const std::string& relative) {
    std::vector<std::string> names = top.names(relative, left);
    left -= names.size();
    removeSharedFiles(top, relative, names);
    for (auto name = names.rbegin(); name != names.rend(); ++name) {
      pending.push_back(pathIn(relative, *name));
    }
  };
  push("");
  while (!pending.empty()) {
    const std::string relative = std::move(pending.back());
    pending.pop_back();
    const auto status = top.status(relative);
    if (status && status->type == os::FileType::directory) {
      push(relative);
    } else if (status && !visit(relative, *status)) {
      break;
    }
  }
  return kMostNamesRead - left;
}

}  // namespace

const std::vector<SampledName>& Copies::sample(const std::string& path) {
  const auto known = samples_.find(path);
  if (known != samples_.end()) {
    return known->second;
  }
  if (samples_.size() >= kMostSamplesKept) {
    samples_.clear();
  }
  std::vector<SampledName>& sample = samples_[path];
  if (gaveUp()) {
    return sample;
  }
  const std::size_t read =
      visitNames(root_, path, [&](const std::string& relative, const os::FileStatus& status) {
        if (status.links > 1) {
          sample.push_back({relative, status});
        }
        return sample.size() < kSampleNames;
      });
  read_in_vain_ += sample.empty() ? read : 0;
  return sample;
}

bool Copies::hasSameInode(const std::string& path, const SampledName& name) const {
  const auto status = Directory(root_, path).status(name.path);
  return status && status->inode == name.status.inode && status->device == name.status.device;
}

bool Copies::areCopies(const std::string& one, const std::string& other) {
  const std::size_t in_one = sample(one).size();
  const std::size_t in_other = sample(other).size();
  const bool fewer_in_one = in_one <= in_other;
  const std::vector<SampledName>& names = sample(fewer_in_one ? one : other);
  const std::string& elsewhere = fewer_in_one ? other : one;
  const auto shared = std::count_if(names.begin(), names.end(), [&](const SampledName& name) {
    return hasSameInode(elsewhere, name);
  });
  return 2 * static_cast<std::size_t>(shared) > names.size();
}

bool linkSpecialFiles(int root, const std::string& one, const std::string& other) {
  const Directory copy(root, other);
  bool linked = false;
  (void)visitNames(root, one, [&](const std::string& relative, const os::FileStatus& status) {
    if (status.links > 1 && status.type == os::FileType::other) {
      const auto there = copy.status(relative);
      linked = there && there->inode == status.inode && there->device == status.device;
    }
    return !linked;
  });
  return linked;
}

}  // namespace hardlink
