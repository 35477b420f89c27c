#include <fmt/format.h>

#include <map>
#include <set>
#include <unordered_map>
#include <utility>

#include "base/clean_path.h"
#include "base/text.h"
#include "docker/json.h"
#include "image/files.h"
#include "image/tar/tar_reader.h"

namespace hardlink {
namespace {

// An image has three files per layer. A tar that is no image may have millions.
constexpr std::size_t kMostMembers = 100'000;
// All names and link targets together.
constexpr std::uint64_t kMostNameBytes = 64 << 20;
// All entries of the layers in a compressed tar. Enough for some million files.
constexpr std::uint64_t kMostEntryBytes = 256 << 20;
constexpr unsigned kMostSymlinks = 40;

std::string inMebibytes(std::uint64_t bytes) { return fmt::format("{} MiB", bytes >> 20U); }

struct Member {
  LayerEntry::Kind kind = LayerEntry::Kind::regular;
  std::uint64_t offset = 0;  ///< 0 in a compressed tar
  std::uint64_t size = 0;
  std::string target;  ///< of a link, by cleanPath()
};

/// The entries of a layer, packed into one string to save memory.
class EntryList {
 public:
  void add(const LayerEntry& entry) {
    bytes_ += static_cast<char>(entry.kind);
    bytes_.append(fmt::to_string(entry.size)).push_back('\0');
    bytes_.append(entry.path).push_back('\0');
    bytes_.append(entry.target).push_back('\0');
  }
  [[nodiscard]] std::size_t size() const { return bytes_.size(); }
  void replay(const EntryVisitor& visit) const {
    LayerEntry entry;
    for (std::size_t at = 0; at < bytes_.size();) {
      entry.kind = static_cast<LayerEntry::Kind>(bytes_[at]);
      const std::string_view size = bytes_.c_str() + at + 1;
      entry.size = parseWhole<std::uint64_t>(size).value_or(0);
      at += size.size() + 2;
      entry.path = bytes_.c_str() + at;
      at += entry.path.size() + 1;
      entry.target = bytes_.c_str() + at;
      at += entry.target.size() + 1;
      if (!visit(entry)) {
        return;
      }
    }
  }

 private:
  std::string bytes_;
};

/// The content of the tar's current entry.
class ContentStream : public ByteStream {
 public:
  explicit ContentStream(TarReader& tar) : tar_(tar) {}
  [[nodiscard]] Result<std::size_t> read(char* buffer, std::size_t size) override {
    return tar_.readContent(buffer, size);
  }
  [[nodiscard]] std::uint64_t skip(std::uint64_t /*bytes*/) override { return 0; }

 private:
  TarReader& tar_;
};

class ImageTar : public ImageFiles {
 public:
  explicit ImageTar(FileRange file) : file_(std::move(file)) {}

  /// Reads all headers of the tar and fills members_ and directories_.
  [[nodiscard]] Result<void> index();

  [[nodiscard]] bool has(const std::string& name) const override { return find(name) != nullptr; }
  [[nodiscard]] Result<std::string> readDocument(const std::string& name) override;
  [[nodiscard]] Result<std::vector<LayerEntry>> files() const override;
  [[nodiscard]] Result<void> prepareLayers(const std::vector<std::string>& names) override;
  [[nodiscard]] Result<void> readLayer(const std::string& name, const EntryVisitor& visit) override;

 private:
  using Members = std::unordered_map<std::string, Member>;

  /// The file `name`, or the file that the link `name` leads to; null if there is none.
  [[nodiscard]] const Members::value_type* find(const std::string& name) const;
  [[nodiscard]] Result<void> addMember(TarReader& tar, const LayerEntry& entry);
  [[nodiscard]] Result<void> keepDocument(TarReader& tar, const std::string& name);
  [[nodiscard]] Result<void> keepEntries(TarReader& tar, const std::string& name);
  [[nodiscard]] FileRange rangeOf(const Member& member) const {
    return {file_.file, file_.offset + member.offset, member.size};
  }

