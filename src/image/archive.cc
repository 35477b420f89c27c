#include "image/archive.h"

#include <fmt/format.h>

#include <set>
#include <utility>

#include "base/text.h"
#include "docker/chains.h"
#include "docker/json.h"
#include "image/documents.h"

namespace hardlink {
namespace {

constexpr const char* kDockerManifest = "manifest.json";
constexpr const char* kOciIndex = "index.json";
// Levels of indexes in indexes. Tools write two.
constexpr unsigned kDeepestIndex = 8;

// Layers of all images together. A layer counts once for each image that has it.
constexpr std::size_t kMostLayers = 100'000;

using Images = std::vector<ArchivedImage>;

/// Reads the documents of an archive, within bounds.
class Documents {
 public:
  explicit Documents(ImageFiles& files) : files_(files) {}

  [[nodiscard]] Result<std::string> read(const std::string& name) {
    ASSIGN_OR_RETURN(auto text, files_.readDocument(name));
    bytes_ += text.size();
    if (bytes_ > kMostDocumentBytes) {
      return Error{0, fmt::format("its images have more than {} MiB of documents",
                                  kMostDocumentBytes >> 20U)};
    }
    return text;
  }

  /// Adds `image` to `images`, unless that makes too many.
  [[nodiscard]] Result<void> add(ArchivedImage image, Images& images) {
    layers_ += image.layers.size();
    if (layers_ > kMostLayers) {
      return Error{0, fmt::format("its images have more than {} layers", kMostLayers)};
    }
    images.push_back(std::move(image));
    return {};
  }

 private:
  ImageFiles& files_;
  std::uint64_t bytes_ = 0;
  std::size_t layers_ = 0;
};

Result<ArchivedImage> imageOf(const ImageConfig& config, const std::vector<std::string>& files,
                              const std::string& name) {
  if (files.size() != config.diff_ids.size()) {
    return Error{0, fmt::format("{} has {} diff_ids, but the manifest {} layers", name,
                                config.diff_ids.size(), files.size())};
  }
  ArchivedImage image;
  std::string chain;
  for (std::size_t i = 0; i < files.size(); ++i) {
    chain = chainId(chain, config.diff_ids[i]);
    image.layers.push_back({config.diff_ids[i], chain, files[i]});
  }
  return image;
}

Result<Images> readDockerImages(ImageFiles& files) {
  Documents documents(files);
  ASSIGN_OR_RETURN(const auto text, documents.read(kDockerManifest));
  ASSIGN_OR_RETURN(const auto entries, parseDockerManifest(text, kDockerManifest));
  Images images;
  for (const DockerManifestEntry& entry : entries) {
    ASSIGN_OR_RETURN(const auto config_text, documents.read(entry.config));
    ASSIGN_OR_RETURN(const auto config, parseImageConfig(config_text, entry.config));
    ASSIGN_OR_RETURN(auto image, imageOf(config, entry.layers, entry.config));
    image.tags = entry.tags;
    image.id = "sha256:" + sha256Hex(config_text);
    image.config_bytes = config_text.size();
    RETURN_IF_ERROR(documents.add(std::move(image), images));
  }
  return images;
}

/// Finds the images for one platform in an OCI layout.
class OciReader {
 public:
  OciReader(ImageFiles& files, const Platform& platform) : documents_(files), platform_(platform) {}

  [[nodiscard]] Result<Images> read() {
    ASSIGN_OR_RETURN(const auto text, documents_.read(kOciIndex));
    ASSIGN_OR_RETURN(const auto index, parseOciDocument(text, kOciIndex));
    if (!index.is_index) {
      return Error{0, fmt::format("{} has no manifests", kOciIndex)};
    }
    for (const Descriptor& descriptor : index.manifests) {
      RETURN_IF_ERROR(add(descriptor, descriptor.name, 0));
    }
    if (images_.empty()) {
      return Error{0, fmt::format("no image for {} in it{}", toString(platform_),
                                  others_.empty() ? "" : ", only for " + joined(others_))};
    }
    return std::move(images_);
  }

 private:
  [[nodiscard]] static std::string fileOf(const std::string& digest) {
    return std::string("blobs/sha256/").append(digestHex(digest));
  }
  [[nodiscard]] Result<std::string> readVerified(const Descriptor& descriptor);
  [[nodiscard]] Result<void> add(const Descriptor& descriptor, const std::string& name,
                                 unsigned depth);
  [[nodiscard]] Result<void> addBestOf(const OciDocument& index, const std::string& name,
                                       unsigned depth);
  [[nodiscard]] Result<void> addImage(const OciDocument& manifest, const std::string& name);
  [[nodiscard]] bool suits(const Descriptor& descriptor);

