#include "farms/key_file.h"

#include <algorithm>

#include "base/trimmed.h"

namespace hardlink {

std::string_view keyFileValue(std::string_view file, std::string_view section,
                              std::string_view key) {
  constexpr std::string_view kSpace = " \t\r";
  std::string_view current;
  std::string_view value;
  while (!file.empty()) {
    const std::size_t end = std::min(file.find('\n'), file.size());
    const std::string_view line = trimmed(file.substr(0, end), kSpace);
    file.remove_prefix(std::min(end + 1, file.size()));
    const std::size_t equals = line.find('=');
    if (line.starts_with('[')) {
      current = line;
    } else if (current == section && equals != std::string_view::npos &&
               trimmed(line.substr(0, equals), kSpace) == key) {
      value = trimmed(line.substr(equals + 1), kSpace);
    }
  }
  return value;
}

}  // namespace hardlink
