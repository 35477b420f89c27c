#include "commands/preflight/preflight.h"

#include <sys/stat.h>
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
#include "commands/exit.h"
#include "commands/preflight/extraction.h"
#include "commands/preflight/preflight_report.h"
#include "commands/preflight/preflight_text.h"
#include "commands/progress_line.h"
#include "commands/standard_streams.h"
#include "commands/terminal.h"
#include "docker/chains.h"
#include "docker/makers_own.h"
#include "docker/metadata.h"
#include "image/archive.h"
#include "roots/roots.h"
#include "roots/survey.h"

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

/// What a filesystem has left for the layers in one overlay directory, and what Docker itself makes
/// on it.
struct DockerRoom {
  ExtractionRoom extraction;
  bool unpacks = false;    ///< the archive is unpacked there
  bool registers = false;  ///< images are registered there
};

bool areOnOneFilesystem(const std::string& one, const std::string& other) {
  struct stat status {};
  struct stat other_status {};
  return stat(one.c_str(), &status) == 0 && stat(other.c_str(), &other_status) == 0 &&
         status.st_dev == other_status.st_dev;
}

/// Layers of the deepest image once those of `archive` are there.
std::size_t deepestImage(const std::string& overlay, const ImageArchive& archive) {
  const ImageStore store = readDockerMetadata(overlay);
  const std::size_t there = store.known ? mostLayers(store.images) : kMostLayersOfAnImage;
  return std::max(there, mostLayers(archive.images()));
}

DockerRoom roomFor(const std::string& overlay, const FilesystemInfo& filesystem,
                   const ImageArchive& archive) {
  const std::string data_root = std::filesystem::path(overlay).parent_path();
  const std::string temporary = data_root + "/tmp";
  const std::string images = dockerImageDirectory(overlay);
  struct stat status {};
  const bool has_temporary = stat(temporary.c_str(), &status) == 0;
  DockerRoom room;
  room.unpacks = areOnOneFilesystem(overlay, has_temporary ? temporary : data_root);
  room.registers = areOnOneFilesystem(overlay, images);
  ExtractionRoom& extraction = room.extraction;
  extraction.left = filesystem.room;
  extraction.costs = filesystem.costs;
  extraction.makers_own = makersOwnAt(overlay, deepestImage(overlay, archive));
  const LayerFiles files = layerFiles(room.registers, archive.format() != kDockerSave);
  const auto sized = [&](const MakersOwn::Objects& objects) {
    return Objects{objects.inodes,
                   objects.blocks * filesystem.costs.cluster_bytes + objects.bytes};
  };
  extraction.making = sized(files.making);
  extraction.unpacking = sized(files.unpacking);
  extraction.made = sized(files.made);
  if (filesystem.subdirectory_limit && stat(overlay.c_str(), &status) == 0 &&
      status.st_nlink >= 2) {
    const std::uint64_t there = status.st_nlink - 2;
    extraction.subdirectories_left =
        *filesystem.subdirectory_limit - std::min(*filesystem.subdirectory_limit, there);
  }
  return room;
}

/// Loads all images of an archive into one overlay directory, on paper.
class PreflightRun {
 public:
  PreflightRun(ImageArchive& archive, std::string overlay, std::uint64_t limit,
               const DockerRoom& room)
      : archive_(archive),
        overlay_(std::move(overlay)),
        room_(room),
        extraction_(limit, room.extraction) {}

  /// One entry per image up to the first that fails. An Error where that cannot be told.
  [[nodiscard]] Result<std::vector<ImagePreflight>> run();
  [[nodiscard]] const Extraction& extraction() const { return extraction_; }

 private:
  [[nodiscard]] Result<Objects> unpackedSize(const std::vector<LoadStep>& steps) const;
  [[nodiscard]] std::optional<ExtractionFailure> registerImage(const ArchivedImage& image);
  [[nodiscard]] std::vector<LoadStep> planSteps();
  [[nodiscard]] Result<bool> prepare(const std::vector<LoadStep>& steps);
  [[nodiscard]] Result<bool> startFrom(const LoadStep& step);
  [[nodiscard]] Result<ImagePreflight> load(const LoadStep& step);
  [[nodiscard]] Result<bool> makeLayers(const LoadStep& step, ImagePreflight& preflight);
  [[nodiscard]] Result<std::optional<ExtractionFailure>> extract(const ArchivedImage& image,
                                                                 std::size_t index);

