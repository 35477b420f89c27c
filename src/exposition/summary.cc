#include "exposition/summary.h"

#include <algorithm>

#include "base/time.h"
#include "exposition/phrases.h"
#include "report/alarms.h"

namespace hardlink {
namespace {

/// `more` as the next sentence of `text`.
void append(std::string& text, const std::string& more) {
  const bool both = !text.empty() && !more.empty();
  text += (both ? (text.ends_with('.') ? " " : ". ") : "") + (both ? capitalized(more) : more);
}

/// One root, whose figures are stale or not.
class Summarizer {
 public:
  Summarizer(const RootReport& root, bool stale)
      : root_(root),
        status_(root.status),
        failed_(status_.up == false && !status_.interrupted),
        stale_(stale) {}

  [[nodiscard]] Summary summary() const {
    return {state(), level(), headline(), note(), alarmsOf(root_, stale_), order()};
  }

 private:
  [[nodiscard]] std::string state() const;
  [[nodiscard]] Severity level() const;
  [[nodiscard]] std::string headline() const;
  [[nodiscard]] std::string margin(std::uint64_t layers) const;
  [[nodiscard]] std::string headroom() const;
  [[nodiscard]] std::string note() const;
  [[nodiscard]] std::string limits() const;
  [[nodiscard]] std::string doubts() const;
  [[nodiscard]] std::uint64_t order() const;
  [[nodiscard]] std::uint64_t orderOfLevel() const;

  /// Whether the figures are those of an earlier time.
  [[nodiscard]] bool lastKnown() const { return failed_ || stale_; }
  /// Whether there may be more links than the figures say.
  [[nodiscard]] bool partial() const {
    return status_.interrupted || (root_.census && !root_.census->complete);
  }

  const RootReport& root_;
  const CensusStatus& status_;
  const bool failed_;
  const bool stale_;
};

std::string Summarizer::state() const {
  if (!status_.up) {
    return status_.in_progress ? "first census running" : "no census yet";
  }
  if (status_.interrupted) {
    return "interrupted";
  }
  if (failed_) {
    return "census failed";
  }
  if (stale_) {
    return "stale";
  }
  return partial() ? "incomplete" : "up";
}

Severity Summarizer::level() const {
  if (!root_.census) {
    return Severity::unknown;
  }
  const Severity severity = severityOf(*root_.census);
  // Little room is a reason to act all the same; plenty of it is not certain.
  const bool certain = !lastKnown() && !partial();
  return severity == Severity::fine && !certain ? Severity::unknown : severity;
}

std::string Summarizer::headline() const {
  if (!root_.census) {
    return failed_ ? "no figures: no census has succeeded" : "no figures yet";
  }
  const CensusReport& census = *root_.census;
  if (!census.extractions_remaining && status_.interrupted && isLayered(census)) {
    return "not known: no " + std::string(layerWords(census.layout).one) +
           " had been read to its end";
  }
  if (!census.headroom_links || !census.filesystem.link_limit) {
    return "the link limit is unknown: link_limit in the configuration or --link-limit gives it";
  }
  const std::string at_most = partial() ? "at most " : "";
  return (lastKnown() ? "last known: " : "") + at_most +
         (census.extractions_remaining ? margin(*census.extractions_remaining) : headroom());
}

std::string Summarizer::margin(std::uint64_t layers) const {
  const CensusReport& census = *root_.census;
  const LayerWords words = layerWords(census.layout);
  std::string text = thousands(layers) + " more ";
  text += layers == 1 ? words.one : words.many;
  if (lastKnown() || partial()) {
    text += layers == 1 ? " fits" : " fit";
  } else {
    text += layers == 1 ? " is sure to fit" : " are sure to fit";
  }
  const std::string rounds = roundsText(census.rounds_remaining, census.series.size());
  return rounds.empty() ? text : text + ", " + rounds;
}

std::string Summarizer::headroom() const {
  const CensusReport& census = *root_.census;
  const std::string text = thousands(*census.headroom_links) + " of " +
                           counted(*census.filesystem.link_limit, "link", "links") + " left";
  // The note has the details.
  if (exhaustedNames(census) != nullptr) {
    return text + ", but a directory takes no more names of a file";
  }
  const Severity directories = severityOfSubdirectories(census);
  return wordFor(directories).empty() ? text : text + ", but a directory is nearly full";
}

/// What the limits say: which ends first, or what is full. Holds raw names.
std::string Summarizer::limits() const {
  const CensusReport& census = *root_.census;
  if (census.extractions_remaining) {
    return firstLimitText(census);
  }
  std::string text = saturatedText(census);
  if (!text.empty()) {
    text += alarmingSaturation(census) > 0 ? ": the next use of one fails or becomes a copy" : "";
  }
  append(text, exhaustedNamesText(census));
  if (!wordFor(severityOfSubdirectories(census)).empty()) {
    const LimitReport& limit = *judgedSubdirectories(census);
    append(text, "subdirectories: " + thousands(limit.used) + " of " + thousands(limit.of) +
                     " used in " + directoryName(limit.path));
  }
  return text;
}

std::string Summarizer::note() const {
  std::string text = root_.census ? limits() : "";
  append(text, doubts());
  return text;
}

/// Why the figures are not those of now, or not all.
std::string Summarizer::doubts() const {
  const std::string figures_of = root_.census && status_.last_success
                                     ? "The figures are those of " + rfc3339(*status_.last_success)
                                     : "";
  std::string text;
  if (status_.interrupted) {
    return status_.error + ".";
  }
  if (failed_) {
    text = "The last census failed: " + status_.error + ".";
    text += figures_of.empty() ? "" : " " + figures_of + ".";
  } else if (stale_) {
    text = figures_of + ": no census has succeeded since.";
  }
  if (partial()) {
    text.append(text.empty() ? "" : " ");
    text +=
        "Not everything could be read: there may be more links, and less room, than the "
        "figures say.";
  }
  return text;
}

std::uint64_t Summarizer::order() const {
  constexpr std::uint64_t kLevel = std::uint64_t{1} << 40U;
  constexpr std::uint64_t kNoMargin = kLevel / 2;
  constexpr double kShares = 1e6;
  const std::uint64_t at_level = orderOfLevel() * kLevel;
  if (!root_.census) {
    return at_level;
  }
  const CensusReport& census = *root_.census;
  if (census.extractions_remaining) {
    return at_level + std::min(*census.extractions_remaining, kNoMargin - 1);
  }
  const std::uint64_t limit = census.filesystem.link_limit.value_or(0);
  const auto left =
      static_cast<double>(std::max<std::int64_t>(census.headroom_links.value_or(0), 0));
  const double share = limit == 0 ? 0 : std::min(left / static_cast<double>(limit), 1.0);
  return at_level + kNoMargin + static_cast<std::uint64_t>(share * kShares);
}

std::uint64_t Summarizer::orderOfLevel() const {
  switch (level()) {
    case Severity::exhausted:
      return 0;
    case Severity::critical:
      return 1;
    case Severity::low:
      return 2;
    case Severity::unknown:
      return lastKnown() ? 3 : 4;
    case Severity::fine:
      break;
  }
  return 5;
}

}  // namespace

Summary summaryOf(const RootReport& root) { return Summarizer(root, false).summary(); }

std::optional<StaleSummary> staleSummaryOf(const RootReport& root) {
  if (!root.census || root.status.up != true || !root.status.last_success) {
    return std::nullopt;
  }
  return StaleSummary{*root.status.last_success + root.status.stale_after,
                      Summarizer(root, true).summary()};
}

}  // namespace hardlink
