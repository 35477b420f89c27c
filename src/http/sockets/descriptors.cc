#include "http/sockets/descriptors.h"

#include <filesystem>
#include <string>
#include <system_error>

#include "base/text.h"

namespace hardlink {

std::vector<int> openDescriptors() {
  std::vector<int> descriptors;
  std::error_code error;
  std::filesystem::directory_iterator entries("/proc/self/fd", error);
  for (; !error && entries != std::filesystem::directory_iterator(); entries.increment(error)) {
    const std::string name = entries->path().filename();
    descriptors.push_back(parseWhole<int>(name).value_or(-1));
  }
  return descriptors;
}

}  // namespace hardlink
