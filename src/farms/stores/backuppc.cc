// BackupPC 3 links the files of pc/HOST/N to files with the same contents in pool/ or cpool/. If a
// file of the pool has HardLinkMax links, BackupPC begins another file of the same contents.
// BackupPC 4 counts references and makes no links.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

#include "base/clean_path.h"
#include "base/text.h"
#include "farms/stores/kinds.h"

namespace hardlink {
namespace {

constexpr std::uint64_t kDefaultHardLinkMax = 31'999;

/// Whether one of the first `names_left` names in `pool` is a file with several links.
bool hasLinkedFile(const Directory& directory, const std::string& pool, std::size_t& names_left) {
  for (const std::string& name : directory.names(pool, names_left)) {
    if (names_left == 0) {
      return false;
    }
    --names_left;
    const std::string path = pathIn(pool, name);
    const auto status = directory.status(path);
    if (!status) {
      continue;
    }
    if (status->type == os::FileType::regular && status->links > 1) {
      return true;
    }
    if (status->type == os::FileType::directory && hasLinkedFile(directory, path, names_left)) {
      return true;
    }
  }
  return false;
}

/// The value that config.pl assigns last, without quotes, as in `$Conf{HardLinkMax} = 31999;`.
std::string settingIn(const std::string& config, const std::string& name) {
  const std::string key = fmt::format("$Conf{{{}}}", name);
  std::string value;
  for (const std::string_view whole : linesOf(config)) {
    const std::string_view line = trimmed(whole, " \t");
    const std::size_t assign = line.find('=');
    if (line.starts_with(key) && assign != std::string_view::npos) {
      value = trimmed(line.substr(assign + 1, line.find(';') - assign - 1), " \t'\"");
    }
  }
  return value;
}

/// HardLinkMax from the configuration of this directory. Older versions keep it in the directory,
/// the packages of distributions in /etc.
std::uint64_t hardLinkMax(const Directory& directory) {
  std::string config = directory.contents("conf/config.pl").value_or("");
  for (const char* const path : {"/etc/backuppc/config.pl", "/etc/BackupPC/config.pl"}) {
    if (config.empty()) {
      config = contentsOfFile(path).value_or("");
      config = directory.isAt(settingIn(config, "TopDir")) ? config : "";
    }
  }
  const auto limit = parseWhole<std::uint64_t>(settingIn(config, "HardLinkMax"));
  return limit.value_or(0) > 0 ? *limit : kDefaultHardLinkMax;
}

/// A line of pc/HOST/backups.
struct Backup {
  bool full = true;
  bool partial = false;
  bool needed = false;  ///< the next backup holds only changes since this one
};

std::vector<std::string> fieldsOf(std::string_view line) {
  std::vector<std::string> fields;
  while (true) {
    const std::size_t tab = line.find('\t');
    fields.emplace_back(line.substr(0, tab));
    if (tab == std::string_view::npos) {
      return fields;
    }
    line.remove_prefix(tab + 1);
  }
}

/// The backups in pc/HOST/backups by number. Its lines are `num type … noFill (17) …`, in the order
/// in which the backups were made.
std::map<std::string, Backup> backupsOf(const std::string& text) {
  constexpr std::size_t kNoFill = 17;
  std::map<std::string, Backup> backups;
  Backup* previous = nullptr;
  for (const std::string_view line : linesOf(text)) {
    const auto fields = fieldsOf(line);
    if (fields.size() < 2) {
      continue;
    }
    Backup backup{.full = fields[1] == "full", .partial = fields[1] == "partial"};
    const bool filled = backup.full || (fields.size() > kNoFill && fields[kNoFill] == "0");
    if (previous != nullptr && !filled) {
      previous->needed = true;
    }
    previous = &(backups[fields[0]] = backup);
  }
  return backups;
}

/// The backups of a host. Those that are not in its list count as full.
ClaimedSeries seriesOf(const Directory& directory, const std::string& host) {
  const std::string holder = "pc/" + host;
  ClaimedSeries series{.name = directory.below(holder), .layers = {}};
  const auto backups = backupsOf(directory.contents(holder + "/backups").value_or(""));
  for (const std::string& number : directory.subdirectories(holder)) {
    if (number.find_first_not_of("0123456789") != std::string::npos) {
      continue;
    }
    const std::string path = directory.below(pathIn(holder, number));
    ClaimedLayer layer{path, path};
    if (const auto found = backups.find(number); found != backups.end()) {
      layer.unfinished = found->second.partial;
      layer.no_head = !found->second.full;
      layer.expiry = found->second.needed
                         ? "FullKeepCnt or IncrKeepCnt, once the backups that build on it have gone"
                         : "";
    }
    series.layers.push_back(std::move(layer));
  }
  return series;
}

std::optional<Claim> claimBackupPc(const Directory& directory) {
  constexpr std::size_t kMostPoolNames = 4096;
  if (!directory.hasDirectory("pc")) {
    return std::nullopt;
  }
  static constexpr std::array<const char*, 2> kPools = {"cpool", "pool"};
  const bool has_pool = std::any_of(kPools.begin(), kPools.end(), [&](const char* pool) {
    std::size_t names_left = kMostPoolNames;
    return hasLinkedFile(directory, pool, names_left);
  });
  if (!has_pool) {
    return std::nullopt;
  }
  Claim claim{.evidence = "pc/HOST/N beside a pool of files with several links"};
  for (const std::string& host : directory.subdirectories("pc")) {
    if (ClaimedSeries series = seriesOf(directory, host); !series.layers.empty()) {
      claim.series.push_back(std::move(series));
    }
  }
  if (claim.series.empty()) {
    return std::nullopt;
  }
  claim.link_limit = hardLinkMax(directory);
  return claim;
}

/// Removes …/pc/HOST/N. The program is part of BackupPC 4, which removes backups of version 3 too.
/// It does not check whether an incremental backup needs this one.
Removal removeBackupPc(const std::string& /*root*/, const ClaimedLayer& layer) {
  if (!layer.expiry.empty()) {
    return {.expiry = layer.expiry};
  }
  const std::size_t number = layer.snapshot.rfind('/') + 1;
  const std::size_t host = layer.snapshot.rfind('/', number - 2) + 1;
  return {.command = {"BackupPC_backupDelete", "-h", layer.snapshot.substr(host, number - 1 - host),
                      "-n", layer.snapshot.substr(number)}};
}

}  // namespace

const Kind kBackupPc = {.tool = Tool::backuppc,
                        .layout = Layout::store,
                        .at_limit = AtLimit::copies,
                        .claim = claimBackupPc,
                        .removal = removeBackupPc};

}  // namespace hardlink
