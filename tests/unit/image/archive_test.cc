#include "image/archive.h"

#include <algorithm>
#include <functional>
#include <set>

#include "docker/chains.h"
#include "docker/json.h"
#include "support/catch.h"
#include "support/temp_tree.h"
#include "unit/image/tar/tar_builder.h"

namespace hardlink {
namespace {

using Files = std::vector<std::pair<std::string, std::string>>;
using Paths = std::vector<std::string>;

const Platform kHost{"linux", "amd64", ""};

/// A layer of one small file, different for each label.
std::string layerTar(const std::string& label, Compression compression = Compression::none) {
  return makeTarOf({{"etc/" + label, "content of " + label}}, compression);
}

std::string digestOf(const std::string& bytes) { return "sha256:" + sha256Hex(bytes); }

std::string blobName(const std::string& bytes) { return "blobs/sha256/" + sha256Hex(bytes); }

std::string config(const Paths& layer_tars, const std::string& architecture = "amd64") {
  std::string diff_ids;
  for (const std::string& tar : layer_tars) {
    diff_ids.append(diff_ids.empty() ? "\"" : ",\"").append(digestOf(tar)).append("\"");
  }
  return R"({"os":"linux","architecture":")" + architecture +
         R"(","rootfs":{"type":"layers","diff_ids":[)" + diff_ids + "]}}";
}

/// The files that `docker save` writes for an image with the layers a and b.
Files dockerSave() {
  const Paths layers{layerTar("a"), layerTar("b")};
  return {{"1/layer.tar", layers[0]},
          {"2/layer.tar", layers[1]},
          {"config.json", config(layers)},
          {"manifest.json", R"([{"Config":"config.json","RepoTags":["app:1","app:2"],)"
                            R"("Layers":["1/layer.tar","2/layer.tar"]}])"}};
}

std::string& contentOf(Files& files, const std::string& name) {
  return std::find_if(files.begin(), files.end(),
                      [&](const auto& file) { return file.first == name; })
      ->second;
}

std::string descriptor(const std::string& bytes, const std::string& more = "") {
  return R"({"digest":")" + digestOf(bytes) + R"(","size":)" + std::to_string(bytes.size()) + more +
         "}";
}

std::string platform(const std::string& architecture, const std::string& variant = "") {
  return R"(,"platform":{"os":"linux","architecture":")" + architecture +
         (variant.empty() ? "\"}" : R"(","variant":")" + variant + "\"}");
}

/// Adds an image of one layer to an OCI layout. Returns its manifest.
std::string addImage(Files& files, const std::string& label, const std::string& architecture,
                     Compression compression = Compression::none) {
  const std::string stored = layerTar(label, compression);
  const std::string configuration = config({layerTar(label)}, architecture);
  const std::string manifest = R"({"schemaVersion":2,"config":)" + descriptor(configuration) +
                               R"(,"layers":[)" + descriptor(stored) + "]}";
  files.emplace_back(blobName(stored), stored);
  files.emplace_back(blobName(configuration), configuration);
  files.emplace_back(blobName(manifest), manifest);
  return manifest;
}

std::string index(const std::string& descriptors) {
  return R"({"schemaVersion":2,"manifests":[)" + descriptors + "]}";
}

/// Opens these bytes as a file, which is unlinked before it is read.
Result<ImageArchive> openTar(const std::string& bytes, const Platform& host = kHost) {
  const TempDir dir;
  plant(dir.path(), {makeFile("image", bytes)});
  return ImageArchive::open(dir / "image", host);
}

Result<ImageArchive> openFiles(const Files& files, const Platform& host = kHost) {
  return openTar(makeTarOf(files), host);
}

std::string complaintOf(const Result<ImageArchive>& archive) {
  return archive ? "none" : archive.error().message();
}

bool says(const Result<ImageArchive>& archive, const std::string& text) {
  CAPTURE(complaintOf(archive));
  return complaintOf(archive).find(text) != std::string::npos;
}

