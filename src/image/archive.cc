#include "image/archive.h"

#include <algorithm>
#include <optional>
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
// Indexes in indexes: tools write two levels.
constexpr unsigned kDeepestIndex = 8;

// Of all images together, each time where several have them.
constexpr std::size_t kMostLayers = 100'000;

using Images = std::vector<ArchivedImage>;

/// Reads the documents of an archive, within bounds.
class Documents {
 public:
  explicit Documents(ImageFiles& files) : files_(files) {}

  [[nodiscard]] Result<std::string> read(const std::string& name) {
    auto text = files_.readDocument(name);
    bytes_ += text ? text->size() : 0;
    if (bytes_ > kMostDocumentBytes) {
      return Error{0, "its images have more than " + std::to_string(kMostDocumentBytes >> 20U) +
                          " MiB of documents"};
    }
    return text;
  }

  /// Adds `image` to `images`, unless that makes too many.
  [[nodiscard]] Result<bool> add(ArchivedImage image, Images& images) {
    layers_ += image.layers.size();
    if (layers_ > kMostLayers) {
      return Error{0, "its images have more than " + std::to_string(kMostLayers) + " layers"};
    }
    images.push_back(std::move(image));
    return true;
  }

 private:
  ImageFiles& files_;
  std::uint64_t bytes_ = 0;
  std::size_t layers_ = 0;
};

