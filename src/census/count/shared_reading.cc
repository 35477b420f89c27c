#include "census/count/shared_reading.h"

#include <algorithm>
#include <utility>

namespace hardlink {

void PartPool::endUnit() {
  const std::lock_guard lock(mutex_);
  --units_left_;
  changed_.notify_all();
}

std::optional<UnitPart> PartPool::take(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  ++waiting_;
  updateWanted();
  const auto is_over = [&] { return stop.stop_requested() || units_left_ == 0; };
  (void)changed_.wait(lock, stop, [&] { return !parts_.empty() || is_over(); });
  std::optional<UnitPart> part;
  if (!is_over()) {
    part = std::move(parts_.back());
    parts_.pop_back();
    ++part->reading->readers_;
  }
  --waiting_;
  updateWanted();
  return part;
}

void PartPool::updateWanted() {
  wanted_.store(waiting_ > parts_.size(), std::memory_order_relaxed);
}

SharedReading::~SharedReading() {
  cancel();
  std::unique_lock lock(context_.parts.mutex_);
  context_.parts.changed_.wait(lock, [this] {
    while (takeOwn()) {
    }
    return readers_ == 0;
  });
}

void SharedReading::give(UnitPart part) {
  part.reading = this;
  PartPool& pool = context_.parts;
  const std::lock_guard lock(pool.mutex_);
  pool.parts_.push_back(std::move(part));
  owner_waits_.store(false, std::memory_order_relaxed);
  pool.updateWanted();
  pool.changed_.notify_all();
}

void SharedReading::add(UnitTally& tally) {
  const std::lock_guard lock(mutex_);
  if (!merged_) {
    merged_.emplace(context_, singles_of_merged_);
  }
  merged_->absorb(tally);
}

void SharedReading::endPart() {
  PartPool& pool = context_.parts;
  const std::lock_guard lock(pool.mutex_);
  --readers_;
  // With the lock: without it, the owner may destroy the reading, and the census, before this ends.
  pool.changed_.notify_all();
}

std::optional<UnitPart> SharedReading::takeBack() {
  std::unique_lock lock(context_.parts.mutex_);
  for (;;) {
    auto part = takeOwn();
    if (part || readers_ == 0) {
      owner_waits_.store(false, std::memory_order_relaxed);
      return part;
    }
    owner_waits_.store(true, std::memory_order_relaxed);
    context_.parts.changed_.wait(lock);
  }
}

void SharedReading::addTo(UnitTally& tally) {
  if (merged_) {
    tally.absorb(*merged_);
    merged_.reset();
  }
}

/// A part of this unit that no thread has taken yet.
std::optional<UnitPart> SharedReading::takeOwn() {
  std::vector<UnitPart>& parts = context_.parts.parts_;
  const auto own = std::find_if(parts.begin(), parts.end(),
                                [this](const UnitPart& part) { return part.reading == this; });
  if (own == parts.end()) {
    return std::nullopt;
  }
  std::optional<UnitPart> part = std::move(*own);
  parts.erase(own);
  context_.parts.updateWanted();
  return part;
}

}  // namespace hardlink
