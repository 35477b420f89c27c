#include "docker/chains.h"

#include "support/catch.h"
#include "support/temp_tree.h"

namespace hardlink {
namespace {

const std::string kDiff1 = "sha256:" + std::string(64, '1');
const std::string kDiff2 = "sha256:" + std::string(64, '2');

TEST_CASE("SHA-256 is that of the standard's examples, in one piece or in several") {
  CHECK(sha256Hex("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(sha256Hex("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  Sha256 pieces;
  pieces.update("a");
  pieces.update("");
  pieces.update("bc");
  CHECK(pieces.finish() == sha256Hex("abc"));
}

TEST_CASE("a base layer's chain is its diff, any other the hash of its parent's and its diff") {
  CHECK(chainId("", kDiff1) == kDiff1);
  // printf 'sha256:111… sha256:222…' | sha256sum
  CHECK(chainId(kDiff1, kDiff2) ==
        "sha256:9932074217c35353d2e03a3f5a86549f7c67bfeb0ba53e23d69f4d4c8f7958f5");
}

TEST_CASE("a digest is sha256 and 64 lower-case digits, and nothing that could be a path") {
  CHECK(isSha256Digest(kDiff1));
  CHECK_FALSE(isSha256Digest("sha256:" + std::string(64, 'A')));
  CHECK_FALSE(isSha256Digest("sha256:" + std::string(63, '1')));
  CHECK_FALSE(isSha256Digest("sha256:../../../../etc/passwd"));
  CHECK_FALSE(isSha256Digest(std::string(64, '1')));
  CHECK_FALSE(isSha256Digest(""));
}

TEST_CASE("a chain's layer is what its cache-id names, where that directory is a layer") {
  const TempDir data;
  const auto chain = [](const char* digit, const std::string& cache_id) {
    return makeDir(std::string(digit).append(63, '0'), {makeFile("cache-id", cache_id)});
  };
  plant(data.path(),
        {makeDir("overlay", {makeDir("aaa", {makeDir("root")}), makeDir("bbb")}),
         makeDir("image",
                 {makeDir("overlay",
                          {makeDir("layerdb",
                                   {makeDir("sha256", {chain("1", "aaa"), chain("2", "aaa\n"),
                                                       chain("3", "bbb"), chain("4", "gone"),
                                                       chain("5", ""), chain("6", "../overlay/aaa"),
                                                       chain("7", std::string(1 << 20, 'x')),
                                                       makeDir("8" + std::string(63, '0'),
                                                               {makeDir("cache-id")})})})})})});
  const auto layer = [&](const char* digit) {
    return layerOfChain(data / "overlay", "sha256:" + std::string(digit).append(63, '0'));
  };
  CHECK(layer("1") == "aaa");
  CHECK(layer("2") == "aaa");
  CHECK(layerOfChain(data / "overlay/", "sha256:1" + std::string(63, '0')) == "aaa");
  for (const char* digit : {"3", "4", "5", "6", "7", "8", "9"}) {
    CAPTURE(digit);
    CHECK_FALSE(layer(digit));
  }
  CHECK_FALSE(layerOfChain(data / "overlay", "sha256:../1"));
}

}  // namespace
}  // namespace hardlink
