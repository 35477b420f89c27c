#include "farms/snapshots/snapshot_order.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "base/clean_path.h"
#include "farms/snapshots/snapshot_name.h"

namespace hardlink {
namespace {

using Time = SnapshotAge::Time;
using Clock = std::optional<Time> SnapshotAge::*;

/// A directory of a series. `rank` is its place by name; names of equal age have equal ranks.
struct Member {
  std::size_t index = 0;
  const SnapshotAge* age = nullptr;
  SnapshotName name;
  std::size_t rank = 0;
  Time made{};

  /// The later of birth and modification.
  [[nodiscard]] Time laterTime() const {
    return std::max(age->born.value_or(Time::min()), age->modified.value_or(Time::min()));
  }
};

using Members = std::vector<Member>;

enum class Direction : std::uint8_t { forwards, backwards };

std::vector<std::size_t> indicesOf(const Members& members) {
  std::vector<std::size_t> indices;
  for (const Member& member : members) {
    indices.push_back(member.index);
  }
  return indices;
}

/// Sorts by `key`; equal members keep their order.
template <class Key>
void sortBy(Members& members, Key key) {
  std::stable_sort(members.begin(), members.end(),
                   [&](const Member& a, const Member& b) { return key(a) < key(b); });
}

/// Whether a clock agrees with the ranks of members. These are sorted by rank.
struct Agreement {
  bool known = true;          ///< every member has a time
  bool contradicted = false;  ///< a member of lower rank has a later time than another
  bool confirmed = false;     ///< a member of lower rank has an earlier time
  bool distinct = true;       ///< every member of lower rank has an earlier time

  [[nodiscard]] bool agrees() const { return known && !contradicted; }
  [[nodiscard]] bool supports() const { return confirmed && agrees(); }
};

Agreement agreementOf(const Members& members, Clock clock) {
  Agreement agreement;
  std::optional<Time> earliest;  // of lower ranks
  std::optional<Time> latest;
  for (std::size_t begin = 0, end = 0; begin < members.size(); begin = end) {
    std::optional<Time> group_earliest = earliest;
    std::optional<Time> group_latest = latest;
    for (; end < members.size() && members[end].rank == members[begin].rank; ++end) {
      const std::optional<Time>& time = members[end].age->*clock;
      agreement.known = agreement.known && time.has_value();
      agreement.distinct = agreement.distinct && time && (!latest || *latest < *time);
      if (time) {
        agreement.contradicted = agreement.contradicted || (latest && *latest > *time);
        agreement.confirmed = agreement.confirmed || (earliest && *earliest < *time);
        group_earliest = std::min(group_earliest.value_or(*time), *time);
        group_latest = std::max(group_latest.value_or(*time), *time);
      }
    }
    earliest = group_earliest;
    latest = group_latest;
  }
  return agreement;
}

/// Ranks members by the dates or numbers in their names, and sorts them by rank.
void rankByName(Members& members, Direction direction) {
  const auto key = [](const Member& member) {
    return std::tie(member.name.date, member.name.number);
  };
  sortBy(members, key);
  if (direction == Direction::backwards) {
    std::reverse(members.begin(), members.end());
  }
  for (std::size_t i = 0; i < members.size(); ++i) {
    members[i].rank =
        i == 0 ? 0 : members[i - 1].rank + (key(members[i - 1]) == key(members[i]) ? 0 : 1);
  }
}

/// One series: its members in order, and the conflict if names and times contradict each other.
class OrderedSeries {
 public:
  OrderedSeries(Members members, OrderChoice choice) : members_(std::move(members)) {
    sortBy(members_, [](const Member& member) { return member.age->path; });
    const bool has_scheme = members_.front().name.scheme != NameScheme::none;
    if (choice == OrderChoice::time || !has_scheme) {
      orderByTime(choice == OrderChoice::name);
    } else {
      orderByName(choice == OrderChoice::automatic);
    }
  }

  [[nodiscard]] const Members& members() const { return members_; }
  [[nodiscard]] std::size_t older() const { return older_; }
  [[nodiscard]] const std::optional<UncertainOrder>& conflict() const { return conflict_; }

 private:
  /// Orders by times alone. With `unordered` no member counts as older than another.
  void orderByTime(bool unordered) {
    for (Member& member : members_) {
      member.name = {};
      member.made = member.laterTime();
    }
    finish();
    older_ = unordered ? 0 : older_;
  }

  void orderByName(bool check) {
    chooseDirection(check);
    const Agreement modified = agreementOf(members_, &SnapshotAge::modified);
    const Agreement born = agreementOf(members_, &SnapshotAge::born);
    if (check && !conflict_ && !modified.agrees() && !born.agrees() && members_.size() > 1) {
      conflict_ = UncertainOrder{"names", indicesOf(members_), "times", byLaterTime()};
    }
    // Takes the times that agree with the names. If both agree, modification times that all differ
    // are better, since births on a copied disk show the order of copying.
    const bool by_modified = modified.agrees() && (modified.distinct || !born.agrees());
    const bool by_born = born.agrees() && !modified.agrees();
    for (Member& member : members_) {
      member.made = by_modified ? *member.age->modified
                    : by_born   ? *member.age->born
                                : member.laterTime();
    }
    finish();
  }

