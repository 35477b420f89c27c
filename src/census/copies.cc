#include "census/copies.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "base/os.h"
#include "farms/snapshot_name.h"

namespace hardlink {
namespace {

constexpr std::size_t kSampleNames = 64;
constexpr std::size_t kMostNamesRead = 4096;

struct SampledName {
  std::string path;
  os::FileStatus status;
};

using Sample = std::vector<SampledName>;

/// Names in `path`, a directory below `root`, that are still to be looked at: descending, so that
/// the first is the last.
std::vector<std::string> namesIn(int root, const std::string& path, std::size_t most) {
  int error = 0;
  const Fd directory = os::openDirectoryAt(root, path.empty() ? "." : path.c_str(), error);
  std::vector<std::string> names;
  if (!directory.valid()) {
    return names;
  }
  os::DirectoryReader reader;
  reader.start(directory.get());
  while (names.size() < most) {
    const os::DirectoryEntry* const entry = reader.next();
    if (entry == nullptr) {
      break;
    }
    names.push_back(path.empty() ? entry->name : path + "/" + entry->name);
  }
  std::sort(names.rbegin(), names.rend());
  return names;
}

Sample sampleOf(int root) {
  Sample sample;
  std::vector<std::string> pending = namesIn(root, "", kMostNamesRead);
  std::size_t left = kMostNamesRead - pending.size();
  while (!pending.empty() && sample.size() < kSampleNames) {
    const std::string path = std::move(pending.back());
    pending.pop_back();
    int error = 0;
    const auto status = os::statBelow(root, path, error);
    if (status && status->type == os::FileType::directory) {
      const std::vector<std::string> below = namesIn(root, path, left);
      left -= below.size();
      pending.insert(pending.end(), below.begin(), below.end());
    } else if (status && status->links > 1) {
      sample.push_back({path, *status});
    }
  }
  return sample;
}

/// holdsSnapshots() for `path` below `root`, which is open at `directory`.
bool hasSnapshotsIn(const std::string& root, int directory, const std::string& path,
                    std::size_t levels) {
  constexpr std::size_t kMostEntered = 64;
  std::map<std::pair<NameScheme, std::string>, std::string> first_of_series;
  std::size_t entered = 0;
  const std::vector<std::string> names = namesIn(directory, path, kMostNamesRead);
  for (auto child = names.rbegin(); child != names.rend() && entered < kMostEntered; ++child) {
    int error = 0;
    const auto status = os::statBelow(directory, *child, error);
    if (!status || status->type != os::FileType::directory) {
      continue;
    }
    ++entered;
    const SnapshotName name = parseSnapshotName(child->substr(child->rfind('/') + 1));
    if (name.scheme != NameScheme::none) {
      const auto [known, is_first] = first_of_series.try_emplace({name.scheme, name.frame}, *child);
      if (!is_first && areCopies(root + "/" + known->second, root + "/" + *child)) {
        return true;
      }
      known->second = *child;
    }
    if (levels > 1 && hasSnapshotsIn(root, directory, *child, levels - 1)) {
      return true;
    }
  }
  return false;
}

}  // namespace

bool areCopies(const std::string& one, const std::string& other) {
  const auto first = os::openRoot(one);
  const auto second = os::openRoot(other);
  if (!first || !second) {
    return false;
  }
  const Sample in_first = sampleOf(first->get());
  const Sample in_second = sampleOf(second->get());
  const bool fewer_in_first = in_first.size() <= in_second.size();
  const Sample& sample = fewer_in_first ? in_first : in_second;
  const int elsewhere = fewer_in_first ? second->get() : first->get();
  const auto shared = std::count_if(sample.begin(), sample.end(), [&](const SampledName& name) {
    int error = 0;
    const auto status = os::statBelow(elsewhere, name.path, error);
    return status && status->inode == name.status.inode && status->device == name.status.device;
  });
  return 2 * static_cast<std::size_t>(shared) > sample.size();
}

bool holdsSnapshots(const std::string& directory) {
  const auto opened = os::openRoot(directory);
  return opened && hasSnapshotsIn(directory, opened->get(), "", 2);
}

}  // namespace hardlink
