#include "image/archive.h"

#include <set>

#include "docker/chains.h"
#include "unit/image/archives.h"

namespace hardlink {
namespace {

using Paths = std::vector<std::string>;

TEST_CASE("a docker-save archive has its images, chain ids and the entries of its layers") {
  const auto compression = GENERATE(Compression::none, Compression::gzip, Compression::zstd);
  auto archive = openTar(makeTarOf(dockerSave(), compression));
  REQUIRE(errorOf(archive) == "none");
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
  REQUIRE(errorOf(archive) == "none");
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
  REQUIRE(errorOf(plain) == "none");
  REQUIRE(errorOf(packed) == "none");
  REQUIRE(errorOf(directory) == "none");
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
  REQUIRE(errorOf(archive) == "none");
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
  REQUIRE(errorOf(archive) == "none");
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
  REQUIRE(errorOf(archive) == "none");
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
  REQUIRE(errorOf(archive) == "none");
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
  REQUIRE(errorOf(archive) == "none");
  CHECK(archive->format() == "oci-layout");
  REQUIRE(archive->images().size() == 1);
  CHECK(archive->images()[0].tags == Paths{"app:1"});
  CHECK(entriesOf(*archive, archive->images()[0]) == Paths{"etc/amd"});
  CHECK(openFiles(files, {"linux", "arm64", "v8"})->images()[0].layers[0].diff_id ==
        digestOf(layerTar("arm")));
  CHECK(hasError(openFiles(files, {"linux", "s390x", ""}),
                 "no image for linux/s390x in it, only for"));
}

TEST_CASE("if the index omits the platform of an image, its configuration decides") {
  Files files;
  const std::string vax = addImage(files, "vax", "vax");
  const std::string amd = addImage(files, "amd", "amd64");
  files.emplace_back("index.json", index(descriptor(vax) + "," + descriptor(amd)));
  const auto archive = openFiles(files);
  REQUIRE(errorOf(archive) == "none");
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

}  // namespace
}  // namespace hardlink
