// Docker's files: whatever is in them, and whatever they are, reading them ends, says what it could
// not use in a few readable lines, and gives names that hang together.
//
// The input is a tree below a data root, as text. A line `== KIND PATH` begins a file (KIND f,
// whose content are the lines up to the next), a directory (d), a FIFO (p) or a symlink (l, to what
// follows). Letters of the alphabet stand for the 64 digits of an id: `@a` is `aaa…`.

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <system_error>
#include <vector>

#include "docker/chains.h"
#include "docker/metadata.h"
#include "fuzz/require.h"
#include "support/temp_tree.h"

namespace hardlink {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostEntries = 64;
constexpr std::size_t kDeepest = 12;
// One line of a kind, and no more kinds than there are in the code.
constexpr std::size_t kMostProblems = 32;

/// `text` with ids written out.
std::string expanded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool is_id = text[i] == '@' && i + 1 < text.size() &&
                       std::isxdigit(static_cast<unsigned char>(text[i + 1])) != 0;
    out.append(is_id ? 64 : 1, is_id ? text[++i] : text[i]);
  }
  return out;
}

/// `path` with whatever could lead out of the directory, or cannot be a name, left out; empty if
/// nothing remains.
std::string harmless(const std::string& path) {
  fs::path result;
  std::size_t depth = 0;
  for (const fs::path& part : fs::path(path)) {
    const std::string name = part.string().substr(0, 255);
    if (!name.empty() && name != "." && name != ".." && name != "/" && depth++ < kDeepest) {
      result /= name.c_str();
    }
  }
  return result.string();
}

/// Makes what a line describes; what cannot be made (a file below a file, say) is passed over.
void makeEntry(const std::string& base, char kind, const std::string& below,
               const std::string& content) {
  if (below.empty()) {
    return;
  }
  const fs::path path = fs::path(base) / below;
  std::error_code error;
  fs::create_directories(path.parent_path(), error);
  if (kind == 'd') {
    fs::create_directory(path, error);
  } else if (kind == 'p') {
    (void)mkfifo(path.c_str(), 0600);
  } else if (kind == 'l') {
    fs::create_symlink(base + "/" + harmless(content), path, error);
  } else if (!fs::exists(path, error)) {
    // Opening what is there could mean waiting at a FIFO.
    std::ofstream(path, std::ios::binary) << content;
  }
}

void makeTree(const std::string& base, std::string_view text) {
  constexpr std::string_view kMark = "== ";
  for (std::size_t entries = 0; entries < kMostEntries && text.starts_with(kMark); ++entries) {
    text.remove_prefix(kMark.size());
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    std::size_t next = text.starts_with(kMark) ? 0 : text.find("\n== ");
    next = next == text.npos ? text.size() : next + (next == 0 ? 0 : 1);
    if (line.size() > 2) {
      makeEntry(base, line[0], harmless(expanded(line.substr(2))), expanded(text.substr(0, next)));
    }
    text.remove_prefix(next);
  }
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
  require(store.problems.size() <= kMostProblems, "what is wrong is told once of a kind");
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
  // In memory where there is such a place.
  static const std::string parent = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
  const TempDir root(parent);
  makeTree(root.path(), asText(data, size));
  const std::string overlay = root / "overlay";
  const ImageStore store = readDockerMetadata(overlay);
  checkStore(store, overlay);
  require(readDockerMetadata(overlay) == store, "read again it is the same");
  return 0;
}
