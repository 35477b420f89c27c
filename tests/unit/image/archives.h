#pragma once

/// Archives of images, made in memory, and what is read of them.

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "docker/chains.h"
#include "image/archive.h"
#include "support/catch.h"
#include "support/temp_tree.h"
#include "unit/image/tar/tar_builder.h"

namespace hardlink {

using Files = std::vector<std::pair<std::string, std::string>>;

inline const Platform kHost{"linux", "amd64", ""};

/// A layer of one small file, different for each label.
inline std::string layerTar(const std::string& label, Compression compression = Compression::none) {
  return makeTarOf({{"etc/" + label, "content of " + label}}, compression);
}

inline std::string digestOf(const std::string& bytes) { return "sha256:" + sha256Hex(bytes); }

inline std::string blobName(const std::string& bytes) { return "blobs/sha256/" + sha256Hex(bytes); }

inline std::string config(const std::vector<std::string>& layer_tars,
                          const std::string& architecture = "amd64") {
  std::string diff_ids;
  for (const std::string& tar : layer_tars) {
    diff_ids.append(diff_ids.empty() ? "\"" : ",\"").append(digestOf(tar)).append("\"");
  }
  return R"({"os":"linux","architecture":")" + architecture +
         R"(","rootfs":{"type":"layers","diff_ids":[)" + diff_ids + "]}}";
}

/// The files that `docker save` writes for an image with the layers a and b.
inline Files dockerSave() {
  const std::vector<std::string> layers{layerTar("a"), layerTar("b")};
  return {{"1/layer.tar", layers[0]},
          {"2/layer.tar", layers[1]},
          {"config.json", config(layers)},
          {"manifest.json", R"([{"Config":"config.json","RepoTags":["app:1","app:2"],)"
                            R"("Layers":["1/layer.tar","2/layer.tar"]}])"}};
}

inline std::string& contentOf(Files& files, const std::string& name) {
  return std::find_if(files.begin(), files.end(),
                      [&](const auto& file) { return file.first == name; })
      ->second;
}

inline std::string descriptor(const std::string& bytes, const std::string& more = "") {
  return R"({"digest":")" + digestOf(bytes) + R"(","size":)" + std::to_string(bytes.size()) + more +
         "}";
}

inline std::string platform(const std::string& architecture, const std::string& variant = "") {
  return R"(,"platform":{"os":"linux","architecture":")" + architecture +
         (variant.empty() ? "\"}" : R"(","variant":")" + variant + "\"}");
}

/// Adds an image of one layer to an OCI layout. Returns its manifest.
inline std::string addImage(Files& files, const std::string& label, const std::string& architecture,
                            Compression compression = Compression::none) {
  const std::string stored = layerTar(label, compression);
  const std::string configuration = config({layerTar(label)}, architecture);
  const std::string manifest = R"({"schemaVersion":2,"config":)" + descriptor(configuration) +
                               R"(,"layers":[)" + descriptor(stored) + "]}";
  files.emplace_back(blobName(stored), stored);
  files.emplace_back(blobName(configuration), configuration);
  files.emplace_back(blobName(manifest), manifest);
  return manifest;
}

inline std::string index(const std::string& descriptors) {
  return R"({"schemaVersion":2,"manifests":[)" + descriptors + "]}";
}

/// Opens these bytes as a file, which is unlinked before it is read.
inline Result<ImageArchive> openTar(const std::string& bytes, const Platform& host = kHost) {
  const TempDir dir;
  plant(dir.path(), {makeFile("image", bytes)});
  return ImageArchive::open(dir / "image", host);
}

inline Result<ImageArchive> openFiles(const Files& files, const Platform& host = kHost) {
  return openTar(makeTarOf(files), host);
}

inline std::string errorOf(const Result<ImageArchive>& archive) {
  return archive ? "none" : archive.error().message();
}

inline bool hasError(const Result<ImageArchive>& archive, const std::string& text) {
  CAPTURE(errorOf(archive));
  return errorOf(archive).find(text) != std::string::npos;
}

/// The paths of all entries of an image's layers.
inline std::vector<std::string> entriesOf(ImageArchive& archive, const ArchivedImage& image) {
  std::vector<std::string> files;
  for (const ArchivedLayer& layer : image.layers) {
    files.push_back(layer.file);
  }
  REQUIRE(archive.prepareLayers(files));
  std::vector<std::string> paths;
  for (const std::string& file : files) {
    REQUIRE(archive.readLayer(file, [&](const LayerEntry& entry) {
      paths.push_back(entry.path);
      return true;
    }));
  }
  return paths;
}

}  // namespace hardlink
