#include "http/sockets/descriptors.h"

#include <charconv>
#include <filesystem>
#include <string>
#include <system_error>

namespace hardlink {

std::vector<int> openDescriptors() {
  std::vector<int> descriptors;
  std::error_code error;
  std::filesystem::directory_iterator entries("/proc/self/fd", error);
  for (; !error && entries != std::filesystem::directory_iterator(); entries.increment(error)) {
    const std::string name = entries->path().filename();
    int fd = -1;
    std::from_chars(name.data(), name.data() + name.size(), fd);
    descriptors.push_back(fd);
  }
  return descriptors;
}

}  // namespace hardlink
