#pragma once

/// The JSON documents of an image: Docker's manifest.json, the image configuration, and the index
/// and manifest of OCI layouts. Pure functions. A field that is missing or of the wrong type is an
/// Error that names the document and the field.

#include <optional>
#include <string>
#include <vector>

#include "base/error.h"

namespace hardlink {

/// The platform of an image in Go's names: linux, amd64, and for ARM a variant (v6, v7, v8).
struct Platform {
  std::string os;
  std::string architecture;
  std::string variant;

  bool operator==(const Platform&) const = default;
};

/// The platform of this host, from uname(2).
[[nodiscard]] Platform hostPlatform();

/// The platform of `machine`, a name from uname(2).
[[nodiscard]] Platform platformOf(const std::string& machine);

/// How well an image for `image` suits `host`. 0: it does not run there. A higher number is better.
[[nodiscard]] unsigned suitability(const Platform& image, const Platform& host);

/// os/architecture[/variant]
[[nodiscard]] std::string toString(const Platform& platform);

/// One image of Docker's manifest.json.
struct DockerManifestEntry {
  std::string config;               ///< path of the configuration in the archive
  std::vector<std::string> tags;    ///< `name:tag`
  std::vector<std::string> layers;  ///< paths of the layers in the archive, base first
};

[[nodiscard]] Result<std::vector<DockerManifestEntry>> parseDockerManifest(
    const std::string& text, const std::string& document);

struct ImageConfig {
  Platform platform;                  ///< empty if unknown
  std::vector<std::string> diff_ids;  ///< digests, base first
};

[[nodiscard]] Result<ImageConfig> parseImageConfig(const std::string& text,
                                                   const std::string& document);

/// A reference to a document or layer in an OCI layout.
struct Descriptor {
  std::string media_type;  ///< may be empty
  std::string digest;      ///< sha256
  std::optional<Platform> platform;
  std::string name;  ///< the annotation org.opencontainers.image.ref.name; may be empty
};

/// An index (`manifests`) or the manifest of one image (`config` and `layers`). Its fields decide
/// which it is, because not all tools write the media type.
struct OciDocument {
  bool is_index = false;
  std::vector<Descriptor> manifests;  ///< of an index
  Descriptor config;                  ///< of a manifest
  std::vector<Descriptor> layers;     ///< of a manifest, base first
};

[[nodiscard]] Result<OciDocument> parseOciDocument(const std::string& text,
                                                   const std::string& document);

}  // namespace hardlink