  /// Dates ascend. NAME.N counts backwards if there is a NAME.0. Other numbers follow the times.
  void chooseDirection(bool check) {
    const NameScheme scheme = members_.front().name.scheme;
    const bool has_zero = std::any_of(members_.begin(), members_.end(), [](const Member& member) {
      return member.name.number.first == 0;
    });
    if (scheme == NameScheme::date || (scheme == NameScheme::counted && has_zero)) {
      rankByName(members_, scheme == NameScheme::date ? Direction::forwards : Direction::backwards);
      return;
    }
    rankByName(members_, Direction::backwards);
    const Clock down = confirmingClock();
    rankByName(members_, Direction::forwards);
    const Clock up = confirmingClock();
    if (check && up != nullptr && down != nullptr) {
      conflict_ = UncertainOrder{up == &SnapshotAge::modified ? "modification times" : "births",
                                 indicesOf(members_),
                                 down == &SnapshotAge::modified ? "modification times" : "births",
                                 {}};
      rankByName(members_, Direction::backwards);
      conflict_->second = indicesOf(members_);
    } else if (down != nullptr && up == nullptr) {
      rankByName(members_, Direction::backwards);
    }
  }

  /// A clock that confirms the order of the ranks; null if none does.
  [[nodiscard]] Clock confirmingClock() const {
    for (const Clock clock : {&SnapshotAge::modified, &SnapshotAge::born}) {
      if (agreementOf(members_, clock).supports()) {
        return clock;
      }
    }
    return nullptr;
  }

  [[nodiscard]] std::vector<std::size_t> byLaterTime() const {
    Members members = members_;
    sortBy(members, [](const Member& member) { return member.laterTime(); });
    return indicesOf(members);
  }

  void finish() {
    const auto key = [](const Member& member) { return std::tie(member.rank, member.made); };
    sortBy(members_, key);
    older_ = static_cast<std::size_t>(
        std::find_if(members_.begin(), members_.end(),
                     [&](const Member& member) { return key(member) == key(members_.back()); }) -
        members_.begin());
  }

  Members members_;
  std::size_t older_ = 0;
  std::optional<UncertainOrder> conflict_;
};

/// The series among the directories of one parent.
std::vector<Members> seriesOf(const Members& siblings) {
  std::map<std::pair<NameScheme, std::string>, Members> by_scheme;
  Members rest;
  for (const Member& member : siblings) {
    if (member.name.scheme == NameScheme::none) {
      rest.push_back(member);
    } else {
      by_scheme[{member.name.scheme, member.name.frame}].push_back(member);
    }
  }
  std::vector<Members> series;
  for (const auto& [scheme, members] : by_scheme) {
    if (members.size() > 1) {
      series.push_back(members);
    } else if (scheme.first == NameScheme::number) {
      rest.push_back(members.front());
      rest.back().name.scheme = NameScheme::none;
    }
  }
  if (series.empty() && !rest.empty()) {
    series.push_back(std::move(rest));
  }
  return series;
}

/// The snapshots that certainly are not the newest of their series. The oldest of all series comes
/// first, and each series keeps its order.
std::vector<std::size_t> removableOf(const std::vector<OrderedSeries>& all) {
  std::vector<std::size_t> counts;
  counts.reserve(all.size());
  for (const OrderedSeries& series : all) {
    counts.push_back(series.older());
  }
  const auto age = [&](std::size_t series, std::size_t place) {
    const Member& member = all[series].members()[place];
    const bool dated = member.name.scheme == NameScheme::date;
    return std::pair(dated ? member.name.date : member.made, member.age->path);
  };
  std::vector<std::size_t> removable;
  for (const auto& [series, place] : mergeByAge(counts, age)) {
    removable.push_back(all[series].members()[place].index);
  }
  return removable;
}

}  // namespace

SnapshotOrder orderSnapshots(const std::vector<SnapshotAge>& snapshots, OrderChoice choice) {
  std::map<std::string_view, Members> by_parent;
  for (std::size_t i = 0; i < snapshots.size(); ++i) {
    const std::string_view leaf = leafOf(snapshots[i].path);
    if ((snapshots[i].born || snapshots[i].modified) && !isNoSnapshotName(leaf)) {
      by_parent[parentOf(snapshots[i].path)].push_back(
          {i, &snapshots[i], parseSnapshotName(leaf), 0, {}});
    }
  }
  SnapshotOrder order;
  order.made.resize(snapshots.size());
  std::vector<OrderedSeries> all;
  for (const auto& [parent, siblings] : by_parent) {
    for (Members& members : seriesOf(siblings)) {
      all.emplace_back(std::move(members), choice);
    }
  }
  for (const OrderedSeries& series : all) {
    order.series.push_back({indicesOf(series.members()), series.older()});
    for (const Member& member : series.members()) {
      order.made[member.index] = member.made;
    }
    order.conflict = order.conflict ? order.conflict : series.conflict();
  }
  if (!order.conflict) {
    order.removable = removableOf(all);
  }
  return order;
}

}  // namespace hardlink
