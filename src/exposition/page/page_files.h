#pragma once

/// The files of src/exposition/page/, which are part of the program: cmake/EmbedFiles.cmake writes
/// the definitions. Any thread.

#include <span>
#include <string_view>

namespace hardlink {

struct PageFile {
  std::string_view name;
  std::string_view content;
};

[[nodiscard]] std::span<const PageFile> pageFiles();

/// Differs from that of every build with other files: lower-case hexadecimal digits.
[[nodiscard]] std::string_view pageFilesVersion();

}  // namespace hardlink
