#include "walked.h"

#include <utility>
#include <vector>

#include "support/catch.h"

namespace hardlink {

FilesystemInfo ext4Info() {
  FilesystemInfo info;
  info.type = "ext4";
  info.link_limit = 65000;
  return info;
}

CensusRequest walkRequest(const std::string& path, Farm farm) {
  CensusRequest request;
  request.path = path;
  request.farm = std::move(farm);
  request.buckets = {1, 2, 10, 100, 65000};
  return request;
}

RootCounts walked(const CensusRequest& request) { return walkedUnderLimit(request, 65000); }

RootCounts walkedUnderLimit(const CensusRequest& request, std::optional<std::uint64_t> limit) {
  FilesystemInfo filesystem = ext4Info();
  filesystem.link_limit = limit;
  CensusProgress progress;
  auto result = makeWalkEngine()->count(request, filesystem, progress, {});
  REQUIRE(result);
  return *result;
}

StopAfter::StopAfter(const CensusProgress& progress, std::uint64_t names)
    : stopper_([this, &progress, names](const std::stop_token& over) {
        while (progress.names < names && !over.stop_requested()) {
          std::this_thread::yield();
        }
        source_.request_stop();
      }) {}

TreeEntry nestedDirectories(unsigned width) {
  std::vector<TreeEntry> outer = {makeFile("f", "x"), makeFile("g")};
  for (unsigned i = 0; i < width; ++i) {
    std::vector<TreeEntry> inner;
    for (unsigned k = 0; k < width; ++k) {
      inner.push_back(makeDir("inner" + std::to_string(k),
                              {makeLink("l", "top/f"), makeLinks("m", 2, "top/g"), makeFile("n")}));
    }
    outer.push_back(makeDir("outer" + std::to_string(i), std::move(inner)));
  }
  return makeDir("top", std::move(outer));
}

void plantDocker(const TempDir& dir) {
  plant(dir.path(),
        {makeDir("aaa", {makeDir("root", {makeFile("etc", "x"), makeFile("sum"),
                                          makeLinks("sum.", 2, "aaa/root/sum"),
                                          makeSymlink("sym", "etc"), makeDir("dir")})}),
         makeDir("bbb", {makeDir("root", {makeLink("etc", "aaa/root/etc"),
                                          makeLinks("sum.", 3, "aaa/root/sum"), makeFile("own")})}),
         makeDir("ccc", {makeDir("tmproot525452492", {makeLinks("sum.", 3, "aaa/root/sum")})}),
         makeDir("ddd", {makeDir("upper", {makeFile("written")}), makeDir("work"),
                         makeDir("merged"), makeFile("lower-id", "bbb")})});
}

}  // namespace hardlink
