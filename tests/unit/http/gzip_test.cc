#include "http/gzip.h"

#include <random>

#include "support/catch.h"
#include "unit/http/inflate.h"

namespace hardlink {
namespace {

TEST_CASE("head and rest of a body inflate as one gzip member") {
  const std::string first = "hardlink_max_links{root=\"docker\"} 64854\n";
  const std::string rest = "process_open_fds 12\n";
  CHECK(gunzip(gzipWhole(gzipHead(first), gzipTail(rest))) == first + rest);
}

TEST_CASE("either part of a compressed body may be empty") {
  CHECK(gunzip(gzipWhole(gzipHead(""), gzipTail("rest"))) == "rest");
  CHECK(gunzip(gzipWhole(gzipHead("first"), gzipTail(""))) == "first");
  CHECK(gunzip(gzipWhole(gzipHead(""), gzipTail(""))).empty());
}

TEST_CASE("bodies that do not compress and bodies beyond every buffer survive compression") {
  std::mt19937 random(7);
  std::string noise(3'000'001, '\0');
  for (char& c : noise) {
    c = static_cast<char>(random() & 0xffU);
  }
  CHECK(gunzip(gzipWhole(gzipHead(noise), gzipTail(noise))) == noise + noise);
  const std::string dull(5'000'000, 'a');
  CHECK(gunzip(gzipWhole(gzipHead(dull), gzipTail(noise))) == dull + noise);
}

TEST_CASE("one compressed head serves many different rests") {
  const GzipPart head = gzipHead("head\n");
  for (int i = 0; i < 100; ++i) {
    REQUIRE(gunzip(gzipWhole(head, gzipTail(std::to_string(i)))) == "head\n" + std::to_string(i));
  }
}

}  // namespace
}  // namespace hardlink
