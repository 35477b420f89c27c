#include "random_tree.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <random>

#include "base/os/fd.h"
#include "support/temp_tree.h"

namespace hardlink {
namespace {

namespace fs = std::filesystem;

class RandomTree {
 public:
  RandomTree(std::string base, unsigned seed) : base_(std::move(base)), random_(seed) {
    const std::size_t snapshots = 2 + below(5);
    for (std::size_t i = 0; i < snapshots; ++i) {
      snapshots_.push_back("snap" + std::to_string(i));
    }
  }

  std::vector<std::string> plant() {
    for (const std::string& snapshot : snapshots_) {
      fs::create_directories(base_ + "/root/" + snapshot + "/sub/deep");
    }
    fs::create_directories(base_ + "/root/other/sub/deep");
    fs::create_directories(base_ + "/outside/sub/deep");
    const std::size_t files = 20 + below(60);
    for (std::size_t i = 0; i < files; ++i) {
      plantInode(i);
    }
    const Fd directory(::open(base_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    throwErrnoUnless(::syncfs(directory.get()) == 0, "syncfs");
    return snapshots_;
  }

 private:
  std::size_t below(std::size_t end) {
    return std::uniform_int_distribution<std::size_t>(0, end - 1)(random_);
  }

  /// A place that is free; mostly in a snapshot.
  std::string place() {
    const std::size_t where = below(12);
    const std::string top = where == 0   ? "/outside"
                            : where == 1 ? "/root/other"
                                         : "/root/" + snapshots_[below(snapshots_.size())];
    static constexpr const char* kDirectories[] = {"", "/sub", "/sub/deep"};
    return base_ + top + kDirectories[below(3)] + "/n" + std::to_string(next_name_++);
  }

  void plantInode(std::size_t number) {
    const std::string first = place();
    makeInode(first);
    const std::size_t names = below(3) == 0 ? 0 : below(8);
    const std::string near = fs::path(first).parent_path();
    const bool all_near = number % 4 == 0;  // all links in one snapshot
    for (std::size_t i = 0; i < names; ++i) {
      fs::create_hard_link(first, all_near ? near + "/m" + std::to_string(next_name_++) : place());
    }
  }

  void makeInode(const std::string& path) {
    switch (below(10)) {
      case 0:
        fs::create_symlink("short", path);
        return;
      case 1:
        fs::create_symlink(std::string(60 + below(900), 's'), path);
        return;
      case 2:
        throwErrnoUnless(mkfifo(path.c_str(), 0600) == 0, "mkfifo");
        return;
      case 3:
        std::ofstream(path).flush();
        return;
      case 4: {  // with a hole
        std::ofstream(path) << std::string(1 + below(9000), 'x');
        fs::resize_file(path, 200'000 + below(200'000));
        std::ofstream(path, std::ios::app) << std::string(1 + below(9000), 'y');
        return;
      }
      default:
        std::ofstream(path) << std::string(1 + below(20'000), 'z');
    }
  }

  std::string base_;
  std::mt19937 random_;
  std::vector<std::string> snapshots_;
  unsigned next_name_ = 0;
};

}  // namespace

std::vector<std::string> plantRandomTree(const std::string& base, unsigned seed) {
  return RandomTree(base, seed).plant();
}

}  // namespace hardlink
