#include "commands/preflight/preflight.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "base/log.h"
#include "base/utf8.h"
#include "census/census.h"
#include "commands/preflight/archive_load.h"
#include "commands/preflight/preflight_report.h"
#include "commands/preflight/unpack.h"
#include "commands/progress_line.h"
#include "commands/standard_streams.h"
#include "commands/terminal.h"
#include "docker/chains.h"
#include "image/archive.h"
#include "roots/count_root.h"
#include "roots/roots.h"

namespace hardlink {
namespace {

// Beyond this many inodes, layer by layer, the root's margin afterwards is not worth the memory.
constexpr std::size_t kMostTracked = 20'000;

/// The root's margin once everything is loaded; unset where a census cannot tell.
std::optional<std::uint64_t> marginAfter(const RootConfig& root, std::uint64_t limit,
                                         const ExtractionRoom& room, const Extraction& extraction) {
  const auto new_layers = extraction.marginOfNewLayers();
  const std::vector<LinksAfter> grown = tighterThan(extraction.grown(), new_layers, limit);
  if (grown.size() > kMostTracked) {
    return std::nullopt;
  }
  CensusSettings settings;
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
Result<void> checkStorage(const std::string& overlay) {
  ASSIGN_OR_RETURN(const StorageKind look, storageKindOf(overlay));
  std::error_code ignored;
  const std::string database = dockerImageDirectory(overlay) + "/layerdb";
  const bool has_database = std::filesystem::is_directory(database, ignored);
  if (look == StorageKind::docker_overlay && !has_database) {
    return Error{0, "no " + database + ", which says which layers are there"};
  }
  if (look == StorageKind::other && !has_database) {
    return Error{0, overlay +
                        " is neither Docker's data root nor the storage of its overlay "
                        "driver"};
  }
  return {};
}

Result<Preflight> preflightImage(const PreflightOptions& options, const RootConfig& root) {
  ASSIGN_OR_RETURN(const auto filesystem, inspectFilesystem(root.path, root.link_limit));
  if (const auto warning = refusedLimit(describe(filesystem))) {
    complain("preflight", *warning);
  }
  RETURN_IF_ERROR(checkStorage(root.path));
  if (!filesystem.link_limit) {
    return Error{0, fmt::format("the link limit of {} on {} is not known; --link-limit says it",
                                filesystem.type, root.path)};
  }
  ASSIGN_OR_RETURN(ImageArchive archive, ImageArchive::open(options.image, hostPlatform()));
  const DockerRoom room = roomFor(root.path, filesystem, archive);
  ArchiveLoad load(archive, root.path, *filesystem.link_limit, room);
  Preflight preflight;
  preflight.archive = options.image;
  preflight.format = archive.format();
  preflight.root = root.path;
  preflight.filesystem = describe(filesystem);
  ASSIGN_OR_RETURN(preflight.images, load.run());
  if (preflight.fits()) {
    preflight.root_margin_after =
        marginAfter(root, *filesystem.link_limit, room.extraction, load.extraction());
  }
  return preflight;
}

int print(const PreflightOptions& options, const std::string& text, Answer answer) {
  if (!writeOut("preflight", text, kindOf(options.format)) || answer == Answer::unknown) {
    return kExitUnknown;
  }
  return answer == Answer::yes ? kExitOk : kExitFailed;
}

int cannotTell(const Error& error) {
  complain("preflight", "cannot be told: " + printable(error.message()));
  return kExitUnknown;
}

int refuse(const std::string& why) {
  complain("preflight", why);
  return kExitUsage;
}

int runUnpack(const PreflightOptions& options) {
  if (const auto why_not = whyNoRoot({*options.unpack})) {
    return refuse(*why_not);
  }
  const auto preflight = unpackImage(options);
  if (!preflight) {
    return cannotTell(preflight.error());
  }
  return print(options,
               options.format == OutputFormat::json
                   ? renderUnpackJson(*preflight)
                   : renderUnpack(*preflight, terminal::tableOptions(STDOUT_FILENO)),
               verdictOf(*preflight).answer);
}

}  // namespace

int runPreflight(const PreflightOptions& options) {
  log::configure(log::Level::error, log::Format::logfmt);
  if (options.image == kStandardInput && isatty(STDIN_FILENO) != 0) {
    return refuse("IMAGE is standard input, which is a terminal and no image");
  }
  if (options.unpack) {
    return runUnpack(options);
  }
  const auto root = chooseRoot(options);
  if (!root) {
    return refuse(root.error().message());
  }
  const auto preflight = preflightImage(options, *root);
  if (!preflight) {
    return cannotTell(preflight.error());
  }
  return print(options,
               options.format == OutputFormat::json
                   ? renderPreflightJson(*preflight)
                   : renderPreflight(*preflight, terminal::tableOptions(STDOUT_FILENO)),
               preflight->fits() ? Answer::yes : Answer::no);
}

}  // namespace hardlink
