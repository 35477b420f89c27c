#include "census/count/unit_reader.h"

#include <iterator>
#include <utility>

#include "base/error.h"
#include "base/os/os.h"
#include "census/count/fullest_directories.h"

namespace hardlink {

void UnitTotals::addError(int error, const std::string& path, bool directory) {
  const CensusErrorReason reason = os::reasonOf(error);
  ++errors[reason];
  if (reason == CensusErrorReason::vanished) {
    return;
  }
  errors.unread_directories += directory ? 1U : 0U;
  if (shortage == 0 && os::isShortage(error)) {
    shortage = error;
  }
  if (errors.example.empty()) {
    errors.example = Error{error, path}.message();
  }
}

void UnitTotals::offer(DirectoryNames candidate) {
  if (!fullest_names || isFuller(candidate, *fullest_names)) {
    fullest_names = std::move(candidate);
  }
}

void UnitTotals::merge(const UnitTotals& other) {
  names += other.names;
  directories += other.directories;
  directories_read += other.directories_read;
  directories_unchanged += other.directories_unchanged;
  contradictions.insert(contradictions.end(), other.contradictions.begin(),
                        other.contradictions.end());
  singles.merge(other.singles);
  fullest.merge(other.fullest);
  if (other.fullest_names) {
    offer(*other.fullest_names);
  }
  for (std::size_t i = 0; i < errors.by_reason.size(); ++i) {
    errors.by_reason[i] += other.errors.by_reason[i];
  }
  errors.unread_directories += other.errors.unread_directories;
  shortage = shortage == 0 ? other.shortage : shortage;
  if (errors.example.empty()) {
    errors.example = other.errors.example;
  }
}

std::uint64_t UnitReader::countNames(const Unit& unit, std::uint64_t inode,
                                     const std::stop_token& stop) {
  const NamesByInode names = collectNames(unit, {inode}, stop);
  const auto found = names.find(inode);
  return found == names.end() ? 0 : found->second.count;
}

void UnitNames::offer(std::string path) {
  ++count;
  if (wanted_paths > 0) {
    paths.insert(path);
    if (paths.size() > wanted_paths) {
      paths.erase(std::prev(paths.end()));
    }
  }
  if (first.empty() || path < first) {
    first = path;
  }
  if (path > last) {
    last = std::move(path);
  }
}

}  // namespace hardlink
