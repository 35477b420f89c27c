// Archives that are damaged, too large or no image.

#include "docker/json.h"
#include "image/archive.h"
#include "unit/image/archives.h"

namespace hardlink {
namespace {

TEST_CASE("the error for a file that is no image names the file and the reason") {
  CHECK(
      hasError(openTar("this is not a tar at all, whatever else it may be"), "not a tar archive"));
  CHECK(hasError(openFiles({{"etc/passwd", "root"}}), "neither a docker-save archive"));
  CHECK(hasError(openFiles({{"manifest.json", "{}"}}), "manifest.json is not a list"));
  CHECK(hasError(openFiles({{"manifest.json", "[]"}}), "there is no image in it"));
  CHECK(hasError(openFiles({{"manifest.json", "[{\"Config\""}}), "manifest.json is not JSON"));
  CHECK(hasError(openFiles({{"manifest.json", R"([{"Config":7,"Layers":[]}])"}}),
                 "Config is not a string"));
  CHECK(hasError(openFiles({{"manifest.json", R"([{"Config":"c","Layers":[]}])"}}),
                 "c is missing in the image"));
  CHECK(hasError(openFiles({{"index.json", "{}"}}), "config is not an object"));
  CHECK(hasError(openFiles({{"index.json", R"({"manifests":[{"digest":"sha256:../x"}]})"}}),
                 "digest is not sha256"));
  Files fewer = dockerSave();
  contentOf(fewer, "config.json") = config({layerTar("a")});
  CHECK(hasError(openFiles(fewer), "1 diff_ids, but the manifest 2 layers"));
  Files long_one = dockerSave();
  contentOf(long_one, "manifest.json").append(kLongestDocument, ' ');
  CHECK(hasError(openFiles(long_one), "longer than 8 MiB"));
}

TEST_CASE("a changed document of an OCI layout is refused by its digest") {
  Files files;
  const std::string manifest = addImage(files, "a", "amd64");
  files.emplace_back("index.json", index(descriptor(manifest)));
  REQUIRE(errorOf(openFiles(files)) == "none");
  contentOf(files, blobName(manifest)).append(" ");
  CHECK(hasError(openFiles(files), "is damaged"));
}

TEST_CASE("indexes nested too deep are refused") {
  Files files;
  std::string inner = addImage(files, "a", "amd64");
  for (int i = 0; i < 12; ++i) {
    inner = index(descriptor(inner));
    files.emplace_back(blobName(inner), inner);
  }
  files.emplace_back("index.json", index(descriptor(inner)));
  CHECK(hasError(openFiles(files), "deep"));
}

TEST_CASE("an archive that is truncated anywhere is an error") {
  const auto compression = GENERATE(Compression::none, Compression::gzip, Compression::xz);
  const std::string whole = makeTarOf(dockerSave(), compression);
  // The zeros after the last file of a plain tar may be missing.
  const std::size_t needed = compression == Compression::none ? whole.size() - 1536 : whole.size();
  for (std::size_t size = 1; size + 64 < needed; size += needed / 23) {
    CAPTURE(size);
    CHECK_FALSE(openTar(whole.substr(0, size)));
  }
}

/// About the longest that libarchive accepts.
const std::string kLongName(900'000, 'n');

TEST_CASE("an archive whose file names are too long in total is refused") {
  Files files;
  for (int i = 0; i < 80; ++i) {
    files.emplace_back(std::to_string(i) + kLongName, "");
  }
  CHECK(hasError(openTar(makeTarOf(files, Compression::zstd)), "longer than 64 MiB"));
}

TEST_CASE("the layers of a compressed archive are kept up to a total size") {
  Files files = dockerSave();
  const std::string entry = makeTarOf({{kLongName, ""}});
  std::string& layer = contentOf(files, "1/layer.tar");
  for (layer.clear(); layer.size() < std::size_t{270} << 20U;) {
    layer.append(entry, 0, entry.size() - 1024);  // without its end
  }
  auto archive = openTar(makeTarOf(files, Compression::zstd));
  REQUIRE(errorOf(archive) == "none");
  const auto prepared = archive->prepareLayers({"1/layer.tar"});
  REQUIRE_FALSE(prepared);
  CHECK(prepared.error().message().find("longer than 256 MiB") != std::string::npos);
}

TEST_CASE("images that name the same documents or layers too often are refused") {
  std::string entries;
  for (int i = 0; i < 100; ++i) {
    entries.append(i == 0 ? "" : ",").append(R"({"Config":"c","Layers":[]})");
  }
  const std::string padding(1 << 20, ' ');
  CHECK(hasError(
      openFiles({{"c", R"({"rootfs":{}})" + padding}, {"manifest.json", "[" + entries + "]"}}),
      "more than 64 MiB of documents"));

  std::string diff_ids;
  std::string layers;
  for (int i = 0; i < 3000; ++i) {
    diff_ids.append(i == 0 ? "\"" : ",\"").append(digestOf("")).append("\"");
    layers.append(i == 0 ? "" : ",").append(R"("l")");
  }
  const std::string entry = R"({"Config":"c","Layers":[)" + layers + "]}";
  std::string many = entry;
  for (int i = 1; i < 40; ++i) {
    many.append(",").append(entry);
  }
  CHECK(hasError(openFiles({{"c", R"({"rootfs":{"diff_ids":[)" + diff_ids + "]}}"},
                            {"manifest.json", "[" + many + "]"}}),
                 "more than 100000 layers"));
}

TEST_CASE("a deeply nested field that no document needs is skipped") {
  Files files = dockerSave();
  std::string& manifest = contentOf(files, "manifest.json");
  manifest.insert(2, R"("x":)" + std::string(100'000, '[') + std::string(100'000, ']') + ",");
  auto archive = openFiles(files);
  REQUIRE(errorOf(archive) == "none");
  CHECK(archive->images()[0].layers.size() == 2);
  CHECK(hasError(openFiles({{"manifest.json", std::string(100'000, '[')}}), "is not JSON"));
}

TEST_CASE("a truncated layer is an error when it is read") {
  Files files = dockerSave();
  const std::string layer = makeTarOf({{"a", std::string(4000, 'x')}, {"b", "y"}});
  contentOf(files, "1/layer.tar") = layer.substr(0, 2048);
  auto archive = openFiles(files);
  REQUIRE(errorOf(archive) == "none");
  const auto read = archive->readLayer("1/layer.tar", [](const LayerEntry&) { return true; });
  REQUIRE_FALSE(read);
  CHECK(read.error().message().find("runcated") != std::string::npos);
}

}  // namespace
}  // namespace hardlink