  ImageArchive& archive_;
  std::string overlay_;
  DockerRoom room_;
  Extraction extraction_;
  Objects unpacked_;  // what the archive takes until everything is loaded
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
    return Outcome({.reason = "Docker makes no more than " + std::to_string(kMostLayersOfAnImage) +
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

/// `docker load` unpacks the whole archive before it makes a layer. An OCI layout stands for a
/// registry, from which the new layers alone are fetched, each into a file.
Result<Objects> PreflightRun::unpackedSize(const std::vector<LoadStep>& steps) const {
  const CopyCosts& costs = room_.extraction.costs;
  auto files = archive_.files();
  if (!files || archive_.format() == kDockerSave) {
    return files ? Result<Objects>(takenUnpacked(*files, costs)) : files.error();
  }
  std::set<std::string> wanted;
  for (const LoadStep& step : steps) {
    for (std::size_t i = step.present + step.shared; i < step.image->layers.size(); ++i) {
      wanted.insert(step.image->layers[i].file);
    }
  }
  Objects taken;
  for (const LayerEntry& file : *files) {
    if (wanted.contains(file.path)) {
      taken.add({1, inClusters(file.size, costs)});
    }
  }
  return taken;
}

/// Docker keeps the image's configuration, and then replaces its list of tags.
std::optional<ExtractionFailure> PreflightRun::registerImage(const ArchivedImage& image) {
  std::error_code ignored;
  const auto known = std::filesystem::path(dockerImageDirectory(overlay_)) /
                     "imagedb/content/sha256" / digestHex(image.id);
  if (!room_.registers || std::filesystem::exists(known, ignored)) {
    return std::nullopt;
  }
  const CopyCosts& costs = room_.extraction.costs;
  const Objects tags{1, costs.cluster_bytes};
  Objects both = tags;
  both.add({1, inClusters(image.config_bytes, costs)});
  auto failure = extraction_.take(both, "register the image");
  extraction_.giveBack(tags);
  return failure;
}

Result<bool> PreflightRun::makeLayers(const LoadStep& step, ImagePreflight& preflight) {
  const ArchivedImage& image = *step.image;
  for (std::size_t i = step.present + step.shared; i < image.layers.size(); ++i) {
    auto outcome = extract(image, i);
    if (!outcome) {
      return outcome.error();
    }
    if (*outcome) {
      preflight.failure = std::move(*outcome);
      return true;
    }
    ++preflight.fitting_layers;
    const std::string& chain = image.layers[i].chain_id;
    if (built_on_.contains(chain)) {
      kept_[chain] = extraction_.current();
    }
  }
  preflight.failure = registerImage(image);
  return true;
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
  preflight.left = extraction_.roomLeft();
  if (step.present + step.shared > 0) {
    preflight.margin_before = extraction_.margin();
  }
  RoomUse& use = extraction_.use();
  const Objects before = use.used();
  use.startPeak();
  preflight.failure = extraction_.take(unpacked_, "unpack the archive");
  if (!preflight.failure) {
    if (const auto made = makeLayers(step, preflight); !made) {
      return made.error();
    }
  }
  preflight.needed = {use.peak().inodes - before.inodes, use.peak().bytes - before.bytes};
  extraction_.giveBack(unpacked_);
  if (!preflight.failure) {
    preflight.margin_after = extraction_.margin();
  }
  return preflight;
}

Result<std::vector<ImagePreflight>> PreflightRun::run() {
  const std::vector<LoadStep> steps = planSteps();
  if (const auto prepared = prepare(steps); !prepared) {
    return prepared.error();
  }
  if (room_.unpacks) {
    auto unpacked = unpackedSize(steps);
    if (!unpacked) {
      return unpacked.error();
    }
    unpacked_ = *unpacked;
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
                                         const ExtractionRoom& room, const Extraction& extraction) {
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
  return rootMargin(census->counts, grown, new_layers, limit, room, extraction.roomLeft());
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
  const DockerRoom room = roomFor(root.path, *filesystem, *archive);
  PreflightRun run(*archive, root.path, *filesystem->link_limit, room);
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
    preflight.root_margin_after =
        marginAfter(root, *filesystem->link_limit, room.extraction, run.extraction());
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
