#pragma once

/// An image as a file: what `docker save` writes, or an OCI layout; a directory or a tar.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "image/files.h"
#include "image/platform.h"
#include "model/layer_entry.h"

namespace hardlink {

struct ArchivedLayer {
  std::string diff_id;
  std::string chain_id;  ///< with all layers below it
  std::string file;      ///< in the archive
};

struct ArchivedImage {
  std::vector<std::string> tags;      ///< may be empty
  std::string id;                     ///< `sha256:…` of its configuration
  std::vector<ArchivedLayer> layers;  ///< base first
  std::uint64_t config_bytes = 0;     ///< of its configuration, which Docker keeps
};

/// The names of the two formats.
inline constexpr std::string_view kDockerSave = "docker-save";
inline constexpr std::string_view kOciLayout = "oci-layout";

/// The images of one archive. Documents of OCI layouts are compared with their digests; layers are
/// not, since their content is never read. Not thread-safe.
class ImageArchive {
 public:
  /// Opens `path`. Where there is a manifest.json, as `docker load` wants it, it holds all images
  /// that it names; of an OCI layout, those for `platform`. Fails where it is no image, is
  /// damaged, or has none for the platform.
  [[nodiscard]] static Result<ImageArchive> open(const std::string& path, const Platform& platform);

  [[nodiscard]] std::string_view format() const { return format_; }
  /// In the order in which `docker load` loads them.
  [[nodiscard]] const std::vector<ArchivedImage>& images() const { return images_; }

  /// Everything in the archive, each path once: what `docker load` unpacks before anything else.
  [[nodiscard]] Result<std::vector<LayerEntry>> files() const { return files_->files(); }
  /// Says which layers' files readLayer() will be asked for; to be called once before it.
  [[nodiscard]] Result<void> prepareLayers(const std::vector<std::string>& files) {
    return files_->prepareLayers(files);
  }
  /// Passes the entries of a layer's tar to `visit`, until it has had enough.
  [[nodiscard]] Result<void> readLayer(const std::string& file, const EntryVisitor& visit) {
    return files_->readLayer(file, visit);
  }

 private:
  ImageArchive() = default;

  /// open(), whose errors do not name the image yet.
  [[nodiscard]] static Result<ImageArchive> openUnnamed(const std::string& path,
                                                        const Platform& platform);

  std::unique_ptr<ImageFiles> files_;
  std::string_view format_;
  std::vector<ArchivedImage> images_;
};

}  // namespace hardlink
