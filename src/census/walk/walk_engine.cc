#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <string_view>

#include "base/os/os.h"
#include "census/count/engine.h"
#include "census/refresh/unit_memory.h"
#include "census/walk/root_census.h"
#include "census/walk/unit_check.h"
#include "census/walk/walk_reader.h"

namespace hardlink {
namespace {

/// Filesystems that give a directory another ctime with each change of its entries, by the clock of
/// this machine, as the tests have seen. Not those on which somebody else makes the changes.
bool showsChanges(const std::string& filesystem) {
  static constexpr std::array<std::string_view, 4> kTypes = {"ext2", "ext3", "ext4", "xfs"};
  return std::find(kTypes.begin(), kTypes.end(), filesystem) != kTypes.end();
}

class WalkEngine : public CensusEngine {
 public:
  [[nodiscard]] std::string_view name() const override { return "walk"; }

  [[nodiscard]] Result<RootCounts> count(const CensusRequest& request,
                                         const FilesystemInfo& filesystem, CensusProgress& progress,
                                         const std::stop_token& stop) override {
    ASSIGN_OR_RETURN(const Fd root, os::openRoot(request.path));
    const bool keeps_units =
        request.keep_units && memory_.isTrusted() && showsChanges(filesystem.type);
    const MakeReader make_reader = [&](const CensusContext& context) {
      return std::make_unique<WalkReader>(context, keeps_units ? &memory_ : nullptr);
    };
    RootCensus census(request, filesystem, root.get(), progress, make_reader, stop);
    if (!keeps_units) {
      memory_.units().clear();
      return census.run(name());
    }
    memory_.begin(request, filesystem, false);
    checkUnits(census.context(), memory_.units().begin(), stop);
    auto counts = census.run(name());
    if (counts) {
      memory_.end(*counts);
    }
    return counts;
  }

 private:
  UnitMemory memory_;
};

}  // namespace

std::unique_ptr<CensusEngine> makeWalkEngine() { return std::make_unique<WalkEngine>(); }

}  // namespace hardlink
