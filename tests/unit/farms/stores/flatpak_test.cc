#include "farms/stores/kinds.h"
#include "unit/farms/evidence/claims.h"

namespace hardlink {
namespace {

const std::string kAppCommit(64, 'a');
const std::string kRuntimeCommit(64, 'b');

TreeEntry flatpakRepository(const std::string& mode) {
  return makeDir("repo",
                 {makeFile("config", "[core]\nrepo_version=1\nmode=" + mode + "\n"),
                  makeDir("objects", {makeDir("9f", {makeFile(std::string(62, '1') + ".file")})})});
}

TreeEntry deployment(const std::string& top, const std::string& commit) {
  return makeDir(
      top,
      {makeDir("org.Test", {makeSymlink("current", "x86_64/stable"),
                            makeDir("x86_64", {makeDir("stable", {makeSymlink("active", commit),
                                                                  makeDir(commit, {makeFile("x")}),
                                                                  makeDir(".x")})})})});
}

TEST_CASE("flatpak is recognised by an ostree repository and installed apps or runtimes") {
  TempDir tree;
  plant(tree.path(),
        {makeDir("flatpak", {flatpakRepository("bare-user-only"), deployment("app", kAppCommit),
                             deployment("runtime", kRuntimeCommit)})});
  const auto claim = claimOf(kFlatpak, tree, "flatpak");
  REQUIRE(claim);
  CHECK(claim->users ==
        std::vector<std::string>{"flatpak/app/org.Test/x86_64/stable/" + kAppCommit,
                                 "flatpak/runtime/org.Test/x86_64/stable/" + kRuntimeCommit});
  CHECK_FALSE(claimOf(kFlatpak, tree));
}

TEST_CASE("runtimes alone are flatpak's too") {
  TempDir tree;
  plant(tree.path(), {flatpakRepository("bare"), deployment("runtime", kRuntimeCommit)});
  CHECK(claimOf(kFlatpak, tree)->users.size() == 1);
}

TEST_CASE("directories called repo, app and runtime are no evidence by their names alone") {
  TempDir names;
  plant(names.path(), {makeDir("repo", {makeFile("config")}), deployment("app", kAppCommit)});
  CHECK_FALSE(claimOf(kFlatpak, names));

  TempDir nothing_installed;
  plant(nothing_installed.path(),
        {flatpakRepository("bare"), makeDir("app", {makeDir("src")}), makeDir("runtime")});
  CHECK_FALSE(claimOf(kFlatpak, nothing_installed));

  TempDir archive;
  plant(archive.path(), {flatpakRepository("archive-z2"), deployment("app", kAppCommit)});
  CHECK_FALSE(claimOf(kFlatpak, archive));
}

}  // namespace
}  // namespace hardlink
