#include "unit/exposition/literal_report.h"

#include <sstream>

namespace hardlink {
namespace {

constexpr const char* kLayer = "00a2f6d1c0b3948576afe1d2c3b4a5968778695a4b3c2d1e0f00112233445566";
constexpr const char* kOddLayer = "caf\xE9-layer";
std::string hottestPath() {
  return std::string(kLayer) +
         "/root/var/lib/yum/yumdb/o/new\nline \"quoted\" back\\slash \xFF/checksum_type";
}

CensusStatus succeeded() {
  CensusStatus status;
  status.up = true;
  status.started = atUnixTime(1795435200);
  status.duration_seconds = 0.68;
  status.last_success = atUnixTime(1795435200.75);
  status.watch_last_success = atUnixTime(1795435215.5);
  status.successes = 41;
  status.failures = 1;
  return status;
}

std::vector<HotInodeReport> dockerHotInodes() {
  HotInodeReport hottest{44, 59297, 5703, 59297, 0, 301, hottestPath(), 6};
  // An inode whose representative path is the same: it was renamed over while the census ran.
  HotInodeReport same_path{45, 59000, 6000, 58990, 10, 300, hottestPath(), 7};
  HotInodeReport pathless{46, 58000, 7000, 0, 58000, 0, "", 4096};
  return {hottest, same_path, pathless};
}

std::vector<LayerReport> dockerLayers() {
  LayerReport tightest{kLayer, 28, 197, 44, 59297, 798, 940, {"app:1", "app:latest"}, {}, false};
  tightest.inode_links = {{1, 2, 200, 65000}, {0, 10, 700, 798}, 11820000};
  tightest.exclusive_bytes = 3329228800;
  LayerReport other{kOddLayer, 6000, 1, 45, 59000, 3, 3, {}, {}, true};
  other.inode_links = {{1, 2, 200, 65000}, {0, 1, 2, 3}, 59102};
  other.exclusive_bytes = 0;
  return {tightest, other};
}

CensusReport dockerCensus() {
  CensusReport census;
  census.layout = "docker-overlay";
  census.tool = "docker";
  census.layout_reason =
      "the storage of Docker's overlay driver: 301 directories have a root in them";
  census.engine = "ext4";
  census.engine_reason = "quicker than a walk, 519321 inode slots in use";
  census.filesystem = {"ext4", "/dev/sdc", "/data", 65000, "kernel", 64998};
  census.complete = true;
  census.max_links = 59297;
  census.headroom_links = 5703;
  census.extractions_remaining = 28;
  census.layers = 301;
  census.inodes = 44198;
  census.multilink_inodes = 44090;
  census.names = 7147595;
  census.directories = 474467;
  census.directories_read = 2951;
  census.directories_unchanged = 471517;
  census.first_limit = Limit::links;
  census.limits = {
      {Limit::links, 28, 59297, 65000, 5703, 197, kLayer, hottestPath()},
      {Limit::inodes, 812, 519321, 1310720, 791399, 974, kLayer, ""},
      {Limit::space, 1308, 15032385536, 20401094656, 5368709120, 4104192, kLayer, ""},
      {Limit::subdirectories, 64697, 301, 64998, 64697, 1, kLayer, "."},
  };
  census.hot_directories = {{".", 301, 64998}, {"odd\n\xFE/lib", 412, std::nullopt}};
  census.fullest_directory = census.hot_directories.front();
  census.filesystem.subdirectory_limit = census.fullest_directory->limit;
  census.saturated = {0, 0, 0};
  census.allocated_bytes = 12884901888;
  census.referenced_bytes = 515396075520;
  census.largest_layers = {{kLayer, 3329228800}, {kOddLayer, 0}};
  census.links_outside_root = 58010;
  census.errors[CensusErrorReason::vanished] = 3;
  census.hot_inodes = dockerHotInodes();
  census.tightest_layers = dockerLayers();
  census.images = {{"app:1", "sha256:5a1e", 28, 61, 60, 11820},
                   {"registry.example/\xFE:2", "sha256:77aa", 6000, 2, 0, 0}};
  census.orphan_layers = 1;
  census.unfinished_layers = {std::string(kLayer) + "/tmproot525452492", "odd\n\xFE/tmproot1"};
  census.image_problems = {"1 layer without a usable cache-id: /x/cache-id: No such file"};
  census.inode_links = {{1, 2, 200, 65000}, {108, 9000, 43000, 44198}, 7205605};
  census.layer_links = {{1, 2, 200, 65000}, {20, 40, 301, 301}, 51200};
  return census;
}

RootReport dockerRoot() {
  RootReport root{"docker", "/var/lib/docker/overlay", succeeded(), dockerCensus()};
  root.status.errors_total = {0, 57, 0, 0, 0, 0};
  return root;
}

RootReport failedRoot() {
  RootReport root;
  root.name = "spool";
  root.path = "/srv/spool";
  root.status.up = false;
  root.status.error = "open /srv/spool: No such file or directory";
  root.status.started = atUnixTime(1795435140);
  root.status.duration_seconds = 0.0004;
  root.status.failures = 12;
  return root;
}

RootReport unlimitedRoot() {
  RootReport root = emptyRoot("backups");
  root.path = "/mnt/backups";
  root.status.in_progress = true;
  root.status.timeouts = 2;
  root.status.errors_total = {8, 0, 1, 0, 0, 0};
  CensusReport& census = *root.census;
  census.layout = "snapshots";
  census.tool = "rsnapshot";
  census.layout_reason = "two levels of NAME.N: daily, ho\nur\xFFly";
  census.series = {{".", 2, "daily.0", {}}};
  census.filesystem = {"nfs4", "filer:/backups", "/mnt/backups", {}, "unknown", {}};
  census.complete = false;
  census.max_links = 30;
  census.layers = 2;
  census.inodes = 100;
  census.multilink_inodes = 90;
  census.names = 190;
  census.directories = 7;
  census.directories_read = 8;
  census.hot_directories = {{"lib", 4, std::nullopt}};
  census.fullest_directory = census.hot_directories.front();
  census.filesystem.subdirectory_limit = census.fullest_directory->limit;
  census.limits = {{Limit::inodes, 250, 1000, 2000, 1000, 4, "daily.0", ""}};
  census.errors[CensusErrorReason::permission] = 2;
  census.errors.example = "daily.0/private\x1b[2J: Permission denied";
  census.hot_inodes = {{7, 30, {}, 2, 28, 2, "daily.0/etc/motd", 286}};
  LayerReport layer{"daily.0", {}, {}, {}, 30, 95, 95, {}, {}};
  layer.inode_links = {{1, 2, 200, 65000}, {5, 94, 95, 95}, 213};
  layer.exclusive_bytes = 5368709120;
  census.tightest_layers = {layer};
  census.allocated_bytes = 107374182400;
  census.referenced_bytes = 204010946560;
  census.largest_layers = {{"daily.1", 6442450944}, {"daily.0", 5368709120}};
  census.inode_links = {{1, 2, 200, 65000}, {10, 99, 100, 100}, 218};
  census.layer_links = {{1, 2, 200, 65000}, {2, 2, 2, 2}, 2};
  return root;
}

LayerReport hostSnapshot(const std::string& name, bool head) {
  LayerReport layer;
  layer.name = name;
  layer.extractions_remaining = 2;
  layer.links_per_extraction = 3;
  layer.binding_inode = 77;
  layer.max_links = 37;
  layer.inodes = 1;
  layer.names = 3;
  layer.inode_links = {{1, 2, 200, 65000}, {0, 0, 1, 1}, 37};
  layer.head = head;
  layer.exclusive_bytes = 0;
  return layer;
}

/// Twelve snapshots of three hosts that share one file: two more fit, but not one of each.
RootReport hostsRoot() {
  RootReport root = emptyRoot("hosts");
  CensusReport& census = *root.census;
  census.layout = "snapshots";
  census.tool = "rsync";
  census.layout_reason = "12 directories in 3 series are copies of each other, named by dates";
  census.series = {{"alpha", 4, "alpha/2024-01-04", 2},
                   {"beta", 4, "beta/2024-01-04", 2},
                   {"gamma", 4, "gamma/2024-01-04", 2}};
  census.rounds_remaining = 0;
  census.filesystem = {"ext4", "/dev/sdd", "/srv", 45, "config", {}};
  census.max_links = 37;
  census.headroom_links = 8;
  census.extractions_remaining = 2;
  census.layers = 12;
  census.inodes = 1;
  census.multilink_inodes = 1;
  census.names = 36;
  census.directories = 15;
  census.directories_read = 16;
  census.first_limit = Limit::links;
  census.limits = {
      {Limit::links, 2, 37, 45, 8, 3, "alpha/2024-01-04", "alpha/2024-01-01/f1"},
      {Limit::inodes, 4000, 24000, 32000, 8000, 2, "alpha/2024-01-04", ""},
  };
  census.hot_directories = {{"alpha", 4, std::nullopt}};
  census.fullest_directory = census.hot_directories.front();
  census.filesystem.subdirectory_limit = census.fullest_directory->limit;
  census.saturated = {0, 0, 0};
  census.allocated_bytes = 4096;
  census.referenced_bytes = 147456;
  census.links_outside_root = 1;
  census.hot_inodes = {{77, 37, 8, 36, 1, 12, "alpha/2024-01-01/f1", 2}};
  for (const char* const host : {"alpha", "beta", "gamma"}) {
    census.tightest_layers.push_back(hostSnapshot(std::string(host) + "/2024-01-04", true));
  }
  census.tightest_layers.push_back(hostSnapshot("alpha/2024-01-01", false));
  census.largest_layers = {{"alpha/2024-01-01", 0}, {"alpha/2024-01-04", 0}};
  census.inode_links = {{1, 2, 200, 65000}, {0, 0, 1, 1}, 37};
  census.layer_links = {{1, 2, 200, 65000}, {0, 0, 12, 12}, 36};
  return root;
}

RootReport storeRoot() {
  RootReport root = emptyRoot("store");
  CensusReport& census = *root.census;
  census.layout = "store";
  census.tool = "nix";
  census.layout_reason = ".links beside 3 store paths is the store of nix";
  census.links_per_user = 6;
  census.advice = "nix-collect-garbage";
  census.filesystem.link_limit = 65000;
  census.filesystem.link_limit_source = "kernel";
  census.max_links = 19;
  census.headroom_links = 64981;
  census.inodes = 1;
  census.multilink_inodes = 1;
  census.names = 19;
  census.directories = 7;
  census.directories_read = 8;
  census.limits = {{Limit::links, {}, 19, 65000, 64981, {}, "", ".links/0001"},
                   {Limit::inodes, {}, 24000, 32000, 8000, {}, "", ""}};
  census.hot_directories = {{"lib", 4, std::nullopt}};
  census.fullest_directory = census.hot_directories.front();
  census.filesystem.subdirectory_limit = census.fullest_directory->limit;
  census.saturated = {0, 0, 0};
  census.allocated_bytes = 0;
  census.referenced_bytes = 0;
  census.hot_inodes = {{88, 19, 64981, 19, 0, 0, ".links/0001", 0}};
  census.inode_links = {{1, 2, 200, 65000}, {0, 0, 1, 1}, 19};
  return root;
}

/// A root of Docker's with 260 directories per layer, on an ext4 with few inodes.
RootReport fewInodesRoot() {
  RootReport root = emptyRoot("small");
  CensusReport& census = *root.census;
  census.layout = "docker-overlay";
  census.tool = "docker";
  census.layout_reason =
      "the storage of Docker's overlay driver: 21 directories have a root in them";
  census.filesystem = {"ext4", "/dev/sde", "/small", 65000, "kernel", 64998};
  census.max_links = 21;
  census.headroom_links = 64979;
  census.extractions_remaining = 67;
  census.first_limit = Limit::inodes;
  census.limits = {
      {Limit::links, 64979, 21, 65000, 64979, 1, "base", "base/root/etc/motd"},
      {Limit::inodes, 67, 6000, 24000, 18000, 267, "base", ""},
      {Limit::space, 81, 104857600, 196083712, 91226112, 1117184, "base", ""},
  };
  census.layers = 21;
  census.inodes = 400;
  census.multilink_inodes = 400;
  census.names = 8400;
  census.directories = 5500;
  census.directories_read = 5501;
  census.hot_directories = {{"base/root/usr", 40, std::nullopt}};
  census.fullest_directory = census.hot_directories.front();
  census.filesystem.subdirectory_limit = census.fullest_directory->limit;
  census.saturated = {0, 0, 0};
  census.hot_inodes = {{5, 21, 64979, 21, 0, 21, "base/root/etc/motd", 286}};
  LayerReport layer{"base", 67, 1, {}, 21, 400, 400, {}, {}};
  layer.inode_links = {{1, 2, 200, 65000}, {0, 0, 400, 400}, 8400};
  census.tightest_layers = {layer};
  census.inode_links = {{1, 2, 200, 65000}, {0, 0, 400, 400}, 8400};
  census.layer_links = {{1, 2, 200, 65000}, {21, 21, 21, 21}, 21};
  return root;
}

/// Snapshots on a disk that is nearly full.
RootReport fullDiskRoot() {
  RootReport root = emptyRoot("disk");
  CensusReport& census = *root.census;
  census.layout = "snapshots";
  census.tool = "rsync";
  census.layout_reason = "2 directories are copies of each other, named by dates";
  census.series = {{".", 2, "2024-01-02", 1}};
  census.rounds_remaining = 1;
  census.filesystem = {"ext4", "/dev/sdf", "/disk", 65000, "kernel", 64998};
  census.max_links = 2;
  census.headroom_links = 64998;
  census.extractions_remaining = 1;
  census.first_limit = Limit::space;
  census.limits = {
      {Limit::links, 64998, 2, 65000, 64998, 1, "2024-01-02", "2024-01-01/motd"},
      {Limit::inodes, 300, 2000, 62000, 60000, 200, "2024-01-02", ""},
      {Limit::space, 1, 1072693248, 1073741824, 1048576, 823296, "2024-01-02", ""},
      {Limit::subdirectories, 64996, 2, 64998, 64996, 1, "2024-01-02", "."},
  };
  census.layers = 2;
  census.inodes = 500;
  census.multilink_inodes = 500;
  census.names = 1000;
  census.directories = 400;
  census.directories_read = 401;
  census.hot_directories = {{".", 2, 64998}};
  census.fullest_directory = census.hot_directories.front();
  census.filesystem.subdirectory_limit = census.fullest_directory->limit;
  census.saturated = {0, 0, 0};
  census.hot_inodes = {{6, 2, 64998, 2, 0, 2, "2024-01-01/motd", 286}};
  LayerReport layer{"2024-01-02", 1, 1, {}, 2, 500, 500, {}, {}};
  layer.inode_links = {{1, 2, 200, 65000}, {0, 500, 500, 500}, 1000};
  census.tightest_layers = {layer};
  census.inode_links = {{1, 2, 200, 65000}, {0, 500, 500, 500}, 1000};
  census.layer_links = {{1, 2, 200, 65000}, {2, 2, 2, 2}, 2};
  return root;
}

/// A store in which four files are full, one of which is empty.
RootReport fullFilesRoot() {
  RootReport root = emptyRoot("pool");
  CensusReport& census = *root.census;
  census.layout = "store";
  census.tool = "unknown";
  census.layout_reason = "the files of pool have names elsewhere";
  census.links_per_user = 2;
  census.filesystem = {"ext4", "/dev/sdg", "/pool", 50, "config", {}};
  census.max_links = 50;
  census.headroom_links = 0;
  census.limits = {{Limit::links, {}, 50, 50, 0, {}, "", "pool/empty"}};
  census.inodes = 5;
  census.multilink_inodes = 5;
  census.names = 223;
  census.directories = 300;
  census.directories_read = 301;
  census.hot_directories = {{".runs/r", 300, std::nullopt}};
  census.fullest_directory = census.hot_directories.front();
  census.filesystem.subdirectory_limit = census.fullest_directory->limit;
  census.saturated = {4, 1, 12288};
  census.allocated_bytes = 16384;
  census.referenced_bytes = 708608;
  census.hot_inodes = {{90, 50, 0, 50, 0, 0, "pool/empty", 0}, {91, 50, 0, 50, 0, 0, "pool/m", 2}};
  census.inode_links = {{1, 2, 200, 65000}, {0, 0, 5, 5}, 223};
  return root;
}

/// A btrfs without extended references, one directory of which takes no more names of a file.
RootReport fullNamesRoot() {
  RootReport root = emptyRoot("btrfs");
  CensusReport& census = *root.census;
  census.filesystem = {"btrfs", "/dev/sdh", "/btrfs", 65535, "kernel", {}};
  census.max_links = 904;
  census.headroom_links = 64631;
  census.limits = {{Limit::links, {}, 904, 65535, 64631, {}, "", "d/0000xxxx"},
                   {Limit::names_per_directory, {}, 16254, 16258, 4, {}, "", "d\xFF", 18}};
  census.inodes = 1;
  census.multilink_inodes = 1;
  census.names = 904;
  census.directories = 2;
  census.directories_read = 3;
  census.hot_directories = {{".", 2, std::nullopt}};
  census.fullest_directory = census.hot_directories.front();
  census.filesystem.subdirectory_limit = census.fullest_directory->limit;
  census.saturated = {0, 0, 0};
  census.hot_inodes = {{257, 904, 64631, 904, 0, 0, "d/0000xxxx", 1}};
  census.inode_links = {{1, 2, 200, 65000}, {0, 0, 0, 1}, 904};
  return root;
}

/// Exponential buckets as if every value were the bound of its bucket.
void addNative(Histogram& histogram) {
  std::uint64_t below = 0;
  for (std::size_t i = 0; i < histogram.cumulative.size(); ++i) {
    const std::uint64_t value =
        i < histogram.bounds.size() ? histogram.bounds[i] : 2 * histogram.bounds.back();
    histogram.native.add(value, histogram.cumulative[i] - below);
    below = histogram.cumulative[i];
  }
}

}  // namespace

Report literalReport() {
  Report report{{dockerRoot(), failedRoot(), unlimitedRoot(), hostsRoot(), storeRoot(),
                 fewInodesRoot(), fullDiskRoot(), fullFilesRoot(), fullNamesRoot()}};
  for (RootReport& root : report.roots) {
    if (root.census) {
      addNative(root.census->inode_links);
      addNative(root.census->layer_links);
      for (LayerReport& layer : root.census->tightest_layers) {
        addNative(layer.inode_links);
      }
    }
  }
  return report;
}

RootReport emptyRoot(const std::string& name) {
  RootReport root{name, "/srv/" + name, succeeded(), CensusReport{}};
  root.census->layout = "none";
  root.census->tool = "none";
  root.census->layout_reason = "nothing in it is a copy of anything else in it";
  root.census->engine = "walk";
  root.census->filesystem.type = "ext4";
  root.census->filesystem.link_limit_source = "unknown";
  root.census->complete = true;
  return root;
}

ReloadStatus literalReload() { return {true, atUnixTime(1795430000), std::chrono::minutes(5)}; }

ProcessFigures literalProcess() {
  ProcessFigures figures;
  figures.cpu_seconds = 12.34;
  figures.open_fds = 9;
  figures.max_fds = 1024;
  figures.virtual_memory_bytes = 123456789;
  figures.virtual_memory_max_bytes = 18446744073709551615U;
  figures.resident_memory_bytes = 9876543;
  figures.start_time_seconds = 1795430000.25;
  figures.threads = 7;
  return figures;
}

SystemTime atUnixTime(double seconds) {
  const std::chrono::duration<double> since_epoch(seconds);
  return SystemTime(std::chrono::duration_cast<SystemTime::duration>(since_epoch));
}

std::vector<std::string> linesStarting(const std::string& text, std::string_view start) {
  std::vector<std::string> found;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with(start)) {
      found.push_back(line);
    }
  }
  return found;
}

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

}  // namespace hardlink
