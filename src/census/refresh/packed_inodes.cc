#include "census/refresh/packed_inodes.h"

#include <algorithm>
#include <array>
#include <utility>

namespace hardlink {
namespace {

constexpr unsigned kDigitBits = 11;  // the counters stay in the L1 cache

/// Whether a run ends after `inode`: by its number alone, for one in 512.
bool endsRun(std::uint64_t inode) { return (inode * 0x9E3779B97F4A7C15U) >> 55U == 0; }

}  // namespace

void sortByInode(std::vector<InodeNames>& inodes) {
  constexpr std::size_t kMost = std::size_t{256} << 10U;  // it takes as much memory once more
  if (inodes.size() > kMost) {
    std::sort(inodes.begin(), inodes.end(),
              [](const InodeNames& a, const InodeNames& b) { return a.inode < b.inode; });
    return;
  }
  constexpr std::uint64_t kMask = (std::uint64_t{1} << kDigitBits) - 1;
  std::uint64_t all_bits = 0;
  for (const InodeNames& entry : inodes) {
    all_bits |= entry.inode;
  }
  std::vector<InodeNames> sorted(inodes.size());
  for (unsigned shift = 0; shift < 64 && all_bits >> shift != 0; shift += kDigitBits) {
    std::array<std::size_t, kMask + 1> first{};
    for (const InodeNames& entry : inodes) {
      ++first[entry.inode >> shift & kMask];
    }
    std::size_t before = 0;
    for (std::size_t& count : first) {
      before += std::exchange(count, before);
    }
    for (const InodeNames& entry : inodes) {
      sorted[first[entry.inode >> shift & kMask]++] = entry;
    }
    std::swap(inodes, sorted);
  }
}

std::vector<std::string> packRuns(std::span<const InodeNames> inodes) {
  std::vector<std::string> runs;
  for (std::size_t first = 0; first < inodes.size();) {
    std::size_t end = first + 1;
    while (end < inodes.size() && !endsRun(inodes[end - 1].inode)) {
      ++end;
    }
    runs.push_back(packRun(inodes.subspan(first, end - first)));
    first = end;
  }
  return runs;
}

/// Each inode as its distance from the one before, doubled; odd where the number of names follows.
std::string packRun(std::span<const InodeNames> inodes) {
  std::string run;
  run.reserve(inodes.size() * 2);
  std::uint64_t before = 0;
  for (const InodeNames& entry : inodes) {
    const std::uint64_t distance = entry.inode - std::exchange(before, entry.inode);
    const bool has_several = entry.names > 1;
    appendNumber(run, distance << 1U | (has_several ? 1U : 0U));
    if (has_several) {
      appendNumber(run, entry.names);
    }
  }
  run.shrink_to_fit();
  return run;
}

bool RunReader::next(InodeNames& entry) {
  if (rest_.empty()) {
    return false;
  }
  const std::uint64_t distance = takeNumber(rest_);
  inode_ += distance >> 1U;
  entry.inode = inode_;
  entry.names = (distance & 1U) != 0 ? static_cast<std::uint32_t>(takeNumber(rest_)) : 1;
  return true;
}

void appendNumber(std::string& bytes, std::uint64_t number) {
  constexpr std::uint64_t kBits = 0x7F;
  for (; number > kBits; number >>= 7U) {
    bytes.push_back(static_cast<char>((number & kBits) | 0x80U));
  }
  bytes.push_back(static_cast<char>(number));
}

std::uint64_t takeNumber(std::string_view& bytes) {
  std::uint64_t number = 0;
  for (unsigned shift = 0; !bytes.empty(); shift += 7) {
    const auto byte = static_cast<unsigned char>(bytes.front());
    bytes.remove_prefix(1);
    number |= std::uint64_t{byte & 0x7FU} << shift;
    if ((byte & 0x80U) == 0) {
      break;
    }
  }
  return number;
}

}  // namespace hardlink
