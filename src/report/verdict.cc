#include "report/verdict.h"

#include <algorithm>
#include <limits>
#include <tuple>
#include <utility>

namespace hardlink {
namespace {

using std::chrono::duration_cast;
using std::chrono::seconds;

bool fewerThan(std::int64_t figure, const std::optional<std::uint64_t>& threshold) {
  return threshold && (figure < 0 || static_cast<std::uint64_t>(figure) < *threshold);
}

VerdictState judged(std::int64_t figure, const std::optional<std::uint64_t>& warning,
                    const std::optional<std::uint64_t>& critical) {
  if (fewerThan(figure, critical)) {
    return VerdictState::critical;
  }
  return fewerThan(figure, warning) ? VerdictState::warning : VerdictState::ok;
}

/// Why the figures of this root say nothing about now; empty where they do.
std::string staleness(const RootReport& root, const Freshness& freshness) {
  const CensusStatus& status = root.status;
  if (!status.up) {
    return "the first census has not ended";
  }
  if (!*status.up) {
    return status.error.empty() ? "the last census failed" : status.error;
  }
  if (!root.census || !status.last_success) {
    return "no figures";
  }
  const auto age = duration_cast<seconds>(freshness.now - *status.last_success);
  if (age > freshness.max_age) {
    return "the figures are " + std::to_string(age.count()) + " s old, more than " +
           std::to_string(freshness.max_age.count()) + " s";
  }
  if (-age > freshness.max_age) {
    return "the figures are dated " + std::to_string(-age.count()) +
           " s in the future: a clock is wrong";
  }
  return {};
}

/// What the thresholds ask for and the census does not know; empty where it knows all.
std::string missingFigure(const CensusReport& census, const Thresholds& thresholds) {
  const bool no_layers = thresholds.judgesLayers() && !census.extractions_remaining;
  const bool no_headroom = thresholds.judgesLinks() && !census.headroom_links;
  if (!no_layers && !no_headroom) {
    return {};
  }
  if (!census.filesystem.link_limit) {
    return "the link limit is unknown";
  }
  if (no_headroom) {
    return "the headroom is unknown";
  }
  return census.layers == 0 ? "no layers" : "no regular file in any layer";
}

VerdictState judged(const CensusReport& census, const Thresholds& thresholds) {
  VerdictState state = VerdictState::ok;
  if (census.extractions_remaining) {
    constexpr std::uint64_t kMost = std::numeric_limits<std::int64_t>::max();
    const auto layers = static_cast<std::int64_t>(std::min(*census.extractions_remaining, kMost));
    state = judged(layers, thresholds.warning_layers, thresholds.critical_layers);
  }
  if (census.headroom_links) {
    state = std::max(
        state, judged(*census.headroom_links, thresholds.warning_links, thresholds.critical_links));
  }
  return state;
}

void append(std::string& remark, const std::string& more) {
  remark += (remark.empty() || more.empty() ? "" : ", ") + more;
}

RootVerdict verdictOn(const RootReport& root, const Thresholds& thresholds,
                      const Freshness& freshness) {
  RootVerdict verdict;
  verdict.root = root.name;
  verdict.remark = staleness(root, freshness);
  if (!verdict.remark.empty()) {
    return verdict;
  }
  const CensusReport& census = *root.census;
  verdict.extractions_remaining = census.extractions_remaining;
  verdict.headroom_links = census.headroom_links;
  verdict.link_limit = census.filesystem.link_limit;
  append(verdict.remark, missingFigure(census, thresholds));
  append(verdict.remark, census.complete ? "" : "some directories could not be read");
  verdict.state = judged(census, thresholds);
  if (verdict.state == VerdictState::ok && !verdict.remark.empty()) {
    verdict.state = VerdictState::unknown;
  }
  return verdict;
}

/// Whether `a` is to be told before `b`.
bool before(const RootVerdict& a, const RootVerdict& b) {
  const auto rank = [](const RootVerdict& verdict) {
    return std::tuple(
        verdict.extractions_remaining.value_or(std::numeric_limits<std::uint64_t>::max()),
        verdict.headroom_links.value_or(std::numeric_limits<std::int64_t>::max()));
  };
  return a.state != b.state ? a.state > b.state : rank(a) < rank(b);
}

}  // namespace

Verdict verdictOn(const Report& report, const Thresholds& thresholds, const Freshness& freshness) {
  Verdict verdict;
  verdict.thresholds = thresholds;
  for (const RootReport& root : report.roots) {
    verdict.roots.push_back(verdictOn(root, thresholds, freshness));
  }
  std::stable_sort(verdict.roots.begin(), verdict.roots.end(), before);
  if (verdict.roots.empty()) {
    verdict.remark = "no roots";
    return verdict;
  }
  verdict.state = verdict.roots.front().state;
  return verdict;
}

Verdict unknownVerdict(std::string remark) {
  Verdict verdict;
  verdict.remark = std::move(remark);
  return verdict;
}

}  // namespace hardlink
