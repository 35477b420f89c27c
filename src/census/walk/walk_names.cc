// How WalkReader finds names; how it counts them is in walk_reader.cc.

#include <string>
#include <utility>

#include "census/walk/walk_reader.h"

namespace hardlink {
namespace {

/// Collects the names of wanted inodes within one unit.
class NameCollector : public TreeVisitor {
 public:
  NameCollector(const TreeWalker& walker, const Exclusions& exclusions,
                const std::string& unit_path, bool trust_entries)
      : walker_(walker),
        exclusions_(exclusions),
        trust_entries_(trust_entries),
        prefix_(unit_path.empty() ? "" : unit_path + "/") {}

  void onName(int directory, const os::DirectoryEntry& entry) override {
    std::uint64_t inode = entry.inode;
    if (!trust_entries_) {
      int error = 0;
      const auto status = os::statEntry(directory, entry.name, error);
      inode = status ? status->inode : 0;
    }
    offer(inode, entry.name);
  }
  bool onDirectory(const os::DirectoryEntry& entry) override {
    offer(entry.inode, entry.name);
    return exclusions_.none() || !exclusions_.match(prefix_ + walker_.pathOf(entry.name));
  }
  void onDirectoryEnd(const WalkedDirectory& /*directory*/) override {}
  void onError(int /*error*/, const char* /*name*/, bool /*directory*/) override {
    // Counted when it was met the first time.
  }

  NamesByInode found;

 private:
  void offer(std::uint64_t inode, const char* name) {
    if (const auto wanted = found.find(inode); wanted != found.end()) {
      wanted->second.offer(prefix_ + walker_.pathOf(name));
    }
  }

  const TreeWalker& walker_;
  const Exclusions& exclusions_;
  bool trust_entries_;
  std::string prefix_;
};

void want(NamesByInode& names, const std::vector<std::uint64_t>& wanted, std::size_t paths) {
  for (const std::uint64_t inode : wanted) {
    names.try_emplace(inode).first->second.wanted_paths = paths;
  }
}

}  // namespace

std::uint64_t WalkReader::unitInode(const Unit& unit) const {
  int error = 0;
  const Fd directory = os::openDirectoryAt(context_.root, unit.path.c_str(), error);
  const auto status = directory.valid() ? os::statDescriptor(directory.get(), error) : std::nullopt;
  return status ? status->inode : 0;
}

NamesByInode WalkReader::collectNames(const Unit& unit, const std::vector<std::uint64_t>& wanted,
                                      const std::stop_token& stop) {
  const bool may_recall = recall_ && context_.request.tracked_paths == 0;
  const std::uint64_t start = may_recall ? unitInode(unit) : 0;
  const auto read = [&] { return readNames(unit, wanted, stop); };
  return start == 0 ? read() : recall_->names(start, wanted, read, stop, totals_);
}

std::uint64_t WalkReader::countNames(const Unit& unit, std::uint64_t inode,
                                     const std::stop_token& stop) {
  const std::uint64_t start = recall_ ? unitInode(unit) : 0;
  const auto known = start != 0 ? recall_->countNames(start, inode) : std::nullopt;
  return known ? *known : UnitReader::countNames(unit, inode, stop);
}

NamesByInode WalkReader::readNames(const Unit& unit, const std::vector<std::uint64_t>& wanted,
                                   const std::stop_token& stop) {
  NameCollector collector(walker_, context_.exclusions, unit.path, trust_entries_);
  want(collector.found, wanted, context_.request.tracked_paths);
  int error = 0;
  Fd start = os::openDirectoryAt(context_.root, unit.path.c_str(), error);
  if (start.valid()) {
    walker_.walk(std::move(start), collector, stop);
  }
  return std::move(collector.found);
}

NamesByInode WalkReader::collectShallowNames(const UnitRule& rule,
                                             const std::vector<std::uint64_t>& wanted,
                                             const std::stop_token& stop) {
  NameCollector collector(walker_, context_.exclusions, "", trust_entries_);
  want(collector.found, wanted, context_.request.tracked_paths);
  (void)findUnits(context_.root, rule, walker_, collector, stop);
  return std::move(collector.found);
}

}  // namespace hardlink
