// How Ext4Reader finds names; how it counts them is in ext4_reader.cc.

#include <optional>
#include <string>
#include <utility>

#include "base/clean_path.h"
#include "base/os/os.h"
#include "census/ext4/ext4_reader.h"

namespace hardlink {

/// Collects the names of wanted inodes. Errors were counted when the unit was.
class Ext4Reader::Collector : public LevelVisitor {
 public:
  Collector(Ext4Reader& reader, const std::vector<std::uint64_t>& wanted) : reader_(reader) {
    for (const std::uint64_t inode : wanted) {
      found.try_emplace(inode).first->second.wanted_paths = reader.context_.request.tracked_paths;
    }
  }

  bool startLevel(const std::vector<FoundDirectory>& nodes,
                  const std::vector<Ext4Directory>& /*directories*/,
                  std::size_t /*depth*/) override {
    nodes_ = &nodes;
    return true;
  }

  void onEntries(std::size_t directory, std::span<const Ext4Entry> entries) override {
    const FoundDirectory& parent = (*nodes_)[directory];
    for (const Ext4Entry& entry : entries) {
      if (const auto wanted = found.find(entry.inode); wanted != found.end()) {
        wanted->second.offer(pathIn(parent.path, entry.name));
      }
      const bool directory_entry =
          reader_.volume_.isNameable(entry.inode) && reader_.map_.isDirectory(entry.inode);
      if (directory_entry) {
        onDirectory(parent, entry);
      }
    }
  }

  void onError(std::size_t /*directory*/, int /*error*/) override {}

  NamesByInode found;

 private:
  void onDirectory(const FoundDirectory& parent, const Ext4Entry& entry) {
    FoundDirectory node{entry.inode, pathIn(parent.path, entry.name)};
    const bool entered =
        !reader_.hidden_.contains(static_cast<std::uint32_t>(parent.inode), entry.name) &&
        !reader_.context_.exclusions.match(node.path) &&
        ++directories_ <= reader_.map_.directoryCount();
    if (entered) {
      next.push_back(std::move(node));
    }
  }

  Ext4Reader& reader_;
  const std::vector<FoundDirectory>* nodes_ = nullptr;
  std::uint64_t directories_ = 0;
};

std::optional<std::string> Ext4Reader::directoryPath(std::uint64_t inode) {
  if (!paths_) {
    int error = 0;
    const auto root = os::statDescriptor(context_.root, error);
    if (!root) {
      return std::nullopt;
    }
    paths_.emplace(volume_, static_cast<std::uint32_t>(root->inode));
  }
  return paths_->pathOf(static_cast<std::uint32_t>(inode));
}

NamesByInode Ext4Reader::collectNames(const Unit& unit, const std::vector<std::uint64_t>& wanted,
                                      const std::stop_token& stop) {
  if (volume_.mayEncryptNames()) {
    return walk_.collectNames(unit, wanted, stop);
  }
  int error = 0;
  const std::uint32_t start = unitInode(unit, error);
  if (start == 0) {
    return {};
  }
  const auto collect = [&] { return collectFrom(start, unit, wanted, stop); };
  if (!recall_ || context_.request.tracked_paths > 0) {
    return collect();
  }
  return recall_->names(start, wanted, collect, stop, totals_);
}

std::uint64_t Ext4Reader::countNames(const Unit& unit, std::uint64_t inode,
                                     const std::stop_token& stop) {
  int error = 0;
  const std::uint32_t start = recall_ ? unitInode(unit, error) : 0;
  const auto known = start != 0 ? recall_->countNames(start, inode) : std::nullopt;
  return known ? *known : UnitReader::countNames(unit, inode, stop);
}

NamesByInode Ext4Reader::collectFrom(std::uint32_t start, const Unit& unit,
                                     const std::vector<std::uint64_t>& wanted,
                                     const std::stop_token& stop) {
  Collector collector(*this, wanted);
  walk(wholeOf(unit, start), false, collector, stop);
  return std::move(collector.found);
}

}  // namespace hardlink
