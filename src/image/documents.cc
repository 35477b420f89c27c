#include "image/documents.h"

#include "docker/chains.h"
#include "docker/json.h"
#include "docker/layer_db.h"

namespace hardlink {
namespace {

constexpr const char* kRefName = "org.opencontainers.image.ref.name";

/// The configuration of an image and the platform of a descriptor have the same three fields.
Result<Platform> platformIn(const JsonView& json) {
  Platform platform;
  ASSIGN_OR_RETURN(platform.os, json.textIfAny("os"));
  ASSIGN_OR_RETURN(platform.architecture, json.textIfAny("architecture"));
  ASSIGN_OR_RETURN(platform.variant, json.textIfAny("variant"));
  return platform;
}

Result<Descriptor> descriptorOf(const JsonView& json) {
  Descriptor descriptor;
  ASSIGN_OR_RETURN(descriptor.media_type, json.textIfAny("mediaType"));
  ASSIGN_OR_RETURN(descriptor.digest, json.text("digest"));
  if (!isSha256Digest(descriptor.digest)) {
    return json.isNot("digest", "sha256 and 64 hexadecimal digits");
  }
  if (json.has("platform")) {
    ASSIGN_OR_RETURN(const JsonView platform, json.object("platform"));
    ASSIGN_OR_RETURN(descriptor.platform, platformIn(platform));
  }
  if (json.has("annotations")) {
    ASSIGN_OR_RETURN(const JsonView annotations, json.object("annotations"));
    ASSIGN_OR_RETURN(descriptor.name, annotations.textIfAny(kRefName));
  }
  return descriptor;
}

Result<std::vector<Descriptor>> descriptorsIn(const JsonView& document, const std::string& name,
                                              const char* field) {
  ASSIGN_OR_RETURN(const JsonView list, document.list(field));
  std::vector<Descriptor> descriptors;
  for (const auto& entry : list.value()) {
    ASSIGN_OR_RETURN(descriptors.emplace_back(), descriptorOf({entry, name}));
  }
  return descriptors;
}

}  // namespace

Result<std::vector<DockerManifestEntry>> parseDockerManifest(const std::string& text,
                                                             const std::string& name) {
  ASSIGN_OR_RETURN(const auto document, JsonDocument::parse(text, name));
  if (!document.top().value().is_array()) {
    return Error{0, name + " is not a list"};
  }
  std::vector<DockerManifestEntry> entries;
  for (const auto& value : document.top().value()) {
    const JsonView json(value, name);
    DockerManifestEntry& entry = entries.emplace_back();
    ASSIGN_OR_RETURN(entry.config, json.text("Config"));
    RETURN_IF_ERROR(json.list("Layers"));
    ASSIGN_OR_RETURN(entry.layers, json.textsIfAny("Layers"));
    ASSIGN_OR_RETURN(entry.tags, json.textsIfAny("RepoTags"));
  }
  return entries;
}

Result<ImageConfig> parseImageConfig(const std::string& text, const std::string& name) {
  ASSIGN_OR_RETURN(const auto document, JsonDocument::parse(text, name));
  ImageConfig config;
  ASSIGN_OR_RETURN(config.platform, platformIn(document.top()));
  ASSIGN_OR_RETURN(config.diff_ids, diffIdsIn(document.top()));
  return config;
}

Result<OciDocument> parseOciDocument(const std::string& text, const std::string& name) {
  ASSIGN_OR_RETURN(const auto document, JsonDocument::parse(text, name));
  const JsonView top = document.top();
  OciDocument parsed;
  parsed.is_index = top.has("manifests");
  if (parsed.is_index) {
    ASSIGN_OR_RETURN(parsed.manifests, descriptorsIn(top, name, "manifests"));
    return parsed;
  }
  ASSIGN_OR_RETURN(const JsonView config, top.object("config"));
  ASSIGN_OR_RETURN(parsed.config, descriptorOf(config));
  ASSIGN_OR_RETURN(parsed.layers, descriptorsIn(top, name, "layers"));
  return parsed;
}

}  // namespace hardlink