/// The paths of all entries of an image's layers.
Paths entriesOf(ImageArchive& archive, const ArchivedImage& image) {
  Paths files;
  for (const ArchivedLayer& layer : image.layers) {
    files.push_back(layer.file);
  }
  REQUIRE(archive.prepareLayers(files));
  Paths paths;
  for (const std::string& file : files) {
    REQUIRE(archive.readLayer(file, [&](const LayerEntry& entry) {
      paths.push_back(entry.path);
      return true;
    }));
  }
  return paths;
}

TEST_CASE("a docker-save archive has its images, chain ids and the entries of its layers") {
  const auto compression = GENERATE(Compression::none, Compression::gzip, Compression::zstd);
  auto archive = openTar(makeTarOf(dockerSave(), compression));
  REQUIRE(complaintOf(archive) == "none");
  CHECK(archive->format() == "docker-save");
  REQUIRE(archive->images().size() == 1);
  const ArchivedImage& image = archive->images()[0];
  CHECK(image.tags == Paths{"app:1", "app:2"});
  CHECK(image.id == digestOf(config({layerTar("a"), layerTar("b")})));
  REQUIRE(image.layers.size() == 2);
  CHECK(image.layers[0].chain_id == digestOf(layerTar("a")));
  CHECK(image.layers[1].chain_id == chainId(digestOf(layerTar("a")), digestOf(layerTar("b"))));
  CHECK(entriesOf(*archive, image) == Paths{"etc/a", "etc/b"});
  CHECK(image.config_bytes == config({layerTar("a"), layerTar("b")}).size());
}

TEST_CASE("the files of a layer have their sizes, even in a compressed archive") {
  const auto compression = GENERATE(Compression::none, Compression::gzip);
  Files files = dockerSave();
  contentOf(files, "1/layer.tar") = makeTarOf({{"a", std::string(5000, 'x')}, {"b", ""}});
  auto archive = openTar(makeTarOf(files, compression));
  REQUIRE(complaintOf(archive) == "none");
  REQUIRE(archive->prepareLayers({"1/layer.tar"}));
  std::vector<std::uint64_t> sizes;
  REQUIRE(archive->readLayer("1/layer.tar", [&](const LayerEntry& entry) {
    sizes.push_back(entry.size);
    return true;
  }));
  CHECK(sizes == std::vector<std::uint64_t>{5000, 0});
}

/// The paths of all entries of an archive, with sizes and kinds as `docker load` unpacks them.
std::set<std::string> unpackedOf(const ImageArchive& archive) {
  std::set<std::string> unpacked;
  const auto files = archive.files();
  REQUIRE(files);
  for (const LayerEntry& file : *files) {
    const bool inserted = unpacked
                              .insert(file.path + " " + std::to_string(file.size) + " " +
                                      std::to_string(static_cast<int>(file.kind)))
                              .second;
    CHECK(inserted);
  }
  return unpacked;
}

TEST_CASE("files() lists all entries of an archive, of a tar and of a directory") {
  using Kind = LayerEntry::Kind;
  const Files files = dockerSave();
  const auto entry = [&](std::size_t i, const std::string& before = "") {
    return TarEntry{{Kind::regular, before + files[i].first, ""}, files[i].second};
  };
  const std::vector<TarEntry> entries{{{Kind::directory, "1/", ""}},
                                      entry(0, "./"),
                                      {{Kind::directory, "2/", ""}},
                                      entry(2),
                                      {{Kind::symlink, "2/layer.tar", "../1/layer.tar"}},
                                      entry(3),
                                      entry(3)};
  const TempDir dir;
  plant(dir.path(),
        {makeFile("config.json", files[2].second), makeFile("manifest.json", files[3].second),
         makeDir("1", {makeFile("layer.tar", files[0].second)}),
         makeDir("2", {makeSymlink("layer.tar", "../1/layer.tar")})});
  const auto plain = openTar(makeTar(entries));
  const auto packed = openTar(makeTar(entries, Compression::gzip));
  const auto directory = ImageArchive::open(dir.path(), kHost);
  REQUIRE(complaintOf(plain) == "none");
  REQUIRE(complaintOf(packed) == "none");
  REQUIRE(complaintOf(directory) == "none");
  const std::set<std::string> unpacked = unpackedOf(*plain);
  CHECK(unpacked.size() == 6);
  CHECK(unpacked.contains("1/layer.tar " + std::to_string(files[0].second.size()) + " 1"));
  CHECK(unpackedOf(*packed) == unpacked);
  CHECK(unpackedOf(*directory) == unpacked);
}

