#include <algorithm>
#include <array>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

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
    Basis now{filesystem.type,
              filesystem.device_number,
              request.options.exclude,
              request.hot_directories,
              filesystem.costs,
              filesystem.subdirectory_limit,
              filesystem.unindexed_subdirectory_limit};
    memory_.begin(now != basis_);
    basis_ = std::move(now);
    checkUnits(census.context(), memory_.units().begin(), stop);
    auto counts = census.run(name());
    if (counts) {
      memory_.end(*counts);
    }
    return counts;
  }

 private:
  /// What must be as it was, or what is kept of the units says nothing.
  struct Basis {
    std::string filesystem;
    dev_t device = 0;
    std::vector<std::string> exclude;
    std::size_t hot_directories = 0;
    CopyCosts costs;
    std::optional<std::uint64_t> subdirectory_limit;
    std::optional<std::uint64_t> unindexed_subdirectory_limit;

    bool operator==(const Basis&) const = default;
  };

  UnitMemory memory_;
  Basis basis_;
};

}  // namespace

std::unique_ptr<CensusEngine> makeWalkEngine() { return std::make_unique<WalkEngine>(); }

}  // namespace hardlink
