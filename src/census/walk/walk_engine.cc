#include <memory>

#include "census/count/engine.h"
#include "census/walk/root_census.h"
#include "census/walk/walk_reader.h"

namespace hardlink {
namespace {

class WalkEngine : public CensusEngine {
 public:
  [[nodiscard]] std::string_view name() const override { return "walk"; }

  [[nodiscard]] Result<RootCounts> count(const CensusRequest& request,
                                         const FilesystemInfo& filesystem, CensusProgress& progress,
                                         const std::stop_token& stop) override {
    RootCensus census(request, filesystem, progress, stop);
    if (const auto opened = census.open(); !opened) {
      return opened.error();
    }
    return census.run(
        name(), [](const CensusContext& context) { return std::make_unique<WalkReader>(context); });
  }
};

}  // namespace

std::unique_ptr<CensusEngine> makeWalkEngine() { return std::make_unique<WalkEngine>(); }

}  // namespace hardlink
