#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/os/fd.h"
#include "census/count/engine.h"
#include "census/count/hot_inodes.h"
#include "census/ext4/ext4_inode_map.h"
#include "census/ext4/ext4_watch.h"
#include "census/ext4/hidden_directories.h"
#include "census/refresh/unit_memory.h"
#include "model/counts.h"

namespace hardlink {

/// The engine that reads ext4's own metadata (ext2 and ext3 too) from the block device of a mounted
/// filesystem. For one root; one call at a time.
class Ext4Engine : public CensusEngine {
 public:
  /// Opens the device of `filesystem` for reading. Fails if that is not allowed, or if libext2fs
  /// does not know the filesystem; the error says what was tried.
  [[nodiscard]] static Result<std::unique_ptr<Ext4Engine>> open(const FilesystemInfo& filesystem);

  [[nodiscard]] std::string_view name() const override { return "ext4"; }
  [[nodiscard]] Result<RootCounts> count(const CensusRequest& request,
                                         const FilesystemInfo& filesystem, CensusProgress& progress,
                                         const std::stop_token& stop) override;

  /// The present link counts of inodes of the last count(), as Ext4Watch::readLinks().
  [[nodiscard]] Result<LinksNow> readLinks(const std::vector<std::uint64_t>& buckets,
                                           double max_duty, const std::stop_token& stop) {
    return watch_.readLinks(buckets, max_duty, stop);
  }

  [[nodiscard]] dev_t deviceNumber() const { return device_number_; }
  /// Inode slots that a pass has to read, when the device was opened.
  [[nodiscard]] std::uint64_t usedSlots() const { return used_slots_; }

 private:
  Ext4Engine(Fd device, dev_t device_number, std::uint64_t used_slots)
      : device_(std::move(device)), device_number_(device_number), used_slots_(used_slots) {}

  Fd device_;
  dev_t device_number_;
  std::uint64_t used_slots_;
  Ext4Watch watch_;

  UnitMemory memory_;
  std::string mount_state_;  // of the census before, as is what follows
  HiddenDirectories hidden_;
};

}  // namespace hardlink
