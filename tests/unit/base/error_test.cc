#include "base/error.h"

#include <fcntl.h>

#include "base/os/fd.h"
#include "support/catch.h"

namespace hardlink {
namespace {

Result<Fd> openForReading(const std::string& path) {
  Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.valid()) {
    return errnoError("open " + path);
  }
  return fd;
}

TEST_CASE("an error says what was attempted and what the system answered") {
  const Result<Fd> missing = openForReading("/nonexistent/\xff");
  REQUIRE_FALSE(missing);
  CHECK(missing.error().code == ENOENT);
  CHECK(missing.error().message() == "open /nonexistent/\\xff: No such file or directory");
}

TEST_CASE("an error without an errno is only its sentence") {
  CHECK(Error{0, "no layers"}.message() == "no layers");
}

TEST_CASE("a descriptor is closed exactly once, by its last owner") {
  int number = -1;
  {
    Result<Fd> opened = openForReading("/dev/null");
    REQUIRE(opened);
    number = opened->get();
    Fd owner = std::move(*opened);
    CHECK_FALSE(opened->valid());
    CHECK(fcntl(number, F_GETFD) != -1);
  }
  CHECK(fcntl(number, F_GETFD) == -1);
}

}  // namespace
}  // namespace hardlink
