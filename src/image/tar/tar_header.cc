#include "image/tar/tar_header.h"

#include <algorithm>

#include "base/text.h"

namespace hardlink {
namespace {

/// Offset and size of a field of the header.
struct Field {
  std::size_t offset;
  std::size_t size;
};

constexpr Field kName{0, 100};
constexpr Field kMode{100, 8};
constexpr Field kUserId{108, 8};
constexpr Field kGroupId{116, 8};
constexpr Field kSize{124, 12};
constexpr Field kModified{136, 12};
constexpr Field kChecksum{148, 8};
constexpr std::size_t kType = 156;
constexpr Field kLinkName{157, 100};
constexpr Field kMagic{257, 8};  // with the version
constexpr Field kMajor{329, 8};
constexpr Field kMinor{337, 8};
constexpr Field kPrefix{345, 155};
// In the format of star.
constexpr Field kStarPrefix{345, 131};
constexpr Field kStarAccessed{476, 12};
constexpr Field kStarChanged{488, 12};
constexpr Field kStarTrailer{508, 4};
// In the format of GNU tar.
constexpr Field kGnuAccessed{345, 12};
constexpr Field kGnuChanged{357, 12};

// Characters around the digits of a number.
constexpr std::string_view kPadding(" \0", 2);

constexpr std::string_view kUstar("ustar\0", 6);
constexpr std::string_view kGnu("ustar  \0", 8);
constexpr std::string_view kStar("tar\0", 4);

std::string_view bytesOf(const TarBlock& block, Field field) {
  return std::string_view(block.data(), block.size()).substr(field.offset, field.size);
}

/// The text of a field up to its first NUL.
std::string_view textOf(std::string_view bytes) { return bytes.substr(0, bytes.find('\0')); }

/// A number of 64 bits in octal digits; an empty field is 0.
std::optional<std::int64_t> parseOctal(std::string_view bytes) {
  const std::string_view digits = textOf(trimmed(bytes, kPadding));
  const auto value = parseWhole<std::uint64_t>(digits.empty() ? "0" : digits, 8);
  return value ? std::optional(static_cast<std::int64_t>(*value)) : std::nullopt;
}

/// A number in octal digits or, with the first bit set, in two's complement of the other bits.
std::optional<std::int64_t> parseNumber(std::string_view bytes) {
  constexpr unsigned char kBinary = 0x80;
  constexpr unsigned char kNegative = 0x40;
  const auto first = static_cast<unsigned char>(bytes.front());
  if ((first & kBinary) == 0) {
    return parseOctal(bytes);
  }
  const unsigned char inversion = (first & kNegative) != 0 ? 0xff : 0;
  std::uint64_t value = (first ^ inversion) & 0x7fU;
  for (const char c : bytes.substr(1)) {
    if (value >> 56U != 0) {
      return std::nullopt;
    }
    value = value << 8U | static_cast<unsigned char>(static_cast<unsigned char>(c) ^ inversion);
  }
  if (value >> 63U != 0) {
    return std::nullopt;
  }
  const auto number = static_cast<std::int64_t>(value);
  return inversion != 0 ? ~number : number;
}

/// Compares with the sums of unsigned and of signed bytes, since old writers added signed ones.
bool hasRightChecksum(const TarBlock& block) {
  std::int64_t of_unsigned = 0;
  std::int64_t of_signed = 0;
  for (std::size_t i = 0; i < block.size(); ++i) {
    const bool own = i >= kChecksum.offset && i < kChecksum.offset + kChecksum.size;
    const char byte = own ? ' ' : block.at(i);
    of_unsigned += static_cast<unsigned char>(byte);
    of_signed += static_cast<signed char>(byte);
  }
  const auto written = parseOctal(bytesOf(block, kChecksum));
  return written == of_unsigned || written == of_signed;
}

bool areNumbers(const TarBlock& block, std::initializer_list<Field> fields) {
  return std::all_of(fields.begin(), fields.end(),
                     [&](Field field) { return parseNumber(bytesOf(block, field)).has_value(); });
}

bool isAscii(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

/// The prefix in a header of GNU tar, which has times in its place. Go's old writer put a prefix
/// there.
std::string_view gnuPrefix(const TarBlock& block) {
  for (const Field field : {kGnuAccessed, kGnuChanged}) {
    const std::string_view bytes = bytesOf(block, field);
    if (bytes.front() != '\0' && !parseNumber(bytes)) {
      const std::string_view prefix = textOf(bytesOf(block, kPrefix));
      return isAscii(prefix) ? prefix : std::string_view();
    }
  }
  return {};
}

/// The directory before the path; unset if a number in the fields of its format has a wrong form.
std::optional<std::string_view> prefixOf(const TarBlock& block) {
  const std::string_view magic = bytesOf(block, kMagic);
  const bool is_gnu = magic == kGnu;
  if (!is_gnu && !magic.starts_with(kUstar)) {
    return std::string_view();
  }
  if (!areNumbers(block, {kMajor, kMinor})) {
    return std::nullopt;
  }
  if (is_gnu) {
    return gnuPrefix(block);
  }
  if (bytesOf(block, kStarTrailer) != kStar) {
    return textOf(bytesOf(block, kPrefix));
  }
  return areNumbers(block, {kStarAccessed, kStarChanged})
             ? std::optional(textOf(bytesOf(block, kStarPrefix)))
             : std::nullopt;
}

bool hasContent(char type) { return type < tar_type::kHardLink || type > tar_type::kFifo; }

/// Seconds, which may have decimals.
bool isPaxTime(std::string_view text) {
  const std::size_t point = text.find('.');
  const std::string_view decimals =
      point == std::string_view::npos ? std::string_view() : text.substr(point + 1);
  return parseWhole<std::int64_t>(text.substr(0, point)) &&
         decimals.find_first_not_of("0123456789") == std::string_view::npos;
}

/// Removes the first record, "LENGTH KEY=VALUE\n", from `text` and adds it to `records`.
bool takePaxRecord(std::string_view& text, PaxRecords& records) {
  const std::size_t space = text.find(' ');
  const auto length = parseWhole<std::size_t>(text.substr(0, space));
  if (space == std::string_view::npos || !length || *length > text.size() || *length < space + 2 ||
      text[*length - 1] != '\n') {
    return false;
  }
  const std::string_view record = text.substr(space + 1, *length - space - 2);
  const std::size_t equals = record.find('=');
  if (equals == std::string_view::npos || equals == 0) {
    return false;
  }
  const std::string_view key = record.substr(0, equals);
  const std::string_view value = record.substr(equals + 1);
  const bool is_text = key == "path" || key == "linkpath" || key == "uname" || key == "gname";
  if ((is_text ? value : key).find('\0') != std::string_view::npos) {
    return false;
  }
  records[std::string(key)] = value;
  text.remove_prefix(*length);
  return true;
}

}  // namespace

std::optional<TarHeader> parseTarHeader(const TarBlock& block) {
  const auto size = parseNumber(bytesOf(block, kSize));
  const auto prefix = prefixOf(block);
  if (!hasRightChecksum(block) || !size || !prefix ||
      !areNumbers(block, {kMode, kUserId, kGroupId, kModified})) {
    return std::nullopt;
  }
  TarHeader header;
  header.type = block.at(kType);
  header.path = textOf(bytesOf(block, kName));
  if (!prefix->empty()) {
    header.path.insert(0, "/").insert(0, *prefix);
  }
  header.target = textOf(bytesOf(block, kLinkName));
  if (*size < 0 && hasContent(header.type)) {
    return std::nullopt;
  }
  header.size = static_cast<std::uint64_t>(std::max<std::int64_t>(0, *size));
  return header;
}

std::optional<PaxRecords> parsePaxRecords(std::string_view text) {
  PaxRecords records;
  while (!text.empty()) {
    if (!takePaxRecord(text, records)) {
      return std::nullopt;
    }
  }
  return records;
}

bool applyPaxRecords(const PaxRecords& records, TarHeader& header) {
  for (const auto& [key, value] : records) {
    if (value.empty()) {
      continue;
    }
    const auto number = parseWhole<std::int64_t>(value);
    if (key == "path") {
      header.path = value;
    } else if (key == "linkpath") {
      header.target = value;
    } else if (key == "size" || key == "uid" || key == "gid") {
      if (!number || (key == "size" && *number < 0)) {
        return false;
      }
      header.size = key == "size" ? static_cast<std::uint64_t>(*number) : header.size;
    } else if ((key == "mtime" || key == "atime" || key == "ctime") && !isPaxTime(value)) {
      return false;
    } else if (key.starts_with("GNU.sparse.")) {
      header.sparse = true;
      if ((key == "GNU.sparse.realsize" || key == "GNU.sparse.size") && number.value_or(0) > 0) {
        header.real_size = static_cast<std::uint64_t>(*number);
      }
    }
  }
  const auto name = records.find("GNU.sparse.name");
  if (name != records.end() && !name->second.empty()) {
    header.path = name->second;
  }
  return true;
}

void settleTarHeader(TarHeader& header) {
  if (header.type == tar_type::kOldRegular) {
    header.type = header.path.ends_with('/') ? tar_type::kDirectory : tar_type::kRegular;
  }
  header.sparse = header.sparse || header.type == tar_type::kGnuSparse;
  header.size = hasContent(header.type) ? header.size : 0;
}

}  // namespace hardlink
