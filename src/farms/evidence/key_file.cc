#include "farms/evidence/key_file.h"

#include "base/text.h"

namespace hardlink {

std::string_view keyFileValue(std::string_view file, std::string_view section,
                              std::string_view key) {
  constexpr std::string_view kSpace = " \t\r";
  std::string_view current;
  std::string_view value;
  for (const std::string_view whole : linesOf(file)) {
    const std::string_view line = trimmed(whole, kSpace);
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
