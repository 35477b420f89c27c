// Docker's files, with any content and of any kind. Reading them ends, reports the unusable parts
// in a few readable lines, and returns names that are consistent.
//
// The input is a tree below a data root, as text (text_tree.h). `@` and a letter stand for an id of
// 64 such digits: `@a` is `aaa…`.

#include <algorithm>
#include <cctype>
#include <functional>
#include <string>
#include <vector>

#include "docker/chains.h"
#include "docker/metadata.h"
#include "fuzz/require.h"
#include "fuzz/text_tree.h"
#include "support/temp_tree.h"

namespace hardlink {
namespace {

// One line for each kind of problem, and the code has no more kinds than this.
constexpr std::size_t kMostProblems = 32;

/// `text` with all ids expanded.
std::string expanded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool is_id = text[i] == '@' && i + 1 < text.size() &&
                       std::isxdigit(static_cast<unsigned char>(text[i + 1])) != 0;
    out.append(is_id ? 64 : 1, is_id ? text[++i] : text[i]);
  }
  return out;
}

template <class List>
bool isAscending(const List& list) {
  return std::adjacent_find(list.begin(), list.end(), std::greater_equal<>()) == list.end();
}

void checkImage(const StoredImage& image, const std::string& overlay) {
  require(isSha256Digest(image.id), "an image has an id");
  require(image.parent.empty() || isSha256Digest(image.parent), "a parent has an id");
  require(std::is_sorted(image.tags.begin(), image.tags.end()), "tags are in order");
  for (const std::string& layer : image.layers) {
    require(!layer.empty() && layer.find('/') == layer.npos, "a layer is a name or a chain");
    if (isSha256Digest(layer)) {
      (void)layerOfChain(overlay, layer);
    }
  }
}

void checkStore(const ImageStore& store, const std::string& overlay) {
  std::vector<std::string> ids;
  for (const StoredImage& image : store.images) {
    ids.push_back(image.id);
    checkImage(image, overlay);
  }
  require(isAscending(ids), "images ascend by id, each once");
  ids.clear();
  for (const StoredContainer& container : store.containers) {
    ids.push_back(container.id);
    const auto& layers = container.layers;
    require(std::find(layers.begin(), layers.end(), "") == layers.end(),
            "no layer is without a name");
  }
  require(isAscending(ids), "containers ascend by id, each once");
  require(isAscending(store.named_layers), "named layers ascend");
  require(isAscending(store.kept_layers), "kept layers ascend");
  require(store.problems.size() <= kMostProblems, "each kind of problem is reported once");
  require(std::all_of(store.problems.begin(), store.problems.end(), isOneLine),
          "a problem is one line");
  const bool is_empty = store.images.empty() && store.containers.empty() &&
                        store.named_layers.empty() && store.kept_layers.empty() &&
                        store.removing.empty();
  require(store.known || is_empty, "what is no storage of Docker's has nothing in it");
}

}  // namespace
}  // namespace hardlink

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace hardlink;  // NOLINT: nothing else is here
  const TempDir root(quickestDirectory());
  makeTree(root.path(), expanded(asText(data, size)));
  const std::string overlay = root / "overlay";
  const ImageStore store = readDockerMetadata(overlay);
  checkStore(store, overlay);
  require(readDockerMetadata(overlay) == store, "read again it is the same");
  return 0;
}