TEST_CASE("a directory is read like a tar, and nothing outside of it is read") {
  const TempDir dir;
  const Files files = dockerSave();
  plant(dir.path(),
        {makeFile("outside.tar", layerTar("c")),
         makeDir("image", {makeFile("config.json", files[2].second),
                           makeFile("manifest.json", files[3].second),
                           makeDir("1", {makeFile("layer.tar", files[0].second)}),
                           makeDir("2", {makeSymlink("layer.tar", "../1/layer.tar")})})});
  auto archive = ImageArchive::open(dir / "image", kHost);
  REQUIRE(complaintOf(archive) == "none");
  CHECK(entriesOf(*archive, archive->images()[0]) == Paths{"etc/a", "etc/a"});
  CHECK_FALSE(archive->readLayer("../outside.tar", [](const LayerEntry&) { return true; }));
  CHECK_FALSE(archive->readLayer("1", [](const LayerEntry&) { return true; }));
}

TEST_CASE("a layer that an old docker save stored once is found through links") {
  const auto compression = GENERATE(Compression::none, Compression::gzip);
  using Kind = LayerEntry::Kind;
  const Files files = dockerSave();
  auto archive = openTar(makeTar({{{Kind::regular, "./real/layer.tar", ""}, files[0].second},
                                  {{Kind::symlink, "1/layer.tar", "../real/layer.tar"}},
                                  {{Kind::hard_link, "2/layer.tar", "1/layer.tar"}},
                                  {{Kind::regular, "config.json", ""}, files[2].second},
                                  {{Kind::regular, "manifest.json", ""}, files[3].second},
                                  {{Kind::symlink, "loop", "loop"}}},
                                 compression));
  REQUIRE(complaintOf(archive) == "none");
  CHECK(entriesOf(*archive, archive->images()[0]) == Paths{"etc/a", "etc/a"});
  REQUIRE(archive->prepareLayers({"loop"}));
  CHECK_FALSE(archive->readLayer("loop", [](const LayerEntry&) { return true; }));
}

TEST_CASE("every kind of entry is recognised, and its name keeps its bytes") {
  using Kind = LayerEntry::Kind;
  const std::string tar = makeTar({{{Kind::directory, "d/", ""}},
                                   {{Kind::regular, "d/grüße", ""}, std::string(5000, 'x')},
                                   {{Kind::hard_link, std::string(300, 'n'), "d/grüße"}},
                                   {{Kind::symlink, "s", "../t"}},
                                   {{Kind::other, "p", ""}}});
  Files files = dockerSave();
  contentOf(files, "1/layer.tar") = tar;
  auto archive = openFiles(files);
  REQUIRE(complaintOf(archive) == "none");
  std::vector<LayerEntry> entries;
  REQUIRE(archive->readLayer("1/layer.tar", [&](const LayerEntry& entry) {
    entries.push_back(entry);
    return true;
  }));
  REQUIRE(entries.size() == 5);
  CHECK(entries[0].kind == Kind::directory);
  CHECK(entries[1].path == "d/grüße");
  CHECK(entries[2].kind == Kind::hard_link);
  CHECK(entries[2].path == std::string(300, 'n'));
  CHECK(entries[2].target == "d/grüße");
  CHECK(entries[3].kind == Kind::symlink);
  CHECK(entries[3].target == "../t");
  CHECK(entries[4].kind == Kind::other);
}

TEST_CASE("no more entries are read after the visitor returns false") {
  Files files = dockerSave();
  contentOf(files, "1/layer.tar") = makeTarOf({{"a", ""}, {"b", ""}, {"c", ""}});
  auto archive = openFiles(files);
  unsigned seen = 0;
  REQUIRE(archive->readLayer("1/layer.tar", [&](const LayerEntry&) { return ++seen < 2; }));
  CHECK(seen == 2);
}

