#include "census/walk/unit_listing.h"

#include <algorithm>
#include <cstring>

#include "census/refresh/packed_inodes.h"

namespace hardlink {
namespace {

/// FNV-1a.
std::uint64_t hashOf(std::string_view text) {
  std::uint64_t hash = 0xCBF29CE484222325U;
  for (const char c : text) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3U;
  }
  return hash;
}

}  // namespace

/// Packs directories, each as the number of levels between it and the child that the one before
/// could have had, and its name. Where a run ends depends on the last two names alone, so that
/// copies of one tree have the same runs, save around what differs.
class UnitListing::RunPacker {
 public:
  void add(std::size_t depth, std::string_view name) {
    appendNumber(run_, depth_ + 1 - depth);
    run_.append(name).push_back('\0');
    depth_ = depth;
    const std::uint64_t hash = hashOf(name);
    // One in 64, by bits that are well mixed.
    if ((hash ^ before_ * 3) * 0x9E3779B97F4A7C15U >> 58U == 0) {
      end();
    }
    before_ = hash;
  }
  [[nodiscard]] std::vector<std::string> finish() {
    end();
    return std::move(runs_);
  }

 private:
  void end() {
    if (!run_.empty()) {
      runs_.emplace_back(run_);
      run_.clear();
    }
  }

  std::vector<std::string> runs_;
  std::string run_;
  std::size_t depth_ = 0;
  std::uint64_t before_ = 0;
};

/// Puts the directories of a listing in order: each before those in it, and these by name.
class UnitListing::Packer {
 public:
  explicit Packer(UnitListing& listing) : listing_(listing) {
    std::sort(listing.marks_.begin(), listing.marks_.end(),
              [](const Mark& a, const Mark& b) { return a.inode < b.inode; });
    std::sort(listing.directories_.begin(), listing.directories_.end(),
              [this](const Directory& a, const Directory& b) {
                return a.parent != b.parent ? a.parent < b.parent : nameAt(a.name) < nameAt(b.name);
              });
  }

  /// Nothing if a directory has no mark, or is there twice: it was moved while the unit was read.
  std::optional<UnitDirectories> pack(std::uint64_t start) {
    if (!take(start)) {
      return std::nullopt;
    }
    std::vector<Range> path{childrenOf(start)};
    while (!path.empty()) {
      Range& children = path.back();
      if (children.first == children.last) {
        path.pop_back();
        continue;
      }
      const Directory& directory = listing_.directories_[children.first++];
      if (path.size() > kMostDepth || !take(directory.inode)) {
        return std::nullopt;
      }
      runs_.add(path.size(), nameAt(directory.name));
      path.push_back(childrenOf(directory.inode));
    }
    if (taken_ != listing_.marks_.size() || taken_ != listing_.directories_.size() + 1) {
      return std::nullopt;
    }
    auto named = packNames();
    if (!named) {
      return std::nullopt;
    }
    return UnitDirectories{.count = taken_,
                           .fingerprint = fingerprint_.value(),
                           .runs = runs_.finish(),
                           .named = std::move(*named)};
  }

 private:
  struct Range {
    std::size_t first;
    std::size_t last;
  };
  static constexpr std::size_t kNotTaken = ~std::size_t{0};
  friend class UnitListing;

  [[nodiscard]] std::string_view nameAt(std::size_t offset) const {
    return &listing_.names_[offset];
  }

  [[nodiscard]] Range childrenOf(std::uint64_t parent) const {
    const auto& all = listing_.directories_;
    const auto first = std::partition_point(
        all.begin(), all.end(), [&](const Directory& entry) { return entry.parent < parent; });
    const auto last = std::partition_point(
        first, all.end(), [&](const Directory& entry) { return entry.parent == parent; });
    return {static_cast<std::size_t>(first - all.begin()),
            static_cast<std::size_t>(last - all.begin())};
  }

  [[nodiscard]] Mark* find(std::uint64_t inode) const {
    const auto mark = std::lower_bound(listing_.marks_.begin(), listing_.marks_.end(), inode,
                                       [](const Mark& a, std::uint64_t b) { return a.inode < b; });
    return mark != listing_.marks_.end() && mark->inode == inode ? &*mark : nullptr;
  }

