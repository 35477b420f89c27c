#include "image/directory.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <utility>

#include "base/open_beneath.h"
#include "image/reading.h"

namespace hardlink {
namespace {

class ImageDirectory : public ImageFiles {
 public:
  explicit ImageDirectory(Fd directory) : directory_(std::move(directory)) {}

  [[nodiscard]] bool has(const std::string& name) const override {
    return static_cast<bool>(open(name));
  }
  [[nodiscard]] Result<std::string> readDocument(const std::string& name) override {
    auto file = open(name);
    return file ? readWholeDocument(std::move(*file), name) : file.error();
  }
  [[nodiscard]] Result<bool> prepareLayers(const std::vector<std::string>& /*names*/) override {
    return true;
  }
  [[nodiscard]] Result<bool> readLayer(const std::string& name,
                                       const EntryVisitor& visit) override {
    auto file = open(name);
    return file ? readLayerTar(streamOf(std::move(*file)), name, visit) : file.error();
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
    return Error{error, "open " + name + " in the image"};
  }
  struct stat status {};
  if (fstat(fd.get(), &status) != 0) {
    return errnoError("stat " + name + " in the image");
  }
  if (!S_ISREG(status.st_mode)) {
    return Error{0, name + " in the image is not a file"};
  }
  return FileRange{std::make_shared<const Fd>(std::move(fd)), 0,
                   static_cast<std::uint64_t>(status.st_size)};
}

}  // namespace

std::unique_ptr<ImageFiles> openImageDirectory(Fd directory) {
  return std::make_unique<ImageDirectory>(std::move(directory));
}

}  // namespace hardlink
