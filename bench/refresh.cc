// Takes one census of a root after the other, as the daemon does, so that what a refresh takes can
// be measured.
//
//   refresh PATH [--engine=auto|walk|ext4] [--forget]
//
// Takes one census at the start and one more for each line on standard input. Prints a line of JSON
// for each: seconds of wall time, directories read and known to be unchanged, names, and the peak
// memory of the process in KiB. With --forget no census keeps anything for the next one.

#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <iostream>
#include <string>

#include "census/census.h"
#include "config/types.h"
#include "roots/count_root.h"
#include "roots/roots.h"

namespace {

using namespace hardlink;

int takeCensus(CensusTaker& taker, const CensusRequest& request) {
  CensusProgress progress;
  const auto begin = std::chrono::steady_clock::now();
  const auto census = taker.take(request, progress, {});
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - begin;
  if (!census) {
    (void)std::fprintf(stderr, "refresh: %s\n", census.error().message().c_str());
    return 1;
  }
  rusage usage{};
  (void)getrusage(RUSAGE_SELF, &usage);
  const RootCounts& counts = census->counts;
  (void)std::printf(
      "{\"engine\": \"%s\", \"seconds\": %.4f, \"directories_read\": %llu, "
      "\"directories_unchanged\": %llu, \"names\": %llu, \"peak_kib\": %ld}\n",
      counts.engine.c_str(), elapsed.count(),
      static_cast<unsigned long long>(counts.directories_read),
      static_cast<unsigned long long>(counts.directories_unchanged),
      static_cast<unsigned long long>(counts.names), usage.ru_maxrss);
  (void)std::fflush(stdout);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  RootConfig root;
  bool forget = false;
  CLI::App app("Takes one census after the other");
  app.add_option("PATH", root.path)->required();
  app.add_option("--engine", root.engine)
      ->transform(CLI::CheckedTransformer(
          std::map<std::string, EngineChoice>{{"auto", EngineChoice::automatic},
                                              {"walk", EngineChoice::walk},
                                              {"ext4", EngineChoice::ext4}}));
  app.add_flag("--forget", forget);
  CLI11_PARSE(app, argc, argv);
  CensusTaker taker;
  CensusRequest request = censusRequest(root, {}, {});
  request.keep_units = !forget;
  std::string line;
  do {
    if (const int failed = takeCensus(taker, request); failed != 0) {
      return failed;
    }
  } while (std::getline(std::cin, line));
  return 0;
}
