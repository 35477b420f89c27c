#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <utility>

#include "base/clean_path.h"
#include "base/os/open_beneath.h"
#include "base/os/os.h"
#include "image/files.h"

namespace hardlink {
namespace {

class ImageDirectory : public ImageFiles {
 public:
  explicit ImageDirectory(Fd directory) : directory_(std::move(directory)) {}

  [[nodiscard]] bool has(const std::string& name) const override {
    return static_cast<bool>(open(name));
  }
  [[nodiscard]] Result<std::string> readDocument(const std::string& name) override {
    ASSIGN_OR_RETURN(FileRange file, open(name));
    return readWholeDocument(std::move(file), name);
  }
  [[nodiscard]] Result<std::vector<LayerEntry>> files() const override;
  [[nodiscard]] Result<void> prepareLayers(const std::vector<std::string>& /*names*/) override {
    return {};
  }
  [[nodiscard]] Result<void> readLayer(const std::string& name,
                                       const EntryVisitor& visit) override {
    ASSIGN_OR_RETURN(FileRange file, open(name));
    return readLayerTar(streamOf(std::move(file)), name, visit);
  }

 private:
  [[nodiscard]] Result<FileRange> open(const std::string& name) const;

  Fd directory_;
};

Result<FileRange> ImageDirectory::open(const std::string& name) const {
  constexpr Reach kReach{.symlinks = true, .mounts = true};
  constexpr int kFlags = O_RDONLY | O_CLOEXEC | O_NONBLOCK;
  int error = 0;
  Fd fd = openBeneath(directory_.get(), name.c_str(), kFlags, kReach, error);
  if (!fd.valid()) {
    return Error{error, fmt::format("open {} in the image", name)};
  }
  struct stat status {};
  if (fstat(fd.get(), &status) != 0) {
    return errnoError(fmt::format("stat {} in the image", name));
  }
  if (!S_ISREG(status.st_mode)) {
    return Error{0, name + " in the image is not a file"};
  }
  return FileRange{std::make_shared<const Fd>(std::move(fd)), 0,
                   static_cast<std::uint64_t>(status.st_size)};
}

/// The entries of the directory `directory` of the image, with their paths in the image.
Result<std::vector<LayerEntry>> entriesOf(const Fd& image, const std::string& directory) {
  using Kind = LayerEntry::Kind;
  const std::string path = directory.empty() ? "." : directory;
  int error = 0;
  const Fd fd = openBeneath(image.get(), path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC,
                            {.symlinks = true, .mounts = true}, error);
  if (!fd.valid()) {
    return Error{error, fmt::format("open {} in the image", path)};
  }
  std::vector<LayerEntry> entries;
  os::DirectoryReader reader;
  reader.start(fd.get());
  while (const os::DirectoryEntry* const entry = reader.next()) {
    struct stat status {};
    if (fstatat(fd.get(), entry->name, &status, AT_SYMLINK_NOFOLLOW) != 0) {
      return errnoError(fmt::format("stat {}/{} in the image", path, entry->name));
    }
    const Kind kind = S_ISDIR(status.st_mode)   ? Kind::directory
                      : S_ISREG(status.st_mode) ? Kind::regular
                                                : Kind::symlink;
    const std::uint64_t size =
        kind == Kind::regular ? static_cast<std::uint64_t>(status.st_size) : 0;
    entries.push_back({kind, pathIn(directory, entry->name), "", size});
  }
  if (reader.error() != 0) {
    return Error{reader.error(), fmt::format("read {} in the image", path)};
  }
  return entries;
}

Result<std::vector<LayerEntry>> ImageDirectory::files() const {
  std::vector<LayerEntry> files;
  std::vector<std::string> left{""};
  while (!left.empty()) {
    const std::string directory = std::move(left.back());
    left.pop_back();
    ASSIGN_OR_RETURN(auto entries, entriesOf(directory_, directory));
    for (LayerEntry& entry : entries) {
      if (entry.kind == LayerEntry::Kind::directory) {
        left.push_back(entry.path);
      }
      files.push_back(std::move(entry));
    }
  }
  return files;
}

}  // namespace

std::unique_ptr<ImageFiles> openImageDirectory(Fd directory) {
  return std::make_unique<ImageDirectory>(std::move(directory));
}

}  // namespace hardlink
