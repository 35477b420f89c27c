#include <memory>

#include "base/os/os.h"
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
    ASSIGN_OR_RETURN(const Fd root, os::openRoot(request.path));
    const MakeReader make_reader = [](const CensusContext& context) {
      return std::make_unique<WalkReader>(context);
    };
    RootCensus census(request, filesystem, root.get(), progress, make_reader, stop);
    return census.run(name());
  }
};

}  // namespace

std::unique_ptr<CensusEngine> makeWalkEngine() { return std::make_unique<WalkEngine>(); }

}  // namespace hardlink
