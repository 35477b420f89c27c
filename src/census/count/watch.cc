#include "census/count/watch.h"

#include "base/os/os.h"

namespace hardlink {

Result<std::vector<RereadLinks>> rereadLinks(const std::string& root,
                                             const std::vector<HotInode>& hot_inodes) {
  const auto directory = os::openRoot(root);
  if (!directory) {
    return directory.error();
  }
  std::vector<RereadLinks> reread;
  for (const HotInode& hot : hot_inodes) {
    for (const std::string& path : hot.paths) {
      int error = 0;
      const auto status = os::statBelow(directory->get(), path, error);
      if (status && status->inode == hot.inode) {
        reread.push_back({hot.inode, status->links});
        break;
      }
    }
  }
  return reread;
}

}  // namespace hardlink
