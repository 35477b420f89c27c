#pragma once

/// Internal to image/: parses headers of a tar as Go's archive/tar does (Go 1.19,
/// archive/tar/reader.go), because Docker reads layers with it. Pure functions.

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

/// The type flags that this room uses, as defined by POSIX and GNU tar.
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
  std::uint64_t real_size = 0;  ///< of a file with holes; else 0
  bool sparse = false;  ///< the stored content is a map of the holes and the data between them
};

using PaxRecords = std::map<std::string, std::string>;

/// Unset if the checksum or the form of a number is wrong.
[[nodiscard]] std::optional<TarHeader> parseTarHeader(const TarBlock& block);

/// The records of a pax extended header. The last record of each key counts. Unset if a record is
/// malformed.
[[nodiscard]] std::optional<PaxRecords> parsePaxRecords(std::string_view text);

/// Replaces the fields of `header` that `records` have. False if a number has a wrong form.
[[nodiscard]] bool applyPaxRecords(const PaxRecords& records, TarHeader& header);

/// Sets the final type, and the size of the content that follows in the tar. Call it when path and
/// size are final.
void settleTarHeader(TarHeader& header);

}  // namespace hardlink
