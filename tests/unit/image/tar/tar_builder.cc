#include "unit/image/tar/tar_builder.h"

#include <archive.h>
#include <archive_entry.h>
#include <locale.h>

#include "support/catch.h"

namespace hardlink {
namespace {

la_ssize_t append(archive* /*writer*/, void* client, const void* bytes, std::size_t size) {
  static_cast<std::string*>(client)->append(static_cast<const char*>(bytes), size);
  return static_cast<la_ssize_t>(size);
}

void addFilter(archive* writer, Compression compression) {
  switch (compression) {
    case Compression::none:
      break;
    case Compression::gzip:
      archive_write_add_filter_gzip(writer);
      break;
    case Compression::zstd:
      archive_write_add_filter_zstd(writer);
      break;
    case Compression::xz:
      archive_write_add_filter_xz(writer);
      break;
  }
}

void describe(archive_entry* target, const TarEntry& source) {
  using Kind = LayerEntry::Kind;
  archive_entry_set_pathname(target, source.entry.path.c_str());
  archive_entry_set_perm(target, 0644);
  switch (source.entry.kind) {
    case Kind::directory:
      archive_entry_set_filetype(target, AE_IFDIR);
      break;
    case Kind::regular:
      archive_entry_set_filetype(target, AE_IFREG);
      archive_entry_set_size(target, static_cast<la_int64_t>(source.content.size()));
      break;
    case Kind::symlink:
      archive_entry_set_filetype(target, AE_IFLNK);
      archive_entry_set_symlink(target, source.entry.target.c_str());
      break;
    case Kind::other:
      archive_entry_set_filetype(target, AE_IFIFO);
      break;
    case Kind::hard_link:
      archive_entry_set_filetype(target, AE_IFREG);
      archive_entry_set_hardlink(target, source.entry.target.c_str());
      break;
    case Kind::comment:
    case Kind::unknown:
      FAIL("libarchive writes no such entry");
  }
}

}  // namespace

std::string makeTar(const std::vector<TarEntry>& entries, Compression compression) {
  std::string bytes;
  // libarchive writes names in UTF-8 only if the locale has it.
  const locale_t utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
  const locale_t previous = uselocale(utf8);
  archive* writer = archive_write_new();
  addFilter(writer, compression);
  archive_write_set_format_pax_restricted(writer);
  // No padding after the end, because some decompressors treat it as damage.
  archive_write_set_bytes_in_last_block(writer, 1);
  REQUIRE(archive_write_open(writer, &bytes, nullptr, append, nullptr) == ARCHIVE_OK);
  for (const TarEntry& source : entries) {
    archive_entry* entry = archive_entry_new();
    describe(entry, source);
    REQUIRE(archive_write_header(writer, entry) == ARCHIVE_OK);
    const auto written = archive_write_data(writer, source.content.data(), source.content.size());
    REQUIRE(written == static_cast<la_ssize_t>(source.content.size()));
    archive_entry_free(entry);
  }
  archive_write_free(writer);
  uselocale(previous);
  freelocale(utf8);
  return bytes;
}

std::string compress(const std::string& bytes, Compression compression) {
  std::string compressed;
  archive* writer = archive_write_new();
  addFilter(writer, compression);
  archive_write_set_format_raw(writer);
  archive_write_set_bytes_in_last_block(writer, 1);
  REQUIRE(archive_write_open(writer, &compressed, nullptr, append, nullptr) == ARCHIVE_OK);
  archive_entry* entry = archive_entry_new();
  archive_entry_set_filetype(entry, AE_IFREG);
  REQUIRE(archive_write_header(writer, entry) == ARCHIVE_OK);
  const auto written = archive_write_data(writer, bytes.data(), bytes.size());
  REQUIRE(written == static_cast<la_ssize_t>(bytes.size()));
  archive_entry_free(entry);
  archive_write_free(writer);
  return compressed;
}

std::string makeTarOf(const std::vector<std::pair<std::string, std::string>>& files,
                      Compression compression) {
  std::vector<TarEntry> entries;
  for (const auto& [name, content] : files) {
    entries.push_back({{LayerEntry::Kind::regular, name, ""}, content});
  }
  return makeTar(entries, compression);
}

}  // namespace hardlink