TEST_CASE("a layer that is empty, or has only zeros, has no entries") {
  Files files = dockerSave();
  contentOf(files, "1/layer.tar") = "";
  contentOf(files, "2/layer.tar") = std::string(1024, '\0');
  auto archive = openFiles(files);
  REQUIRE(complaintOf(archive) == "none");
  CHECK(entriesOf(*archive, archive->images()[0]).empty());
}

TEST_CASE("the image for this platform is taken from an OCI layout, even in nested indexes") {
  const auto compression = GENERATE(Compression::none, Compression::gzip, Compression::zstd);
  Files files{{"oci-layout", "{}"}};
  const std::string arm = addImage(files, "arm", "arm64");
  const std::string amd = addImage(files, "amd", "amd64", compression);
  const std::string fast = addImage(files, "fast", "amd64");
  const std::string nested =
      index(descriptor(arm, platform("arm64", "v8")) + "," +
            descriptor(fast, platform("amd64", "v3")) + "," + descriptor(amd, platform("amd64")));
  files.emplace_back(blobName(nested), nested);
  files.emplace_back(
      "index.json",
      index(descriptor(nested, R"(,"annotations":{"org.opencontainers.image.ref.name":"app:1"})")));
  auto archive = openFiles(files);
  REQUIRE(complaintOf(archive) == "none");
  CHECK(archive->format() == "oci-layout");
  REQUIRE(archive->images().size() == 1);
  CHECK(archive->images()[0].tags == Paths{"app:1"});
  CHECK(entriesOf(*archive, archive->images()[0]) == Paths{"etc/amd"});
  CHECK(openFiles(files, {"linux", "arm64", "v8"})->images()[0].layers[0].diff_id ==
        digestOf(layerTar("arm")));
  CHECK(says(openFiles(files, {"linux", "s390x", ""}), "no image for linux/s390x in it, only for"));
}

TEST_CASE("if the index omits the platform of an image, its configuration decides") {
  Files files;
  const std::string vax = addImage(files, "vax", "vax");
  const std::string amd = addImage(files, "amd", "amd64");
  files.emplace_back("index.json", index(descriptor(vax) + "," + descriptor(amd)));
  const auto archive = openFiles(files);
  REQUIRE(complaintOf(archive) == "none");
  REQUIRE(archive->images().size() == 1);
  CHECK(archive->images()[0].layers[0].diff_id == digestOf(layerTar("amd")));
}

TEST_CASE("the best variant that this machine can run is taken") {
  const Platform v7 = platformOf("armv7l");
  CHECK(v7 == Platform{"linux", "arm", "v7"});
  CHECK(suitability({"linux", "arm", "v8"}, v7) == 0);
  CHECK(suitability({"linux", "arm", "v7"}, v7) > suitability({"linux", "arm", "v6"}, v7));
  CHECK(suitability({"linux", "arm", ""}, v7) == suitability({"linux", "arm", "v7"}, v7));
  CHECK(suitability({"linux", "arm", ""}, platformOf("armv6l")) == 0);
  CHECK(suitability({"linux", "arm64", "v8"}, platformOf("aarch64")) > 0);
  CHECK(suitability({"linux", "amd64", ""}, platformOf("x86_64")) > 0);
  CHECK(suitability({"windows", "amd64", ""}, platformOf("x86_64")) == 0);
  CHECK(suitability({"linux", "amd64", "v1x"}, platformOf("x86_64")) == 0);
  CHECK(platformOf("riscv64").architecture == "riscv64");
}

