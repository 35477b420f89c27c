#include "commands/preflight/archive_load.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "census/census.h"
#include "docker/chains.h"
#include "docker/makers_own.h"
#include "docker/metadata.h"

namespace hardlink {
namespace {

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

}  // namespace

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
    return Objects{objects.inodes, objects.blocks * filesystem.costs.cluster_bytes + objects.bytes};
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

LoadPlan planLoad(const std::vector<ArchivedImage>& images, const std::string& overlay) {
  LoadPlan plan;
  std::set<std::string> made;
  for (const ArchivedImage& image : images) {
    LoadStep step{&image};
    const auto& layers = image.layers;
    while (step.present < layers.size()) {
      auto layer = layerOfChain(overlay, layers[step.present].chain_id);
      if (!layer) {
        break;
      }
      step.present_layer = std::move(*layer);
      ++step.present;
    }
    while (step.firstNew() < layers.size() && made.contains(layers[step.firstNew()].chain_id)) {
      ++step.shared;
    }
    for (std::size_t i = step.firstNew(); i < layers.size(); ++i) {
      made.insert(layers[i].chain_id);
    }
    plan.steps.push_back(std::move(step));
  }
  // Backwards, the first step on a base is the last one that needs its tree.
  for (auto step = plan.steps.rbegin(); step != plan.steps.rend(); ++step) {
    step->is_last_on_base = step->shared > 0 && plan.bases.insert(step->base()).second;
  }
  return plan;
}

ArchiveLoad::ArchiveLoad(ImageArchive& archive, std::string overlay, std::uint64_t limit,
                         const DockerRoom& room)
    : archive_(archive),
      overlay_(std::move(overlay)),
      room_(room),
      extraction_(limit, room.extraction),
      plan_(planLoad(archive.images(), overlay_)) {}

std::set<std::string> ArchiveLoad::newLayerFiles() const {
  std::set<std::string> files;
  for (const LoadStep& step : plan_.steps) {
    for (std::size_t i = step.firstNew(); i < step.image->layers.size(); ++i) {
      files.insert(step.image->layers[i].file);
    }
  }
  return files;
}

Result<void> ArchiveLoad::startFrom(const LoadStep& step) {
  if (step.shared > 0) {
    CountedTree& base = base_trees_.at(step.base());
    if (step.is_last_on_base) {
      extraction_.setCurrent(std::move(base));
      base_trees_.erase(step.base());
    } else {
      extraction_.setCurrent(base);
    }
    return {};
  }
  extraction_.startEmpty();
  if (step.present > 0) {
    RETURN_IF_ERROR(listLayer(overlay_ + "/" + step.present_layer + "/root",
                              [this](const LayerName& name) { extraction_.addPresent(name); }));
  }
  return {};
}

Result<std::optional<ExtractionFailure>> ArchiveLoad::extract(const ArchivedImage& image,
                                                              std::size_t index) {
  using Outcome = std::optional<ExtractionFailure>;
  if (index >= kMostLayersOfAnImage) {
    return Outcome({.reason = fmt::format("Docker makes no more than {} layers of one image",
                                          kMostLayersOfAnImage)});
  }
  if (auto failure = extraction_.beginLayer()) {
    return Outcome(std::move(failure));
  }
  Outcome failure;
  RETURN_IF_ERROR(archive_.readLayer(image.layers[index].file, [&](const LayerEntry& entry) {
    failure = extraction_.apply(entry);
    return !failure;
  }));
  return failure ? failure : extraction_.endLayer();
}

/// `docker load` unpacks the whole archive before it makes a layer. An OCI layout stands for a
/// registry, from which the new layers alone are fetched, each into a file.
Result<Objects> ArchiveLoad::unpackedSize() const {
  const CopyCosts& costs = room_.extraction.costs;
  ASSIGN_OR_RETURN(const auto files, archive_.files());
  if (archive_.format() == kDockerSave) {
    return takenUnpacked(files, costs);
  }
  const std::set<std::string> wanted = newLayerFiles();
  Objects taken;
  for (const LayerEntry& file : files) {
    if (wanted.contains(file.path)) {
      taken.add({1, inClusters(file.size, costs)});
    }
  }
  return taken;
}

/// Docker keeps the image's configuration, and then replaces its list of tags.
std::optional<ExtractionFailure> ArchiveLoad::registerImage(const ArchivedImage& image) {
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

Result<void> ArchiveLoad::makeLayers(const LoadStep& step, ImagePreflight& preflight) {
  const ArchivedImage& image = *step.image;
  for (std::size_t i = step.firstNew(); i < image.layers.size(); ++i) {
    ASSIGN_OR_RETURN(preflight.failure, extract(image, i));
    if (preflight.failure) {
      return {};
    }
    ++preflight.fitting_layers;
    const std::string& chain = image.layers[i].chain_id;
    if (plan_.bases.contains(chain)) {
      base_trees_[chain] = extraction_.current();
    }
  }
  preflight.failure = registerImage(image);
  return {};
}

Result<ImagePreflight> ArchiveLoad::load(const LoadStep& step) {
  const ArchivedImage& image = *step.image;
  ImagePreflight preflight;
  preflight.tags = image.tags;
  preflight.id = image.id;
  preflight.layers = image.layers.size();
  preflight.present_layers = step.present;
  preflight.shared_layers = step.shared;
  preflight.deepest_present = step.present_layer;
  RETURN_IF_ERROR(startFrom(step));
  preflight.left = extraction_.roomLeft();
  if (step.firstNew() > 0) {
    preflight.margin_before = extraction_.margin();
  }
  RoomUse& use = extraction_.use();
  const Objects before = use.used();
  use.startPeak();
  preflight.failure = extraction_.take(unpacked_, "unpack the archive");
  if (!preflight.failure) {
    RETURN_IF_ERROR(makeLayers(step, preflight));
  }
  preflight.needed = {use.peak().inodes - before.inodes, use.peak().bytes - before.bytes};
  extraction_.giveBack(unpacked_);
  if (!preflight.failure) {
    preflight.margin_after = extraction_.margin();
  }
  return preflight;
}

Result<std::vector<ImagePreflight>> ArchiveLoad::run() {
  const std::set<std::string> files = newLayerFiles();
  RETURN_IF_ERROR(archive_.prepareLayers({files.begin(), files.end()}));
  if (room_.unpacks) {
    ASSIGN_OR_RETURN(unpacked_, unpackedSize());
  }
  std::vector<ImagePreflight> images;
  for (const LoadStep& step : plan_.steps) {
    ASSIGN_OR_RETURN(images.emplace_back(), load(step));
    if (images.back().failure) {
      break;
    }
  }
  return images;
}

}  // namespace hardlink