  FileRange file_;
  bool compressed_ = false;
  Members members_;
  std::set<std::string> directories_;  // that have an entry
  // Documents of a compressed tar, by the names of files, not of links.
  std::unordered_map<std::string, std::string> documents_;
  std::uint64_t document_bytes_ = 0;
  std::uint64_t name_bytes_ = 0;
  std::uint64_t entry_bytes_ = 0;
  std::map<std::string, EntryList> layers_;
};

Error missing(const std::string& name) { return {0, name + " is missing in the image"}; }

/// Calls `visit` for each entry of `tar`.
template <class Visit>
Result<void> forEachEntry(TarReader& tar, Visit visit) {
  while (true) {
    ASSIGN_OR_RETURN(const LayerEntry* const entry, tar.next());
    if (entry == nullptr) {
      return {};
    }
    RETURN_IF_ERROR(visit(*entry));
  }
}

Result<void> ImageTar::index() {
  TarReader tar(streamOf(file_));
  return forEachEntry(tar, [&](const LayerEntry& entry) {
    compressed_ = !tar.contentOffset();
    return addMember(tar, entry);
  });
}

Result<void> ImageTar::addMember(TarReader& tar, const LayerEntry& entry) {
  using Kind = LayerEntry::Kind;
  if (entry.kind == Kind::other || entry.kind == Kind::comment) {
    return {};
  }
  if (members_.size() + directories_.size() == kMostMembers) {
    return Error{0, fmt::format("it holds more than {} files", kMostMembers)};
  }
  name_bytes_ += entry.path.size() + entry.target.size();
  if (name_bytes_ > kMostNameBytes) {
    return Error{
        0, fmt::format("the names of its files are longer than {}", inMebibytes(kMostNameBytes))};
  }
  const std::string name = cleanPath(entry.path);
  if (entry.kind == Kind::directory) {
    directories_.insert(name);
    return {};
  }
  if (tar.isSparse()) {
    return Error{0, name + " is a sparse file, but no layer or document of an image is sparse"};
  }
  if (entry.kind == Kind::unknown) {
    return Error{0, name + " is of a type that Docker does not unpack"};
  }
  Member& member = members_[name];
  member = {entry.kind, tar.contentOffset().value_or(0), tar.size(), ""};
  if (entry.kind == Kind::hard_link) {
    member.target = cleanPath(entry.target);
  } else if (entry.kind == Kind::symlink) {
    const bool absolute = entry.target.starts_with('/');
    const std::string directory = name.substr(0, name.rfind('/') + 1);
    // If `name` has no slash, rfind() returns npos and npos + 1 is 0, so `directory` is empty.
    member.target = cleanPath(absolute ? entry.target : directory + entry.target);
  } else if (compressed_) {
    return keepDocument(tar, name);
  } else if (member.offset + member.size > file_.size) {
    return Error{0, fmt::format("it is truncated: it ends within {}", name)};
  }
  return {};
}

/// Keeps the file if it may be a document of the image, that is if it begins with `{` or `[` as
/// JSON does.
Result<void> ImageTar::keepDocument(TarReader& tar, const std::string& name) {
  documents_.erase(name);
  if (tar.size() > kLongestDocument) {
    return {};
  }
  std::string text(tar.size(), '\0');
  std::size_t filled = 0;
  while (filled < text.size()) {
    ASSIGN_OR_RETURN(const std::size_t got,
                     tar.readContent(text.data() + filled, text.size() - filled));
    filled += got;
    const std::size_t first = text.find_first_not_of(" \t\r\n");
    if (got == 0 || first == std::string::npos || (text[first] != '{' && text[first] != '[')) {
      return {};
    }
  }
  document_bytes_ += text.size();
  if (document_bytes_ > kMostDocumentBytes) {
    return Error{0,
                 fmt::format("its documents are larger than {}", inMebibytes(kMostDocumentBytes))};
  }
  documents_[name] = std::move(text);
  return {};
}

const ImageTar::Members::value_type* ImageTar::find(const std::string& name) const {
  auto at = members_.find(cleanPath(name));
  for (unsigned links = 0; at != members_.end() && links < kMostSymlinks; ++links) {
    if (at->second.kind == LayerEntry::Kind::regular) {
      return &*at;
    }
    at = members_.find(at->second.target);
  }
  return nullptr;
}

Result<std::string> ImageTar::readDocument(const std::string& name) {
  const auto* member = find(name);
  if (member == nullptr) {
    return missing(name);
  }
  if (!compressed_) {
    return readWholeDocument(rangeOf(member->second), name);
  }
  if (member->second.size > kLongestDocument) {
    return tooLong(name);
  }
  const auto document = documents_.find(member->first);
  if (document == documents_.end()) {
    return Error{0, name + " is not JSON"};
  }
  return document->second;
}

Result<std::vector<LayerEntry>> ImageTar::files() const {
  std::vector<LayerEntry> files;
  files.reserve(members_.size() + directories_.size());
  for (const std::string& name : directories_) {
    files.push_back({LayerEntry::Kind::directory, name, ""});
  }
  for (const auto& [name, member] : members_) {
    files.push_back({member.kind, name, member.target, member.size});
  }
  return files;
}

Result<void> ImageTar::prepareLayers(const std::vector<std::string>& names) {
  std::set<std::string> wanted;
  for (const std::string& name : names) {
    const auto* member = find(name);
    if (member != nullptr && !layers_.contains(member->first)) {
      wanted.insert(member->first);
    }
  }
  if (!compressed_ || wanted.empty()) {
    return {};
  }
  TarReader tar(streamOf(file_));
  return forEachEntry(tar, [&](const LayerEntry& entry) {
    const std::string name = cleanPath(entry.path);
    const bool keep = entry.kind == LayerEntry::Kind::regular && wanted.contains(name);
    return keep ? keepEntries(tar, name) : Result<void>();
  });
}

Result<void> ImageTar::keepEntries(TarReader& tar, const std::string& name) {
  // If a name is there twice, the last file counts, as in index().
  EntryList& list = layers_[name] = {};
  bool fits = true;
  RETURN_IF_ERROR(
      readLayerTar(std::make_unique<ContentStream>(tar), name, [&](const LayerEntry& entry) {
        const std::size_t before = list.size();
        list.add(entry);
        entry_bytes_ += list.size() - before;
        fits = entry_bytes_ <= kMostEntryBytes;
        return fits;
      }));
  if (!fits) {
    return Error{0, fmt::format("the names in its layers are longer than {}; decompress it first, "
                                "so that they need not be kept",
                                inMebibytes(kMostEntryBytes))};
  }
  return {};
}

Result<void> ImageTar::readLayer(const std::string& name, const EntryVisitor& visit) {
  const auto* member = find(name);
  if (member == nullptr) {
    return missing(name);
  }
  if (!compressed_) {
    return readLayerTar(streamOf(rangeOf(member->second)), name, visit);
  }
  const auto list = layers_.find(member->first);
  if (list == layers_.end()) {
    return missing(name);
  }
  list->second.replay(visit);
  return {};
}

}  // namespace

Result<std::unique_ptr<ImageFiles>> openImageTar(FileRange file) {
  auto tar = std::make_unique<ImageTar>(std::move(file));
  RETURN_IF_ERROR(tar->index());
  return std::unique_ptr<ImageFiles>(std::move(tar));
}

}  // namespace hardlink
