#pragma once

/// Images in files: the output of `docker save`, or an OCI layout, as a directory or a tar.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "image/documents.h"
#include "image/files.h"
#include "model/layer_entry.h"

namespace hardlink {

struct ArchivedLayer {
  std::string diff_id;
  std::string chain_id;  ///< of the layer on all layers below it
  std::string file;      ///< its path in the archive
};

struct ArchivedImage {
  std::vector<std::string> tags;      ///< may be empty
  std::string id;                     ///< `sha256:…` of its configuration
  std::vector<ArchivedLayer> layers;  ///< base first
  std::uint64_t config_bytes = 0;     ///< size of its configuration, which Docker keeps
};

/// The names of the two formats.
inline constexpr std::string_view kDockerSave = "docker-save";
inline constexpr std::string_view kOciLayout = "oci-layout";

/// The images of one archive. The digests of documents in OCI layouts are verified. Those of layers
/// are not, since the content of layers is never read. Not thread-safe.
class ImageArchive {
 public:
  /// Opens `path`. With a manifest.json, which `docker load` needs, the archive has all images in
  /// it. Otherwise it is an OCI layout, and has the images for `platform`. Fails if it is no image,
  /// is damaged, or has no image for the platform.
  [[nodiscard]] static Result<ImageArchive> open(const std::string& path, const Platform& platform);

  [[nodiscard]] std::string_view format() const { return format_; }
  /// In the order in which `docker load` loads them.
  [[nodiscard]] const std::vector<ArchivedImage>& images() const { return images_; }

  /// All entries of the archive, each path once. `docker load` unpacks these first.
  [[nodiscard]] Result<std::vector<LayerEntry>> files() const { return files_->files(); }
  /// Prepares the `files` of layers for readLayer(). Call it once, before the first readLayer().
  [[nodiscard]] Result<void> prepareLayers(const std::vector<std::string>& files) {
    return files_->prepareLayers(files);
  }
  /// Calls `visit` for each entry of a layer's tar until it returns false.
  [[nodiscard]] Result<void> readLayer(const std::string& file, const EntryVisitor& visit) {
    return files_->readLayer(file, visit);
  }

 private:
  ImageArchive() = default;

  /// Like open(), but its errors do not name the image.
  [[nodiscard]] static Result<ImageArchive> openUnnamed(const std::string& path,
                                                        const Platform& platform);

  std::unique_ptr<ImageFiles> files_;
  std::string_view format_;
  std::vector<ArchivedImage> images_;
};

}  // namespace hardlink
