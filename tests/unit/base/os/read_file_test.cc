#include "base/os/read_file.h"

#include "support/catch.h"
#include "support/temp_tree.h"

namespace hardlink {
namespace {

int errorOf(const Result<std::string>& text) { return text ? 0 : text.error().code; }

TEST_CASE("a file is read up to a limit, and a longer one is refused or cut") {
  const TempDir top;
  plant(top.path(), {makeFile("file", "text"), makeFile("empty")});
  const std::string path = top / "file";
  CHECK(*readFile(path, {.most_bytes = 4}) == "text");
  CHECK(*readFile(path, {.most_bytes = 3, .cut = true}) == "tex");
  CHECK(*readFile(top / "empty", {}) == "");
  const auto too_long = readFile(path, {.most_bytes = 3});
  CHECK(errorOf(too_long) == EFBIG);
  CHECK(too_long.error().context == path);
}

TEST_CASE("only regular files are read, unless any kind of file is allowed") {
  const TempDir top;
  plant(top.path(), {makeFifo("fifo"), makeSymlink("link", "/dev/null")});
  CHECK(errorOf(readFile(top / "absent", {})) == ENOENT);
  CHECK(errorOf(readFile(top.path(), {})) == EISDIR);
  CHECK(errorOf(readFile(top / "fifo", {})) == EINVAL);
  CHECK(errorOf(readFile(top / "link", {})) == EINVAL);
  CHECK(errorOf(readFile(top / "link", {.follow_symlink = false})) == ELOOP);
  CHECK(*readFile(top / "link", {.any_kind = true}) == "");
  CHECK(errorOf(readFile(top.path(), {.any_kind = true})) == EISDIR);
}

}  // namespace
}  // namespace hardlink