  Documents documents_;
  const Platform& platform_;
  Images images_;
  std::set<std::string> others_;  // platforms of skipped images
};

Result<std::string> OciReader::readVerified(const Descriptor& descriptor) {
  const std::string file = fileOf(descriptor.digest);
  ASSIGN_OR_RETURN(auto text, documents_.read(file));
  if (sha256Hex(text) != digestHex(descriptor.digest)) {
    return Error{0, fmt::format("{} in the image is damaged: its digest does not match", file)};
  }
  return text;
}

bool OciReader::suits(const Descriptor& descriptor) {
  if (!descriptor.platform || suitability(*descriptor.platform, platform_) > 0) {
    return true;
  }
  // The attestations that BuildKit adds to an index have the platform `unknown`.
  if (descriptor.platform->os != "unknown") {
    others_.insert(toString(*descriptor.platform));
  }
  return false;
}

Result<void> OciReader::add(const Descriptor& descriptor, const std::string& name, unsigned depth) {
  if (!suits(descriptor)) {
    return {};
  }
  ASSIGN_OR_RETURN(const auto text, readVerified(descriptor));
  ASSIGN_OR_RETURN(const auto document, parseOciDocument(text, fileOf(descriptor.digest)));
  return document.is_index ? addBestOf(document, name, depth) : addImage(document, name);
}

/// Adds one image of an index below the top one. Such an index is one image for several platforms.
Result<void> OciReader::addBestOf(const OciDocument& index, const std::string& name,
                                  unsigned depth) {
  if (depth == kDeepestIndex) {
    return Error{0, fmt::format("indexes in indexes, more than {} deep", kDeepestIndex)};
  }
  const Descriptor* best = nullptr;
  unsigned most = 0;
  for (const Descriptor& descriptor : index.manifests) {
    if (!suits(descriptor)) {
      continue;
    }
    const unsigned suitable =
        descriptor.platform ? suitability(*descriptor.platform, platform_) : 0;
    if (best == nullptr || suitable > most) {
      best = &descriptor;
      most = suitable;
    }
  }
  return best == nullptr ? Result<void>() : add(*best, name, depth + 1);
}

Result<void> OciReader::addImage(const OciDocument& manifest, const std::string& name) {
  const std::string config_file = fileOf(manifest.config.digest);
  ASSIGN_OR_RETURN(const auto text, readVerified(manifest.config));
  ASSIGN_OR_RETURN(const auto config, parseImageConfig(text, config_file));
  // An index may omit the platform of an image. Its configuration has it.
  if (!config.platform.architecture.empty() && suitability(config.platform, platform_) == 0) {
    others_.insert(toString(config.platform));
    return {};
  }
  std::vector<std::string> files;
  for (const Descriptor& layer : manifest.layers) {
    files.push_back(fileOf(layer.digest));
  }
  ASSIGN_OR_RETURN(auto image, imageOf(config, files, config_file));
  if (!name.empty()) {
    image.tags = {name};
  }
  image.id = manifest.config.digest;
  image.config_bytes = text.size();
  return documents_.add(std::move(image), images_);
}

}  // namespace

Result<ImageArchive> ImageArchive::openUnnamed(const std::string& path, const Platform& platform) {
  ImageArchive archive;
  ASSIGN_OR_RETURN(archive.files_, openImageFiles(path));
  if (archive.files_->has(kDockerManifest)) {
    archive.format_ = kDockerSave;
    ASSIGN_OR_RETURN(archive.images_, readDockerImages(*archive.files_));
  } else if (archive.files_->has(kOciIndex)) {
    archive.format_ = kOciLayout;
    ASSIGN_OR_RETURN(archive.images_, OciReader(*archive.files_, platform).read());
  } else {
    return Error{0,
                 "neither a docker-save archive (no manifest.json) nor an OCI layout (no "
                 "index.json)"};
  }
  if (archive.images_.empty()) {
    return Error{0, "there is no image in it"};
  }
  return archive;
}

Result<ImageArchive> ImageArchive::open(const std::string& path, const Platform& platform) {
  auto archive = openUnnamed(path, platform);
  if (!archive) {
    const Error& error = archive.error();
    const std::string name = path == kStandardInput ? "on standard input" : path;
    return Error{error.code, fmt::format("image {}: {}", name, error.context)};
  }
  return archive;
}

}  // namespace hardlink
