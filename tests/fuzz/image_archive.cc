// An image file with any bytes. Opening it and simulating the extraction of its layers, on each
// other and each by itself, ends within bounded memory, and the results are consistent.
//
// The checksums of tar headers are corrected first, because random changes would hardly ever get
// past them.

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <functional>
#include <numeric>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/os/fd.h"
#include "commands/preflight/extraction.h"
#include "commands/preflight/unpack.h"
#include "docker/chains.h"
#include "fuzz/require.h"
#include "image/archive.h"

namespace hardlink {
namespace {

constexpr std::uint64_t kInodes = 2000;
constexpr std::uint64_t kBytes = 10'000'000;
constexpr std::uint64_t kLimit = 65000;

/// `bytes` with the right checksum in each block that looks like a tar header.
std::string repaired(std::string bytes) {
  constexpr std::size_t kBlock = 512;
  constexpr std::size_t kMagic = 257;
  constexpr std::size_t kChecksum = 148;
  constexpr std::size_t kDigits = 6;
  for (std::size_t at = 0; at + kBlock <= bytes.size(); at += kBlock) {
    if (bytes.compare(at + kMagic, 5, "ustar") != 0) {
      continue;
    }
    bytes.replace(at + kChecksum, 8, 8, ' ');
    const std::string_view block = std::string_view(bytes).substr(at, kBlock);
    unsigned sum = std::accumulate(block.begin(), block.end(), 0U, [](unsigned so_far, char c) {
      return so_far + static_cast<unsigned char>(c);
    });
    bytes[at + kChecksum + kDigits] = '\0';
    for (std::size_t digit = kDigits; digit-- > 0; sum /= 8) {
      bytes[at + kChecksum + digit] = static_cast<char>('0' + sum % 8);
    }
  }
  return bytes;
}

/// The result of reading a layer: its entries as one figure, or the reason why it cannot be read.
struct Reading {
  std::size_t entries = 0;
  std::size_t digest = 0;
  std::string error;

  bool operator==(const Reading&) const = default;
};

Reading readLayer(ImageArchive& archive, const std::string& file, const EntryVisitor& also) {
  Reading reading;
  const std::hash<std::string> hash;
  const auto read = archive.readLayer(file, [&](const LayerEntry& entry) {
    ++reading.entries;
    reading.digest = reading.digest * 31 + hash(entry.path) + 7 * hash(entry.target) +
                     13 * entry.size + static_cast<std::size_t>(entry.kind);
    return also(entry);
  });
  reading.error = read ? "" : read.error().message();
  return reading;
}

/// False once a layer fails.
bool extract(ImageArchive& archive, const ArchivedLayer& layer, Extraction& extraction) {
  std::optional<ExtractionFailure> failure = extraction.beginLayer();
  const Reading reading = readLayer(archive, layer.file, [&](const LayerEntry& entry) {
    failure = failure ? failure : extraction.apply(entry);
    return true;
  });
  require(readLayer(archive, layer.file, [](const LayerEntry&) { return true; }) == reading,
          "a layer that is read again is the same");
  if (failure) {
    require(!failure->reason.empty() || failure->needed > failure->left, "a failure has a reason");
    return false;
  }
  if (!reading.error.empty() || extraction.endLayer()) {
    return false;
  }
  const auto margin = extraction.margin();
  require(!margin || *margin < kLimit, "the margin is below the limit");
  const Objects& used = extraction.use().used();
  require(used.inodes <= kInodes && used.bytes <= kBytes, "no more is taken than is there");
  require(extraction.grown().empty(), "nothing on disk has got links where nothing is");
  return true;
}

void unpackByItself(ImageArchive& archive, const ArchivedLayer& layer) {
  std::uint64_t entries = 0;
  const auto read = [&](const EntryVisitor& visit) {
    return archive.readLayer(layer.file, [&](const LayerEntry& entry) {
      ++entries;
      return visit(entry);
    });
  };
  const auto unpacked = unpackLayer(read, {.block_bytes = 4096, .cluster_bytes = 4096});
  if (!unpacked) {
    require(!unpacked.error().context.empty(), "an unreadable layer has a reason");
    return;
  }
  require(unpacked->names <= entries && unpacked->links.count <= entries,
          "an entry makes one name at most");
  require(unpacked->needed.inodes > 0, "a layer has a directory");
  require(unpacked->content_bytes <= unpacked->needed.bytes, "files are a part of what is needed");
}

void checkImage(const ArchivedImage& image) {
  require(isSha256Digest(image.id), "an image has an id");
  std::string chain;
  for (const ArchivedLayer& layer : image.layers) {
    chain = chainId(chain, layer.diff_id);
    require(isSha256Digest(layer.diff_id) && layer.chain_id == chain, "chains follow from diffs");
  }
}

void openAndExtract(const std::string& path) {
  constexpr std::size_t kMostImages = 4;
  constexpr std::size_t kMostLayers = 8;
  auto archive = ImageArchive::open(path, {"linux", "amd64", ""});
  if (!archive) {
    require(!archive.error().context.empty(), "a refusal has a reason");
    return;
  }
  require(!archive->images().empty(), "an archive that opens has an image");
  std::vector<std::string> files;
  for (const ArchivedImage& image : archive->images()) {
    checkImage(image);
    for (const ArchivedLayer& layer : image.layers) {
      files.push_back(layer.file);
    }
  }
  if (!archive->prepareLayers(files)) {
    return;
  }
  const auto& first = archive->images().front().layers;
  for (std::size_t j = 0; j < std::min(kMostLayers, first.size()); ++j) {
    unpackByItself(*archive, first[j]);
  }
  ExtractionRoom room;
  room.left = {.inodes = Quota{kInodes, kInodes}, .bytes = Quota{kBytes, kBytes}};
  room.costs = {.block_bytes = 4096, .cluster_bytes = 4096};
  room.making = {7, std::uint64_t{7} * 4096};
  room.made = room.making;
  Extraction extraction(kLimit, room);
  for (std::size_t i = 0; i < std::min(kMostImages, archive->images().size()); ++i) {
    extraction.startEmpty();
    const auto& layers = archive->images()[i].layers;
    for (std::size_t j = 0; j < std::min(kMostLayers, layers.size()); ++j) {
      if (!extract(*archive, layers[j], extraction)) {
        return;
      }
    }
  }
}

}  // namespace
}  // namespace hardlink

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using hardlink::require;
  const hardlink::Fd file(memfd_create("image", MFD_CLOEXEC));
  const std::string bytes = hardlink::repaired(std::string(hardlink::asText(data, size)));
  require(file.valid() && write(file.get(), bytes.data(), size) == static_cast<ssize_t>(size),
          "there is memory for the input");
  hardlink::openAndExtract("/proc/self/fd/" + std::to_string(file.get()));
  return 0;
}
