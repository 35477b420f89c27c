// Measures what the daemon's watch takes on ext4: how long the link counts of a root are read again
// after a census.
//
//   headroom PATH
//
// Prints one line: the inodes of the root, and the seconds of a watch that reads all of them, if
// these are few enough, and of one that reads the hottest.

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <string>

#include "census/ext4/ext4_engine.h"
#include "filesystem/filesystem.h"

namespace {

using namespace hardlink;

int fail(const Error& error) {
  (void)std::fprintf(stderr, "headroom: %s\n", error.message().c_str());
  return 1;
}

struct Timed {
  Result<LinksNow> links;
  double seconds;
};

Timed watch(Ext4Engine& engine, const CensusRequest& request, double max_duty) {
  const auto begin = std::chrono::steady_clock::now();
  auto links = engine.readLinks(request.buckets, max_duty, {});
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - begin;
  return {std::move(links), elapsed.count()};
}

int run(const std::string& path) {
  CensusRequest request;
  request.path = path;
  request.buckets = {1, 10, 100, 1000, 10000};
  const auto filesystem = inspectFilesystem(path, std::nullopt);
  if (!filesystem) {
    return fail(filesystem.error());
  }
  const auto engine = Ext4Engine::open(*filesystem);
  if (!engine) {
    return fail(engine.error());
  }
  CensusProgress progress;
  const auto counts = (*engine)->count(request, *filesystem, progress, {});
  if (!counts) {
    return fail(counts.error());
  }
  constexpr double kNoRest = 1.0;
  constexpr double kLongRest = 1e-9;  // after the pass before, only the hottest are read
  const Timed all = watch(**engine, request, kNoRest);
  const Timed hottest = watch(**engine, request, kLongRest);
  if (!all.links || !hottest.links) {
    return fail(all.links ? hottest.links.error() : all.links.error());
  }
  (void)std::printf("%llu inodes, ", static_cast<unsigned long long>(counts->inodes));
  if (all.links->inode_links) {
    (void)std::printf("all in %.4f s, ", all.seconds);
  }
  (void)std::printf("the hottest %zu in %.4f s\n", hottest.links->links.size(), hottest.seconds);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  std::string path;
  CLI::App app("Times the watch of a root on ext4");
  app.add_option("PATH", path)->required();
  CLI11_PARSE(app, argc, argv);
  return run(path);
}