Result<ArchivedImage> imageOf(const ImageConfig& config, const std::vector<std::string>& files,
                              const std::string& name) {
  if (files.size() != config.diff_ids.size()) {
    return Error{0, name + " has " + std::to_string(config.diff_ids.size()) +
                        " diff_ids, but the manifest " + std::to_string(files.size()) + " layers"};
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
  const auto text = documents.read(kDockerManifest);
  if (!text) {
    return text.error();
  }
  const auto entries = parseDockerManifest(*text, kDockerManifest);
  if (!entries) {
    return entries.error();
  }
  Images images;
  for (const DockerManifestEntry& entry : *entries) {
    const auto config_text = documents.read(entry.config);
    if (!config_text) {
      return config_text.error();
    }
    const auto config = parseImageConfig(*config_text, entry.config);
    if (!config) {
      return config.error();
    }
    auto image = imageOf(*config, entry.layers, entry.config);
    if (!image) {
      return image.error();
    }
    image->tags = entry.tags;
    image->id = "sha256:" + sha256Hex(*config_text);
    image->config_bytes = config_text->size();
    if (const auto added = documents.add(std::move(*image), images); !added) {
      return added.error();
    }
  }
  return images;
}

/// Finds the images for one platform in an OCI layout.
class OciReader {
 public:
  OciReader(ImageFiles& files, const Platform& platform) : documents_(files), platform_(platform) {}

  [[nodiscard]] Result<Images> read() {
    const auto text = documents_.read(kOciIndex);
    if (!text) {
      return text.error();
    }
    const auto index = parseOciDocument(*text, kOciIndex);
    if (!index) {
      return index.error();
    }
    if (!index->is_index) {
      return Error{0, std::string(kOciIndex) + " has no manifests"};
    }
    for (const Descriptor& descriptor : index->manifests) {
      if (const auto added = add(descriptor, descriptor.name, 0); !added) {
        return added.error();
      }
    }
    if (images_.empty()) {
      return Error{0, "no image for " + toString(platform_) + " in it" +
                          (others_.empty() ? "" : ", only for " + joined(others_))};
    }
    return std::move(images_);
  }

 private:
  [[nodiscard]] static std::string fileOf(const std::string& digest) {
    return std::string("blobs/sha256/").append(digestHex(digest));
  }
  [[nodiscard]] Result<std::string> readVerified(const Descriptor& descriptor);
  [[nodiscard]] Result<bool> add(const Descriptor& descriptor, const std::string& name,
                                 unsigned depth);
  [[nodiscard]] Result<bool> addBestOf(const OciDocument& index, const std::string& name,
                                       unsigned depth);
  [[nodiscard]] Result<bool> addImage(const OciDocument& manifest, const std::string& name);
  [[nodiscard]] bool suits(const Descriptor& descriptor);

  Documents documents_;
  const Platform& platform_;
  Images images_;
  std::set<std::string> others_;  // platforms that were passed over
};

Result<std::string> OciReader::readVerified(const Descriptor& descriptor) {
  const std::string file = fileOf(descriptor.digest);
  auto text = documents_.read(file);
  if (text && sha256Hex(*text) != digestHex(descriptor.digest)) {
    return Error{0, file + " in the image is damaged: its digest is another"};
  }
  return text;
}

bool OciReader::suits(const Descriptor& descriptor) {
  if (!descriptor.platform || suitability(*descriptor.platform, platform_) > 0) {
    return true;
  }
  // What BuildKit adds to an index to attest how the image was made is for no platform.
  if (descriptor.platform->os != "unknown") {
    others_.insert(toString(*descriptor.platform));
  }
  return false;
}

Result<bool> OciReader::add(const Descriptor& descriptor, const std::string& name, unsigned depth) {
  if (!suits(descriptor)) {
    return true;
  }
  const auto text = readVerified(descriptor);
  if (!text) {
    return text.error();
  }
  const auto document = parseOciDocument(*text, fileOf(descriptor.digest));
  if (!document) {
    return document.error();
  }
  return document->is_index ? addBestOf(*document, name, depth) : addImage(*document, name);
}

/// An index below the layout's own is one image for several platforms.
Result<bool> OciReader::addBestOf(const OciDocument& index, const std::string& name,
                                  unsigned depth) {
  if (depth == kDeepestIndex) {
    return Error{0, "indexes in indexes, more than " + std::to_string(kDeepestIndex) + " deep"};
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
  return best == nullptr ? Result<bool>(true) : add(*best, name, depth + 1);
}

Result<bool> OciReader::addImage(const OciDocument& manifest, const std::string& name) {
  const auto text = readVerified(manifest.config);
  if (!text) {
    return text.error();
  }
  const auto config = parseImageConfig(*text, fileOf(manifest.config.digest));
  if (!config) {
    return config.error();
  }
  // The index need not say what an image is for; its configuration does.
  if (!config->platform.architecture.empty() && suitability(config->platform, platform_) == 0) {
    others_.insert(toString(config->platform));
    return true;
  }
  std::vector<std::string> files;
  for (const Descriptor& layer : manifest.layers) {
    files.push_back(fileOf(layer.digest));
  }
  auto image = imageOf(*config, files, fileOf(manifest.config.digest));
  if (!image) {
    return image.error();
  }
  if (!name.empty()) {
    image->tags = {name};
  }
  image->id = manifest.config.digest;
  image->config_bytes = text->size();
  return documents_.add(std::move(*image), images_);
}

}  // namespace

Result<ImageArchive> ImageArchive::open(const std::string& path, const Platform& platform) {
  const auto in_image = [&](const Error& error) {
    return Error{error.code, "image " + path + ": " + error.context};
  };
  auto files = openImageFiles(path);
  if (!files) {
    return in_image(files.error());
  }
  ImageArchive archive;
  archive.files_ = std::move(*files);
  Result<Images> images = Images();
  if (archive.files_->has(kDockerManifest)) {
    archive.format_ = kDockerSave;
    images = readDockerImages(*archive.files_);
  } else if (archive.files_->has(kOciIndex)) {
    archive.format_ = kOciLayout;
    images = OciReader(*archive.files_, platform).read();
  } else {
    return in_image({0,
                     "neither a docker-save archive (no manifest.json) nor an OCI layout (no "
                     "index.json)"});
  }
  if (!images) {
    return in_image(images.error());
  }
  if (images->empty()) {
    return in_image({0, "there is no image in it"});
  }
  archive.images_ = std::move(*images);
  return archive;
}

}  // namespace hardlink