  /// Makes a directory the next one.
  [[nodiscard]] bool take(std::uint64_t inode) {
    Mark* const mark = find(inode);
    if (mark == nullptr || mark->number != kNotTaken) {
      return false;
    }
    mark->number = taken_++;
    fingerprint_.add(mark->fingerprint);
    return true;
  }

  [[nodiscard]] std::optional<std::string> packNames() const {
    std::vector<std::pair<std::size_t, std::size_t>> names;  // number of the directory, name
    names.reserve(listing_.inodes_.size());
    for (const Name& name : listing_.inodes_) {
      const Mark* const mark = find(name.directory);
      if (mark == nullptr) {
        return std::nullopt;
      }
      names.emplace_back(mark->number, name.name);
    }
    std::sort(names.begin(), names.end());
    std::string packed;
    std::size_t before = 0;
    for (const auto& [number, name] : names) {
      appendNumber(packed, number - std::exchange(before, number));
      packed.append(nameAt(name)).push_back('\0');
    }
    packed.shrink_to_fit();
    return packed;
  }

  UnitListing& listing_;
  RunPacker runs_;
  CombinedFingerprint fingerprint_;
  std::size_t taken_ = 0;
};

void UnitListing::addDirectory(std::uint64_t parent, std::uint64_t inode, std::string_view name) {
  if (!is_given_up_) {
    directories_.push_back({parent, inode, addText(name)});
    giveUpIfLarge();
  }
}

void UnitListing::addMark(std::uint64_t inode, std::uint64_t fingerprint) {
  if (!is_given_up_) {
    marks_.push_back({inode, fingerprint, Packer::kNotTaken});
  }
}

void UnitListing::addName(std::uint64_t directory, std::string_view name) {
  if (!is_given_up_) {
    inodes_.push_back({directory, addText(name)});
    giveUpIfLarge();
  }
}

std::size_t UnitListing::addText(std::string_view name) {
  const std::size_t offset = names_.size();
  names_.append(name).push_back('\0');
  return offset;
}

void UnitListing::giveUpIfLarge() {
  const std::size_t bytes = directories_.size() * (sizeof(Directory) + sizeof(Mark)) +
                            inodes_.size() * sizeof(Name) + names_.size();
  if (bytes > kMostBytes) {
    giveUp();
  }
}

void UnitListing::giveUp() {
  is_given_up_ = true;
  directories_ = {};
  marks_ = {};
  inodes_ = {};
  names_ = {};
}

void UnitListing::absorb(UnitListing& other) {
  if (other.is_given_up_) {
    giveUp();
  }
  if (!is_given_up_) {
    const std::size_t offset = names_.size();
    names_ += other.names_;
    for (Directory directory : other.directories_) {
      directory.name += offset;
      directories_.push_back(directory);
    }
    for (Name name : other.inodes_) {
      name.name += offset;
      inodes_.push_back(name);
    }
    marks_.insert(marks_.end(), other.marks_.begin(), other.marks_.end());
    giveUpIfLarge();
  }
  other = {};
}

std::optional<UnitDirectories> UnitListing::pack(std::uint64_t start) {
  return is_given_up_ ? std::nullopt : Packer(*this).pack(start);
}

bool ListedDirectories::next(Directory& directory) {
  if (rest_.empty()) {
    if (runs_.empty()) {
      return false;
    }
    rest_ = *runs_.front();
    runs_ = runs_.subspan(1);
  }
  depth_ = depth_ + 1 - takeNumber(rest_);
  directory = {depth_, rest_.data()};
  rest_.remove_prefix(std::strlen(rest_.data()) + 1);
  return true;
}

const char* ListedNames::next(std::size_t directory) {
  if (!hasName(directory)) {
    return nullptr;
  }
  const char* const name = name_;
  advance();
  return name;
}

void ListedNames::advance() {
  if (rest_.empty()) {
    name_ = nullptr;
    return;
  }
  directory_ += takeNumber(rest_);
  name_ = rest_.data();
  rest_.remove_prefix(std::strlen(name_) + 1);
}

}  // namespace hardlink
