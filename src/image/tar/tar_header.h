#pragma once

/// Internal to image/: the headers of a tar as Go's archive/tar takes them, which is what Docker
/// reads layers with (Go 1.19, archive/tar/reader.go). Pure.

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace hardlink {

inline constexpr std::size_t kTarBlockBytes = 512;
using TarBlock = std::array<char, kTarBlockBytes>;

/// The type flags that are treated specially; POSIX and GNU tar define them.
namespace tar_type {
inline constexpr char kOldRegular = '\0';
inline constexpr char kRegular = '0';
inline constexpr char kHardLink = '1';
inline constexpr char kSymlink = '2';
inline constexpr char kCharacterDevice = '3';
inline constexpr char kBlockDevice = '4';
inline constexpr char kDirectory = '5';
inline constexpr char kFifo = '6';
inline constexpr char kPaxHeader = 'x';
inline constexpr char kPaxGlobalHeader = 'g';
inline constexpr char kGnuLongName = 'L';
inline constexpr char kGnuLongLink = 'K';
inline constexpr char kGnuSparse = 'S';
}  // namespace tar_type

struct TarHeader {
  char type = tar_type::kRegular;
  std::string path;
  std::string target;           ///< of a link
  std::uint64_t size = 0;       ///< bytes of content that follow in the archive
  std::uint64_t real_size = 0;  ///< with its holes; 0 where the file has none
  bool sparse = false;  ///< the content is not the file's, but a map of it and what is no hole
};

using PaxRecords = std::map<std::string, std::string>;

/// Unset if the checksum is wrong, or if a number is none.
[[nodiscard]] std::optional<TarHeader> parseTarHeader(const TarBlock& block);

/// The records of a pax extended header; of those with one key the last. Unset if one is malformed.
[[nodiscard]] std::optional<PaxRecords> parsePaxRecords(std::string_view text);

/// Replaces what `records` say otherwise. False if a number is none.
[[nodiscard]] bool applyPaxRecords(const PaxRecords& records, TarHeader& header);

/// Makes the type the one that is meant, and the size that of the content which follows. To be
/// called once the path and the size are final.
void settleTarHeader(TarHeader& header);

}  // namespace hardlink