TEST_CASE("the error for a file that is no image names the file and the reason") {
  CHECK(says(openTar("this is not a tar at all, whatever else it may be"), "not a tar archive"));
  CHECK(says(openFiles({{"etc/passwd", "root"}}), "neither a docker-save archive"));
  CHECK(says(openFiles({{"manifest.json", "{}"}}), "manifest.json is not a list"));
  CHECK(says(openFiles({{"manifest.json", "[]"}}), "there is no image in it"));
  CHECK(says(openFiles({{"manifest.json", "[{\"Config\""}}), "manifest.json is not JSON"));
  CHECK(says(openFiles({{"manifest.json", R"([{"Config":7,"Layers":[]}])"}}),
             "Config is not a string"));
  CHECK(says(openFiles({{"manifest.json", R"([{"Config":"c","Layers":[]}])"}}),
             "c is missing in the image"));
  CHECK(says(openFiles({{"index.json", "{}"}}), "config is not an object"));
  CHECK(says(openFiles({{"index.json", R"({"manifests":[{"digest":"sha256:../x"}]})"}}),
             "digest is not sha256"));
  Files fewer = dockerSave();
  contentOf(fewer, "config.json") = config({layerTar("a")});
  CHECK(says(openFiles(fewer), "1 diff_ids, but the manifest 2 layers"));
  Files long_one = dockerSave();
  contentOf(long_one, "manifest.json").append(kLongestDocument, ' ');
  CHECK(says(openFiles(long_one), "longer than 8 MiB"));
}

TEST_CASE("a changed document of an OCI layout is refused by its digest") {
  Files files;
  const std::string manifest = addImage(files, "a", "amd64");
  files.emplace_back("index.json", index(descriptor(manifest)));
  REQUIRE(complaintOf(openFiles(files)) == "none");
  contentOf(files, blobName(manifest)).append(" ");
  CHECK(says(openFiles(files), "is damaged"));
}

TEST_CASE("indexes nested too deep are refused") {
  Files files;
  std::string inner = addImage(files, "a", "amd64");
  for (int i = 0; i < 12; ++i) {
    inner = index(descriptor(inner));
    files.emplace_back(blobName(inner), inner);
  }
  files.emplace_back("index.json", index(descriptor(inner)));
  CHECK(says(openFiles(files), "deep"));
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
  CHECK(says(openTar(makeTarOf(files, Compression::zstd)), "longer than 64 MiB"));
}

TEST_CASE("the layers of a compressed archive are kept up to a total size") {
  Files files = dockerSave();
  const std::string entry = makeTarOf({{kLongName, ""}});
  std::string& layer = contentOf(files, "1/layer.tar");
  for (layer.clear(); layer.size() < std::size_t{270} << 20U;) {
    layer.append(entry, 0, entry.size() - 1024);  // without its end
  }
  auto archive = openTar(makeTarOf(files, Compression::zstd));
  REQUIRE(complaintOf(archive) == "none");
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
  CHECK(
      says(openFiles({{"c", R"({"rootfs":{}})" + padding}, {"manifest.json", "[" + entries + "]"}}),
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
  CHECK(says(openFiles({{"c", R"({"rootfs":{"diff_ids":[)" + diff_ids + "]}}"},
                        {"manifest.json", "[" + many + "]"}}),
             "more than 100000 layers"));
}

TEST_CASE("a deeply nested field that no document needs is skipped") {
  Files files = dockerSave();
  std::string& manifest = contentOf(files, "manifest.json");
  manifest.insert(2, R"("x":)" + std::string(100'000, '[') + std::string(100'000, ']') + ",");
  auto archive = openFiles(files);
  REQUIRE(complaintOf(archive) == "none");
  CHECK(archive->images()[0].layers.size() == 2);
  CHECK(says(openFiles({{"manifest.json", std::string(100'000, '[')}}), "is not JSON"));
}

TEST_CASE("a truncated layer is an error when it is read") {
  Files files = dockerSave();
  const std::string layer = makeTarOf({{"a", std::string(4000, 'x')}, {"b", "y"}});
  contentOf(files, "1/layer.tar") = layer.substr(0, 2048);
  auto archive = openFiles(files);
  REQUIRE(complaintOf(archive) == "none");
  const auto read = archive->readLayer("1/layer.tar", [](const LayerEntry&) { return true; });
  REQUIRE_FALSE(read);
  CHECK(read.error().message().find("runcated") != std::string::npos);
}

}  // namespace
}  // namespace hardlink
