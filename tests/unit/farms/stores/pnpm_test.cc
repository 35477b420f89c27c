#include "farms/stores/kinds.h"
#include "unit/farms/evidence/claims.h"

namespace hardlink {
namespace {

const std::string kStored(126, 'c');

TreeEntry pnpmStore(const std::string& file) {
  return makeDir(".pnpm-store",
                 {makeDir("v10", {makeDir("files", {makeDir("00"), makeDir("fe", {makeFile(file)}),
                                                    makeDir("ff")})})});
}

TreeEntry project(const std::string& name, const std::string& modules) {
  return makeDir(name, {makeDir("node_modules", {makeFile(".modules.yaml", modules)})});
}

bool isUser(const TempDir& tree, const std::string& path, const std::string& store) {
  const auto root = os::openRoot(tree.path());
  REQUIRE(root);
  return kPnpm.uses(Directory(root->get(), path), store);
}

TEST_CASE("a store of pnpm is recognised by the names of its files") {
  for (const char* ending : {"", "-exec", "-index.json"}) {
    TempDir tree;
    plant(tree.path(), {pnpmStore(kStored + ending)});
    CHECK(claimOf(kPnpm, tree, ".pnpm-store/v10"));
    CHECK_FALSE(claimOf(kPnpm, tree, ".pnpm-store"));
  }
  for (const std::string& other : {kStored.substr(1), kStored + "0", std::string("README")}) {
    TempDir tree;
    plant(tree.path(), {pnpmStore(other)});
    CHECK_FALSE(claimOf(kPnpm, tree, ".pnpm-store/v10"));
  }
}

TEST_CASE("a project uses the store named in its .modules.yaml, even if both were copied") {
  TempDir tree;
  plant(tree.path(),
        {project("json",
                 "{\n  \"skipped\": [],\n  \"storeDir\": \"/old/a b/.pnpm-store/v10\",\n"
                 "  \"virtualStoreDir\": \".pnpm\"\n}"),
         project("yaml", "skipped: []\nstoreDir: /old/.pnpm-store/v10\n"),
         project("one-line", "{\"storeDir\":\"/old/.pnpm-store/v10\",\"x\":\"y\"}"),
         project("elsewhere", "{\n  \"storeDir\": \"/root/.local/share/pnpm/store/v10\"\n}"),
         project("older", "{\n  \"storeDir\": \"/old/.pnpm-store/v3\"\n}"), project("npm", "{}"),
         makeDir("plain", {makeDir("node_modules")})});
  const std::string store = "srv/.pnpm-store/v10";
  CHECK(isUser(tree, "json", store));
  CHECK(isUser(tree, "yaml", store));
  CHECK(isUser(tree, "one-line", store));
  for (const char* other : {"elsewhere", "older", "npm", "plain", ""}) {
    CHECK_FALSE(isUser(tree, other, store));
  }
  CHECK(isUser(tree, "elsewhere", ".local/share/pnpm/store/v10"));
}

TEST_CASE("a project with thousands of packages, which its .modules.yaml lists first, is a user") {
  std::string modules = "{\n  \"hoistedDependencies\": {\n";
  for (int package = 0; package < 20'000; ++package) {
    modules += "    \"/package-" + std::to_string(package) + "/1.0.0\": \"private\",\n";
  }
  TempDir tree;
  plant(tree.path(), {project("big", modules + "  },\n  \"storeDir\": \"/s/store/v10\"\n}")});
  CHECK(isUser(tree, "big", "store/v10"));
}

TEST_CASE("projects are users of a store and no snapshots, whatever their names are") {
  for (const char* name : {"project", "app.", "2024-01-0", ""}) {
    TempDir tree;
    plant(tree.path(), {pnpmStore(kStored)});
    for (const char* number : {"1", "2", "3"}) {
      plant(tree.path(),
            {project(name + std::string(number), "storeDir: " + tree.path() + "/.pnpm-store/v10\n"),
             makeDir(name + std::string(number),
                     {makeDir("node_modules",
                              {makeLinks("f", 3, ".pnpm-store/v10/files/fe/" + kStored)})})});
    }
    const Farm farm = farmOf(tree);
    CHECK(farm.tool == Tool::pnpm);
    CHECK(farm.layers.empty());
    CHECK(farm.users.size() == 3);
  }
}

TEST_CASE("snapshots of a project of pnpm are snapshots") {
  TempDir tree;
  plant(tree.path(), {makeFile("seed"), makeFile("modules", "storeDir: /s/store/v10\n")});
  for (const char* day : {"2024-01-01", "2024-01-02"}) {
    plant(tree.path(), {makeDir(day, {makeDir("node_modules", {makeLink(".modules.yaml", "modules"),
                                                               makeLinks("f", 3, "seed")})})});
  }
  CHECK(farmOf(tree).layers.size() == 2);
}

}  // namespace
}  // namespace hardlink
