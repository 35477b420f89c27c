// Measures the time of the pass over ext4's inode tables that updates headroom between censuses.
//
//   headroom PATH [--threads=2]
//
// Prints one line: the slots read, the highest link count, and the seconds of the pass.

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <string>

#include "census/ext4/ext4_inode_map.h"
#include "census/ext4/ext4_volume.h"
#include "filesystem/filesystem.h"

namespace {

using namespace hardlink;

Result<std::uint64_t> highestLinkCount(const Ext4Volume& volume, unsigned threads) {
  const auto map = Ext4InodeMap::read(volume, false, threads, {});
  if (!map) {
    return map.error();
  }
  std::uint64_t highest = 0;
  for (std::uint32_t group = 0; group < volume.groups().size(); ++group) {
    for (std::uint32_t i = 0; i < volume.groups()[group].used_inodes; ++i) {
      const Ext4InodeMap::Entry entry = map->at(volume.inodeAt(group, i));
      if (entry.kind != Ext4Kind::directory) {
        highest = std::max<std::uint64_t>(highest, entry.links);
      }
    }
  }
  return highest;
}

int fail(const Error& error) {
  (void)std::fprintf(stderr, "headroom: %s\n", error.message().c_str());
  return 1;
}

int run(const std::string& path, unsigned threads) {
  const auto filesystem = inspectFilesystem(path, std::nullopt);
  if (!filesystem) {
    return fail(filesystem.error());
  }
  const auto device = openExt4Device(filesystem->device_number, filesystem->device);
  if (!device) {
    return fail(device.error());
  }
  const auto begin = std::chrono::steady_clock::now();
  const auto volume = Ext4Volume::open(device->get());
  if (!volume) {
    return fail(volume.error());
  }
  const auto highest = highestLinkCount(*volume, threads);
  if (!highest) {
    return fail(highest.error());
  }
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - begin;
  (void)std::printf("%llu slots, highest link count %llu, %.4f s\n",
                    static_cast<unsigned long long>(volume->usedSlots()),
                    static_cast<unsigned long long>(*highest), elapsed.count());
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  std::string path;
  unsigned threads = 2;
  CLI::App app("Times the pass over ext4's inode tables");
  app.add_option("PATH", path)->required();
  app.add_option("--threads", threads)->check(CLI::Range(1U, 256U));
  CLI11_PARSE(app, argc, argv);
  return run(path, threads);
}
