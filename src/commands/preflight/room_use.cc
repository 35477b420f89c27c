#include "commands/preflight/room_use.h"

#include <algorithm>
#include <limits>
#include <map>
#include <string>

#include "base/clean_path.h"

namespace hardlink {
namespace {

/// An archive can say of its files that they are of any size.
std::uint64_t sum(std::uint64_t a, std::uint64_t b) {
  constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();
  return a > kMost - b ? kMost : a + b;
}

}  // namespace

void Objects::add(const Objects& other) {
  inodes = sum(inodes, other.inodes);
  bytes = sum(bytes, other.bytes);
}

std::uint64_t inClusters(std::uint64_t bytes, const CopyCosts& costs) {
  const std::uint64_t cluster = std::max<std::uint64_t>(costs.cluster_bytes, 1);
  const std::uint64_t over = bytes % cluster;
  return over == 0 ? bytes : sum(bytes, cluster - over);
}

void RoomUse::take(const Objects& objects) {
  used_.add({objects.inodes, sum(objects.bytes, objects.inodes * costs_.inode_bytes)});
  peak_.inodes = std::max(peak_.inodes, used_.inodes);
  peak_.bytes = std::max(peak_.bytes, used_.bytes);
}

void RoomUse::giveBack(const Objects& objects) {
  const std::uint64_t bytes = objects.bytes + objects.inodes * costs_.inode_bytes;
  used_.inodes -= std::min(used_.inodes, objects.inodes);
  used_.bytes -= std::min(used_.bytes, bytes);
}

std::optional<Shortage> RoomUse::shortage() const {
  const auto of = [](Limit limit, const std::optional<Quota>& quota, std::uint64_t used,
                     std::uint64_t before) -> std::optional<Shortage> {
    if (!quota || used <= quota->left) {
      return std::nullopt;
    }
    return Shortage{limit, used - std::min(used, before),
                    quota->left - std::min(quota->left, before)};
  };
  const auto inodes = of(Limit::inodes, left_.inodes, used_.inodes, step_.inodes);
  return inodes ? inodes : of(Limit::space, left_.bytes, used_.bytes, step_.bytes);
}

FreeRoom RoomUse::left() const {
  FreeRoom left = left_;
  if (left.inodes) {
    left.inodes->left -= std::min(left.inodes->left, used_.inodes);
  }
  if (left.bytes) {
    left.bytes->left -= std::min(left.bytes->left, used_.bytes);
  }
  return left;
}

Objects takenUnpacked(const std::vector<LayerEntry>& files, const CopyCosts& costs) {
  Objects taken;
  std::map<std::string, std::uint64_t> directories{{"", kDotEntriesBytes}};
  const auto add_name = [&](const std::string& path) {
    const std::size_t slash = path.rfind('/');
    const std::string above = slash == std::string::npos ? std::string() : path.substr(0, slash);
    directories[above] += entryBytes(path.size() - (slash == std::string::npos ? 0 : slash + 1));
  };
  const auto add_directory = [&](const std::string& path) {
    if (directories.try_emplace(path, kDotEntriesBytes).second) {
      add_name(path);
    }
  };
  for (const LayerEntry& file : files) {
    const std::string path = cleanPath(file.path);
    for (std::size_t slash = path.find('/'); slash != std::string::npos;
         slash = path.find('/', slash + 1)) {
      add_directory(path.substr(0, slash));
    }
    if (file.kind == LayerEntry::Kind::directory) {
      add_directory(path);
      continue;
    }
    add_name(path);
    if (file.kind != LayerEntry::Kind::hard_link) {
      taken.add({1, inClusters(file.size, costs)});
    }
  }
  for (const auto& [path, entry_bytes] : directories) {
    taken.add({1, directoryBytes(costs, entry_bytes)});
  }
  return taken;
}

}  // namespace hardlink
