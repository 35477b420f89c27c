#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/log.h"
#include "base/utf8.h"
#include "census/census.h"
#include "census/layer_listing.h"
#include "cli/commands.h"
#include "cli/progress_line.h"
#include "cli/roots.h"
#include "cli/standard_streams.h"
#include "cli/terminal.h"
#include "docker/chains.h"
#include "exposition/preflight_text.h"
#include "image/archive.h"
#include "report/extraction.h"
#include "report/preflight.h"
#include "scanner/survey.h"

namespace hardlink {
namespace {

// Beyond this many inodes, layer by layer, the root's margin afterwards is not worth the memory.
constexpr std::size_t kMostTracked = 20'000;

/// What loading one image comes to: which of its layers are made, on top of what.
struct LoadStep {
  const ArchivedImage* image = nullptr;
  std::size_t present = 0;      ///< layers on disk
  std::size_t shared = 0;       ///< above those, made for an image before it
  std::string present_layer{};  ///< directory of the topmost layer on disk
};

/// Loads all images of an archive into one overlay directory, on paper.
class PreflightRun {
 public:
  PreflightRun(ImageArchive& archive, std::string overlay, std::uint64_t limit)
      : archive_(archive), overlay_(std::move(overlay)), extraction_(limit) {}

  /// One entry per image up to the first that fails. An Error where that cannot be told.
  [[nodiscard]] Result<std::vector<ImagePreflight>> run();
  [[nodiscard]] const Extraction& extraction() const { return extraction_; }

 private:
  [[nodiscard]] std::vector<LoadStep> planSteps();
  [[nodiscard]] Result<bool> prepare(const std::vector<LoadStep>& steps);
  [[nodiscard]] Result<bool> startFrom(const LoadStep& step);
  [[nodiscard]] Result<ImagePreflight> load(const LoadStep& step);
  [[nodiscard]] Result<std::optional<ExtractionFailure>> extract(const ArchivedImage& image,
                                                                 std::size_t index);

