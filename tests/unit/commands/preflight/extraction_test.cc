#include "commands/preflight/extraction.h"

#include <initializer_list>

#include "support/catch.h"
#include "unit/commands/preflight/extract_layer.h"

namespace hardlink {
namespace {

using Kind = LayerEntry::Kind;

LayerEntry file(std::string path) { return {Kind::regular, std::move(path), ""}; }
LayerEntry dir(std::string path) { return {Kind::directory, std::move(path), ""}; }
LayerEntry symlink(std::string path, std::string target) {
  return {Kind::symlink, std::move(path), std::move(target)};
}
LayerEntry link(std::string path, std::string target) {
  return {Kind::hard_link, std::move(path), std::move(target)};
}

using Failure = std::optional<ExtractionFailure>;

/// The first failure of layers on top of nothing.
Failure extractAll(Extraction& extraction, const std::vector<std::vector<LayerEntry>>& layers) {
  for (const auto& layer : layers) {
    if (auto failure = extract(extraction, layer)) {
      return failure;
    }
  }
  return std::nullopt;
}

/// The paths of everything but directories, in the order of the names.
std::vector<std::string> names(const Extraction& extraction) {
  const LayerTree& tree = extraction.current().tree;
  std::vector<std::string> found;
  std::vector<LayerTree::NodeId> left{LayerTree::kTop};
  while (!left.empty()) {
    const auto node = left.back();
    left.pop_back();
    if (tree.kind(node) != NameKind::directory) {
      found.push_back(tree.path(node));
    }
    const auto below = tree.children(node);
    left.insert(left.end(), below.rbegin(), below.rend());
  }
  return found;
}

using Names = std::vector<std::string>;

TEST_CASE("a base layer links nothing, each layer above it the whole tree of its parent") {
  Extraction extraction(10);
  REQUIRE_FALSE(extractAll(extraction, {{file("a"), link("b", "a")}}));
  CHECK(extraction.margin() == 4);
  REQUIRE_FALSE(extractAll(extraction, {{}, {}, {}, {}}));
  CHECK(extraction.margin() == 0);
  const auto failure = extract(extraction, {});
  REQUIRE(failure);
  CHECK(*failure == ExtractionFailure{"a", Limit::links, 2, 0});
}

TEST_CASE("the name that fails is the first that Docker comes to without a link left") {
  Extraction extraction(10);
  // 3 names and 3 links each; after two more layers 9 of 10 are in use.
  REQUIRE_FALSE(extractAll(
      extraction, {{file("z/1"), link("b/2", "z/1"), link("b-c", "z/1")}, {file("a")}, {}}));
  CHECK(*extract(extraction, {}) == ExtractionFailure{"b-c", Limit::links, 3, 1});
}

TEST_CASE("a layer that removes the hot file still takes its links for itself") {
  Extraction extraction(3);
  const std::vector<LayerEntry> base{file("d/hot"), file("cold")};
  SECTION("so that with a link left it works, and gives the link back") {
    REQUIRE_FALSE(extractAll(extraction, {base, {file("x")}, {file("d/.wh.hot")}}));
    CHECK(names(extraction) == Names{"cold", "x"});
    CHECK(extraction.margin() == 0);
    CHECK(extraction.marginOfNewLayers() == 0);
  }
  SECTION("and without one it does not") {
    REQUIRE_FALSE(extractAll(extraction, {base, {}, {}}));
    CHECK(extract(extraction, {file(".wh.d"), file(".wh.cold")}));
  }
}

TEST_CASE("a file in place of another has an inode of its own") {
  Extraction extraction(2);
  REQUIRE_FALSE(extractAll(extraction, {{file("a")}, {file("a")}}));
  CHECK(extraction.margin() == 1);
  CHECK(extraction.marginOfNewLayers() == 1);
  CHECK_FALSE(extract(extraction, {}));
}

TEST_CASE("a directory in place of a directory keeps what is in it, of a file it does not") {
  Extraction extraction(9);
  REQUIRE_FALSE(
      extractAll(extraction, {{file("d/a"), file("f")}, {dir("d"), dir("f/"), file("f/b")}}));
  CHECK(names(extraction) == Names{"d/a", "f/b"});
  REQUIRE_FALSE(extract(extraction, {file("d")}));
  CHECK(names(extraction) == Names{"d", "f/b"});
}

TEST_CASE("an opaque directory loses what its layer has not unpacked itself") {
  Extraction extraction(9);
  REQUIRE_FALSE(
      extractAll(extraction, {{file("d/old"), file("d/sub/old"), file("e/old"), file("d/x/old")},
                              {dir("d/sub"), file("d/sub/new"), file("d/x/new"), file("d/new"),
                               file("d/.wh..wh..opq"), file("d/later")}}));
  // d/x was no entry of the layer, so that all of it goes.
  CHECK(names(extraction) == Names{"d/later", "d/new", "d/sub/new", "e/old"});
  REQUIRE_FALSE(extract(extraction, {file("./.wh..wh..opq"), file("only")}));
  CHECK(names(extraction) == Names{"only"});
}

TEST_CASE("a hard link takes one link of the inode it names, also of a layer below") {
  Extraction extraction(4);
  REQUIRE_FALSE(extractAll(extraction, {{file("a")}, {link("b", "/a")}}));
  CHECK(extraction.margin() == 0);
  SECTION("and fails on the inode without one") {
    Extraction full(2);
    CHECK(*extract(full, {file("a"), link("b", "a"), link("c", "a")}) ==
          ExtractionFailure{"c", Limit::links, 1, 0});
  }
  SECTION("and without a file of that name it cannot be made") {
    Extraction other(9);
    CHECK_FALSE(extract(other, {link("b", "a")})->limit);
    CHECK(extract(other, {dir("d"), link("e", "d")})->reason.find("directory") !=
          std::string::npos);
    // What it names is gone before it is looked for.
    CHECK(extract(other, {file("a"), link("a", "a")}));
  }
}

TEST_CASE("names lead through symlinks, and never out of the tree") {
  Extraction extraction(9);
  REQUIRE_FALSE(extract(
      extraction, {dir("usr/lib"), symlink("lib", "usr/lib"), symlink("abs", "/usr/../../usr/lib"),
                   file("lib/a"), file("abs/b"), file("../../etc/c"), file("usr/lib/../d")}));
  CHECK(names(extraction) == Names{"abs", "etc/c", "lib", "usr/d", "usr/lib/a", "usr/lib/b"});
  REQUIRE_FALSE(extract(extraction, {file("lib/.wh.a"), file(".wh.abs")}));
  CHECK(names(extraction) == Names{"etc/c", "lib", "usr/d", "usr/lib/b"});
}

TEST_CASE("what the kernel would refuse is a failure that says why") {
  const auto reason = [](const std::vector<LayerEntry>& layer) {
    Extraction extraction(9);
    const auto failure = extract(extraction, layer);
    return failure ? failure->reason : "none";
  };
  CHECK(reason({symlink("l", "nowhere"), file("l/a")}) == "a part of its path does not exist");
  CHECK(reason({file("f"), file("f/a")}) == "a part of its path is not a directory");
  CHECK(reason({symlink("x", "y"), symlink("y", "x"), file("x/a")}) ==
        "too many symlinks in its path");
  CHECK(reason({file("/")}) == "an entry for the whole tree that is not a directory");
  CHECK(reason({file(".wh..")}) == "a whiteout of the whole tree");
  CHECK(reason({file("f"), file("f/x/.wh..wh..opq")}) == "a part of its path is not a directory");
  CHECK(reason({file("f"), file("f/.wh..wh..opq")}) == "none");
  CHECK(reason({symlink("s", "")}) == "a symlink to a path that is empty or too long");
  CHECK(reason({link("l", "")}) == "a hard link to /, which is a directory");
  CHECK(reason({symlink("s", "d"), dir("d"), link("x/l", "s/")}) ==
        "a hard link to a symlink that leads nowhere");
  CHECK(reason({symlink("s", "d"), dir("d"), link("l", "s/")}) == "none");
  CHECK(reason({{Kind::unknown, "u", ""}}) == "an entry of a type that Docker does not unpack");
  CHECK(reason({{Kind::unknown, ".wh..wh.u", ""}}) == "none");
  CHECK(reason({dir("./"), file("a/b/c"), file(".wh.none"), file("none/.wh.none")}) == "none");
}

TEST_CASE(
    "a path or name that the kernel would refuse is a failure, however many directories it is") {
  const std::string longest_name(255, 'n');
  const std::string longest_directory(255, 'd');
  std::string longest_path;
  while (longest_path.size() + 256 < 4094) {
    longest_path += longest_directory + "/";
  }
  longest_path.append(4094 - longest_path.size(), 'n');
  Extraction fine(9);
  CHECK_FALSE(extractAll(fine, {{file(longest_name), file(longest_path)}}));
  std::string directories;
  for (int i = 0; i < 500'000; ++i) {
    directories += "a/";
  }
  const std::vector<LayerEntry> refused = {
      file(longest_name + "n"),         file(longest_path + "n"),  file(directories + "x"),
      dir("d/" + longest_name + "n/d"), symlink("s", directories), link("l", directories)};
  for (const LayerEntry& entry : refused) {
    Extraction extraction(9);
    const Failure failure = extractAll(extraction, {{entry}});
    REQUIRE(failure);
    CHECK(failure->reason.find("too long") != std::string::npos);
    CHECK(failure->path.size() <= 4095);
  }
}

TEST_CASE("what aufs left in old layers is skipped, and links to its link directory are files") {
  Extraction extraction(2);
  REQUIRE_FALSE(
      extract(extraction, {file(".wh..wh.aufs"), dir(".wh..wh.plnk"), file(".wh..wh.plnk/1.2"),
                           link("a", ".wh..wh.plnk/1.2"), link("b", "./.wh..wh.plnk/1.2")}));
  CHECK(names(extraction) == Names{"a", "b"});
  CHECK(extraction.margin() == 1);
  CHECK(extract(extraction, {link("c", ".wh..wh.plnk/3.4")}));
}

TEST_CASE("with a slash before it, what aufs left is an ordinary file") {
  Extraction extraction(9);
  REQUIRE_FALSE(
      extract(extraction, {file("/.wh..wh.plnk/1.2"), link("a", "/.wh..wh.plnk/1.2"), file("b")}));
  CHECK(names(extraction) == Names{".wh..wh.plnk/1.2", "a", "b"});
  CHECK(extract(extraction, {file(".wh..wh.plnk/3.4"), link("c", "/.wh..wh.plnk/3.4")}));
}

TEST_CASE("an opaque whiteout of the whole tree takes the files with it that aufs' links lead to") {
  const LayerEntry target = file(".wh..wh.plnk/1");
  const LayerEntry opaque = file(".wh..wh..opq");
  Extraction extraction(9);
  CHECK_FALSE(extract(extraction, {target, link("a", target.path), opaque}));
  CHECK(extract(extraction, {target, opaque, link("a", target.path)}));
  CHECK(extract(extraction, {opaque, target}));
}

TEST_CASE("a layer with one path twice is refused, however the path is written") {
  const auto refuses = [](const std::vector<LayerEntry>& layer) {
    Extraction extraction(9);
    const Failure failure = extract(extraction, layer);
    return failure && failure->reason.find("duplicates of file paths") != std::string::npos;
  };
  CHECK(refuses({file("a"), file("a")}));
  CHECK(refuses({file("a"), file("./a")}));
  CHECK(refuses({dir("a"), dir("a/")}));
  CHECK(refuses({file("a"), link("b", "a"), link("b//.", "a")}));
  CHECK(refuses({dir("x"), file("a"), file("x/../a")}));
  CHECK(refuses({file("/a"), file("/../a")}));
  CHECK(refuses({file("../a"), file("b/../../a")}));
  CHECK(refuses({dir("."), dir("./")}));
  CHECK(refuses({file(".wh.a"), file(".wh.a")}));
  CHECK(refuses({file(".wh..wh.aufs"), file(".wh..wh.aufs")}));
  CHECK(refuses(
      {{Kind::comment, "pax_global_header", ""}, {Kind::comment, "pax_global_header", ""}}));
  // These are other paths to tar-split, wherever they lead.
  CHECK_FALSE(refuses({file("a"), file("/a"), file("../a"), file("../../a"), file("b")}));
  Extraction two_layers(9);
  CHECK_FALSE(extractAll(two_layers, {{file("a")}, {file("a")}}));
}

TEST_CASE("a directory of a layer has to be there, or a name in its place, when the layer ends") {
  const auto gone = [](const std::vector<LayerEntry>& layer) {
    Extraction extraction(9);
    const Failure failure = extract(extraction, layer);
    return failure ? failure->path : "none";
  };
  CHECK(gone({dir("a/x/deep"), file("a/.wh..wh..opq")}) == "a/x/deep");
  CHECK(gone({dir("a"), file(".wh.a")}) == "a");
  CHECK(gone({dir("a/b"), file("a/b/.wh...")}) == "a/b");
  CHECK(gone({dir("a"), symlink("../a", "nowhere")}) == "a");
  CHECK(gone({dir("a/x"), dir("a/x/deep"), file("a/.wh..wh..opq")}) == "none");
  CHECK(gone({file("a/x/deep"), file("a/.wh..wh..opq")}) == "none");
  CHECK(gone({dir("a"), file("../a")}) == "none");
  CHECK(gone({dir("a"), file("b"), symlink("../a", "b")}) == "none");
  CHECK(gone({file("a"), file(".wh.a")}) == "none");
}

TEST_CASE("what is removed to make room for a name may have been a part of its path") {
  Extraction up(9);
  CHECK(extract(up, {symlink("s", ".."), file("s/s")}));
  Extraction round(9);
  CHECK(extract(round, {symlink("a/up", ".."), file("a/up/a")}));
  Extraction fine(9);
  CHECK_FALSE(extract(fine, {symlink("a/up", ".."), file("a/up/b")}));
}

TEST_CASE("a pax global header makes nothing, but what has its path is removed") {
  Extraction extraction(9);
  const auto comment = [](std::string path) {
    return LayerEntry{Kind::comment, std::move(path), ""};
  };
  REQUIRE_FALSE(extractAll(extraction, {{file("a"), file("b")}, {comment("a"), comment("b/c")}}));
  CHECK(names(extraction) == Names{"b"});
  CHECK(extract(extraction, {comment(".")}));
}

TEST_CASE("what is no regular file binds nothing and is made anew in every layer") {
  Extraction extraction(3);
  REQUIRE_FALSE(extract(
      extraction, {symlink("s", "t"), link("s2", "s"), link("s3", "s"), {Kind::other, "p", ""}}));
  CHECK_FALSE(extraction.margin());
  // Separate inodes by now, with a link each.
  REQUIRE_FALSE(extractAll(extraction, {{}, {}, {}, {link("s4", "s"), link("s5", "s")}}));
  CHECK(extract(extraction, {link("s6", "s2"), link("s7", "s2")}) == std::nullopt);
  CHECK(extract(extraction, {link("t1", "s"), link("t2", "s"), link("t3", "s")}));
}

LayerName present(std::string path, std::uint64_t inode, std::uint64_t links) {
  return {NameKind::regular, std::move(path), "", inode, links};
}

TEST_CASE("a layer on disk begins with the links that its files have") {
  Extraction extraction(100);
  extraction.addPresent({NameKind::directory, "d", "", 0, 0});
  extraction.addPresent(present("d/a", 7, 90));
  extraction.addPresent(present("d/b", 7, 90));
  extraction.addPresent(present("c", 8, 1));
  CHECK(extraction.margin() == 5);
  REQUIRE_FALSE(extractAll(extraction, {{}, {file("d/.wh.b")}}));
  CHECK(extraction.margin() == 7);
  CHECK(extraction.marginOfNewLayers() == 3);
  CHECK(extraction.grown() == std::vector<LinksAfter>{{7, 93}, {8, 3}});
  // Another tree on disk that shares the inode sees what has come to it.
  extraction.startEmpty();
  extraction.addPresent(present("x", 7, 90));
  CHECK(extraction.margin() == 7);
}

TEST_CASE("two images fork from a layer that both are built on") {
  Extraction extraction(10);
  REQUIRE_FALSE(extract(extraction, {file("a")}));
  const CountedTree base = extraction.current();
  REQUIRE_FALSE(extractAll(extraction, {{file(".wh.a")}, {file("b")}}));
  extraction.setCurrent(base);
  CHECK(extraction.margin() == 9);
  REQUIRE_FALSE(extractAll(extraction, {{link("c", "a")}, {}}));
  CHECK(names(extraction) == Names{"a", "c"});
  CHECK(extraction.margin() == 2);
}

TEST_CASE("hundreds of layers on tens of thousands of names keep their sums") {
  Extraction extraction(65000);
  std::vector<LayerEntry> base;
  for (int i = 0; i < 300; ++i) {
    const std::string name = "d" + std::to_string(i % 7) + "/" + std::to_string(i);
    base.push_back(i == 0 ? file(name) : link(name, "d0/0"));
  }
  for (int i = 0; i < 20000; ++i) {
    base.push_back(file("etc/" + std::to_string(i)));
  }
  REQUIRE_FALSE(extract(extraction, base));
  for (int i = 1; i <= 215; ++i) {
    REQUIRE_FALSE(extract(extraction, {file("layer-" + std::to_string(i))}));
  }
  CHECK(extraction.margin() == 0);
  CHECK(extract(extraction, {})->needed == 300);
  CHECK(extract(extraction, {})->left == 65000 - 216 * 300);
}

}  // namespace
}  // namespace hardlink
