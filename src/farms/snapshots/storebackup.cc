// storeBackup makes SERIES/YYYY.MM.DD_hh.mm.ss with the checksums of all files. The next backup
// finds by them the files that it can link. If link(2) fails, it copies without a message.

#include <algorithm>
#include <array>

#include "farms/snapshots/kinds.h"
#include "farms/snapshots/snapshot_name.h"

namespace hardlink {
namespace {

std::optional<Claim> claimStoreBackup(const Directory& directory) {
  static constexpr std::array<const char*, 3> kChecksums = {"/.md5CheckSums.bz2", "/.md5CheckSums",
                                                            "/.md5CheckSums.info"};
  ClaimedSeries series{.name = seriesName(directory.path()), .layers = {}};
  bool one_is_complete = false;
  for (const std::string& date : directory.subdirectories()) {
    // DATE-SOMETHING was put aside by its owner: storeBackup neither builds on it nor removes it.
    if (!hasForm(date, "####.##.##_##.##.##") ||
        std::none_of(kChecksums.begin(), kChecksums.end(),
                     [&](const char* checksums) { return directory.hasFile(date + checksums); })) {
      continue;
    }
    ClaimedLayer layer{directory.below(date), directory.below(date)};
    layer.unfinished = directory.hasFile(date + "/.md5CheckSums.notFinished");
    one_is_complete = one_is_complete || !layer.unfinished;
    series.layers.push_back(std::move(layer));
  }
  if (!one_is_complete) {
    return std::nullopt;
  }
  return Claim{.evidence = ".md5CheckSums in directories called YYYY.MM.DD_hh.mm.ss",
               .series = {std::move(series)}};
}

Removal removeStoreBackup(const std::string& /*root*/, const ClaimedLayer& /*layer*/) {
  return {.expiry = "storeBackup's keep rules (keepAll, keepMaxNumber and the like)"};
}

}  // namespace

const Kind kStoreBackup = {.tool = Tool::storebackup,
                           .layout = Layout::snapshots,
                           .at_limit = AtLimit::copies,
                           .claim = claimStoreBackup,
                           .removal = removeStoreBackup};

}  // namespace hardlink