  ImageArchive& archive_;
  std::string overlay_;
  Extraction extraction_;
  // Layers that are made for one image and built on by a later one, by chain id; as often.
  std::map<std::string, unsigned> built_on_;
  std::map<std::string, Extraction::Layer> kept_;
};

std::vector<LoadStep> PreflightRun::planSteps() {
  std::vector<LoadStep> steps;
  std::set<std::string> made;
  for (const ArchivedImage& image : archive_.images()) {
    LoadStep step{&image};
    const auto& layers = image.layers;
    while (step.present < layers.size()) {
      auto layer = layerOfChain(overlay_, layers[step.present].chain_id);
      if (!layer) {
        break;
      }
      step.present_layer = std::move(*layer);
      ++step.present;
    }
    std::size_t next = step.present;
    for (; next < layers.size() && made.contains(layers[next].chain_id); ++next) {
      ++step.shared;
    }
    if (step.shared > 0) {
      ++built_on_[layers[next - 1].chain_id];
    }
    for (; next < layers.size(); ++next) {
      made.insert(layers[next].chain_id);
    }
    steps.push_back(std::move(step));
  }
  return steps;
}

Result<bool> PreflightRun::prepare(const std::vector<LoadStep>& steps) {
  std::vector<std::string> files;
  for (const LoadStep& step : steps) {
    for (std::size_t i = step.present + step.shared; i < step.image->layers.size(); ++i) {
      files.push_back(step.image->layers[i].file);
    }
  }
  return archive_.prepareLayers(files);
}

Result<bool> PreflightRun::startFrom(const LoadStep& step) {
  if (step.shared > 0) {
    const std::string& chain = step.image->layers[step.present + step.shared - 1].chain_id;
    if (--built_on_[chain] > 0) {
      extraction_.setCurrent(kept_.at(chain));
    } else {
      extraction_.setCurrent(std::move(kept_.at(chain)));
      kept_.erase(chain);
    }
    return true;
  }
  extraction_.startEmpty();
  if (step.present == 0) {
    return true;
  }
  return listLayer(overlay_ + "/" + step.present_layer + "/root",
                   [this](const LayerName& name) { extraction_.addPresent(name); });
}

Result<std::optional<ExtractionFailure>> PreflightRun::extract(const ArchivedImage& image,
                                                               std::size_t index) {
  using Outcome = std::optional<ExtractionFailure>;
  if (index >= kMostLayersOfAnImage) {
    return Outcome({"", 0, 0,
                    "Docker makes no more than " + std::to_string(kMostLayersOfAnImage) +
                        " layers of one image"});
  }
  if (auto failure = extraction_.beginLayer()) {
    return Outcome(std::move(failure));
  }
  Outcome failure;
  const auto read = archive_.readLayer(image.layers[index].file, [&](const LayerEntry& entry) {
    failure = extraction_.apply(entry);
    return !failure;
  });
  if (!read) {
    return read.error();
  }
  return failure ? failure : extraction_.endLayer();
}

Result<ImagePreflight> PreflightRun::load(const LoadStep& step) {
  const ArchivedImage& image = *step.image;
  ImagePreflight preflight;
  preflight.tags = image.tags;
  preflight.id = image.id;
  preflight.layers = image.layers.size();
  preflight.present_layers = step.present;
  preflight.shared_layers = step.shared;
  preflight.deepest_present = step.present_layer;
  if (const auto started = startFrom(step); !started) {
    return started.error();
  }
  const std::size_t first_new = step.present + step.shared;
  if (first_new > 0) {
    preflight.margin_before = extraction_.margin();
  }
  for (std::size_t i = first_new; i < image.layers.size(); ++i) {
    auto outcome = extract(image, i);
    if (!outcome) {
      return outcome.error();
    }
    if (*outcome) {
      preflight.failure = std::move(*outcome);
      return preflight;
    }
    ++preflight.fitting_layers;
    const std::string& chain = image.layers[i].chain_id;
    if (built_on_.contains(chain)) {
      kept_[chain] = extraction_.current();
    }
  }
  preflight.margin_after = extraction_.margin();
  return preflight;
}

Result<std::vector<ImagePreflight>> PreflightRun::run() {
  const std::vector<LoadStep> steps = planSteps();
  if (const auto prepared = prepare(steps); !prepared) {
    return prepared.error();
  }
  std::vector<ImagePreflight> images;
  for (const LoadStep& step : steps) {
    auto image = load(step);
    if (!image) {
      return image.error();
    }
    images.push_back(std::move(*image));
    if (images.back().failure) {
      break;
    }
  }
  return images;
}

/// The root's margin once everything is loaded; unset where a census cannot tell.
std::optional<std::uint64_t> marginAfter(const RootConfig& root, std::uint64_t limit,
                                         const Extraction& extraction) {
  const auto new_layers = extraction.marginOfNewLayers();
  const std::vector<LinksAfter> grown = tighterThan(extraction.grown(), new_layers, limit);
  if (grown.size() > kMostTracked) {
    return std::nullopt;
  }
  SurveySettings settings;
  settings.scan.io_priority = IoPriority::best_effort;
  settings.metrics.buckets.clear();
  CensusRequest request = censusRequest(root, settings, {});
  for (const LinksAfter& inode : grown) {
    request.tracked_inodes.push_back(inode.inode);
  }
  CensusProgress progress;
  const ProgressLine line(root.path, progress);
  CensusTaker taker;
  const auto census = taker.take(request, progress, {});
  if (!census || census->counts.errors.unread_directories > 0) {
    return std::nullopt;
  }
  return rootMargin(census->counts, grown, new_layers, limit);
}

/// The overlay directory to extract into; an Error that says what was looked for.
Result<RootConfig> chooseRoot(const PreflightOptions& options) {
  RootConfig root;
  if (options.path) {
    if (auto why_not = whyNoRoot({*options.path})) {
      return Error{0, std::move(*why_not)};
    }
    if (auto why_not = whyNoLayers({*options.path})) {
      return Error{0, std::move(*why_not)};
    }
    root = rootFromPath(dockerOverlayOf(*options.path));
  } else {
    const DockerDiscovery discovery = discoverDocker();
    const std::vector<RootConfig> roots = rootsFromDiscovery(discovery);
    if (roots.empty()) {
      return Error{0, "no PATH given, and " + noOverlayStorage(discovery)};
    }
    root = roots.front();
  }
  root.layout = LayoutChoice::docker_overlay;
  root.link_limit = options.link_limit;
  return root;
}

/// Refuses what is not Docker's: there every image would be new, and the answer wrong.
std::optional<Error> checkStorage(const std::string& overlay) {
  const auto look = lookAtStorage(overlay);
  if (!look) {
    return look.error();
  }
  std::error_code ignored;
  const bool has_database = std::filesystem::is_directory(
      std::filesystem::path(dockerImageDirectory(overlay)) / "layerdb", ignored);
  if (*look == StorageLook::docker_overlay && !has_database) {
    return Error{
        0, "cannot tell which layers are there: no " + dockerImageDirectory(overlay) + "/layerdb"};
  }
  if (*look == StorageLook::other && !has_database) {
    return Error{0, overlay +
                        " is neither Docker's data root nor the storage of its overlay "
                        "driver"};
  }
  return std::nullopt;
}

Result<Preflight> preflightImage(const PreflightOptions& options, const RootConfig& root) {
  const auto filesystem = inspectFilesystem(root.path, root.link_limit);
  if (!filesystem) {
    return filesystem.error();
  }
  if (const auto warning = refusedLimit(describe(*filesystem))) {
    complain("preflight", *warning);
  }
  if (const auto refused = checkStorage(root.path)) {
    return *refused;
  }
  if (!filesystem->link_limit) {
    return Error{0, "cannot be told: the link limit of " + filesystem->type + " on " + root.path +
                        " is not known; --link-limit says it"};
  }
  auto archive = ImageArchive::open(options.image, hostPlatform());
  if (!archive) {
    return archive.error();
  }
  PreflightRun run(*archive, root.path, *filesystem->link_limit);
  auto images = run.run();
  if (!images) {
    return images.error();
  }
  Preflight preflight;
  preflight.archive = options.image;
  preflight.format = archive->format();
  preflight.root = root.path;
  preflight.filesystem = describe(*filesystem);
  preflight.images = std::move(*images);
  if (preflight.fits()) {
    preflight.root_margin_after = marginAfter(root, *filesystem->link_limit, run.extraction());
  }
  return preflight;
}

}  // namespace

int runPreflight(const PreflightOptions& options) {
  log::configure(log::Level::error, log::Format::logfmt);
  const auto root = chooseRoot(options);
  if (!root) {
    complain("preflight", root.error().message());
    return kExitUsage;
  }
  const auto preflight = preflightImage(options, *root);
  if (!preflight) {
    complain("preflight", printable(preflight.error().message()));
    return kExitFailed;
  }
  const std::string text = options.format == OutputFormat::json
                               ? renderPreflightJson(*preflight)
                               : renderPreflight(*preflight, terminal::tableOptions(STDOUT_FILENO));
  return writeOut("preflight", text, kindOf(options.format)) && preflight->fits() ? kExitOk
                                                                                  : kExitFailed;
}

}  // namespace hardlink
