#include "image/documents.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "docker/chains.h"
#include "docker/document_limits.h"

namespace hardlink {
namespace {

using Json = nlohmann::json;

constexpr const char* kRefName = "org.opencontainers.image.ref.name";

bool isKept(int depth, Json::parse_event_t /*event*/, Json& /*parsed*/) {
  return depth <= kDeepestNesting;
}

/// A document of which something is wrong; only within this file.
struct Nonsense {
  std::string what;
};

/// Reads fields of one document; throws Nonsense.
class Document {
 public:
  Document(const std::string& text, std::string name)
      : name_(std::move(name)), json_(Json::parse(text, isKept, false)) {
    if (json_.is_discarded()) {
      throw Nonsense{name_ + " is not JSON"};
    }
  }

  [[nodiscard]] const Json& top() const { return json_; }
  [[nodiscard]] const Json& object(const Json& parent, const char* field) const {
    return require(parent, field, Json::value_t::object, "an object");
  }
  [[nodiscard]] const Json& list(const Json& parent, const char* field) const {
    return require(parent, field, Json::value_t::array, "a list");
  }
  [[nodiscard]] std::string text(const Json& parent, const char* field) const {
    return require(parent, field, Json::value_t::string, "a string").get<std::string>();
  }
  /// Empty where there is no such field, or null in it.
  [[nodiscard]] std::string optionalText(const Json& parent, const char* field) const {
    return has(parent, field) ? text(parent, field) : std::string();
  }
  [[nodiscard]] static bool has(const Json& parent, const char* field) {
    return parent.is_object() && parent.contains(field) && !parent[field].is_null();
  }
  [[nodiscard]] std::vector<std::string> texts(const Json& list, const char* field) const {
    std::vector<std::string> found;
    for (const Json& entry : list) {
      if (!entry.is_string()) {
        fail(field, "a list of strings");
      }
      found.push_back(entry.get<std::string>());
    }
    return found;
  }
  [[noreturn]] void fail(const char* field, const char* expected) const {
    throw Nonsense{name_ + ": " + field + " is not " + expected};
  }

 private:
  [[nodiscard]] const Json& require(const Json& parent, const char* field, Json::value_t type,
                                    const char* expected) const {
    if (!has(parent, field) || parent[field].type() != type) {
      fail(field, expected);
    }
    return parent[field];
  }

  std::string name_;
  Json json_;
};

template <class Parse>
auto caught(Parse parse) -> Result<decltype(parse())> {
  try {
    return parse();
  } catch (const Nonsense& nonsense) {
    return Error{0, nonsense.what};
  }
}

Descriptor descriptorOf(const Document& document, const Json& json) {
  Descriptor descriptor;
  descriptor.media_type = document.optionalText(json, "mediaType");
  descriptor.digest = document.text(json, "digest");
  if (!isSha256Digest(descriptor.digest)) {
    document.fail("digest", "sha256 and 64 hexadecimal digits");
  }
  if (Document::has(json, "platform")) {
    const Json& platform = document.object(json, "platform");
    descriptor.platform = Platform{document.optionalText(platform, "os"),
                                   document.optionalText(platform, "architecture"),
                                   document.optionalText(platform, "variant")};
  }
  if (Document::has(json, "annotations")) {
    descriptor.name = document.optionalText(document.object(json, "annotations"), kRefName);
  }
  return descriptor;
}

std::vector<Descriptor> descriptorsOf(const Document& document, const char* field) {
  std::vector<Descriptor> descriptors;
  for (const Json& entry : document.list(document.top(), field)) {
    descriptors.push_back(descriptorOf(document, entry));
  }
  return descriptors;
}

}  // namespace

Result<std::vector<DockerManifestEntry>> parseDockerManifest(const std::string& text,
                                                             const std::string& name) {
  return caught([&] {
    const Document document(text, name);
    if (!document.top().is_array()) {
      throw Nonsense{name + " is not a list"};
    }
    std::vector<DockerManifestEntry> entries;
    for (const Json& json : document.top()) {
      DockerManifestEntry entry;
      entry.config = document.text(json, "Config");
      entry.layers = document.texts(document.list(json, "Layers"), "Layers");
      if (Document::has(json, "RepoTags")) {
        entry.tags = document.texts(document.list(json, "RepoTags"), "RepoTags");
      }
      entries.push_back(std::move(entry));
    }
    return entries;
  });
}

Result<ImageConfig> parseImageConfig(const std::string& text, const std::string& name) {
  return caught([&] {
    const Document document(text, name);
    const Json& top = document.top();
    ImageConfig config;
    config.platform = {document.optionalText(top, "os"), document.optionalText(top, "architecture"),
                       document.optionalText(top, "variant")};
    const Json& rootfs = document.object(top, "rootfs");
    if (Document::has(rootfs, "diff_ids")) {
      config.diff_ids = document.texts(document.list(rootfs, "diff_ids"), "diff_ids");
    }
    for (const std::string& diff_id : config.diff_ids) {
      if (!isSha256Digest(diff_id)) {
        document.fail("diff_ids", "a list of sha256 digests");
      }
    }
    return config;
  });
}

Result<OciDocument> parseOciDocument(const std::string& text, const std::string& name) {
  return caught([&] {
    const Document document(text, name);
    OciDocument parsed;
    parsed.is_index = Document::has(document.top(), "manifests");
    if (parsed.is_index) {
      parsed.manifests = descriptorsOf(document, "manifests");
    } else {
      parsed.config = descriptorOf(document, document.object(document.top(), "config"));
      parsed.layers = descriptorsOf(document, "layers");
    }
    return parsed;
  });
}

}  // namespace hardlink
