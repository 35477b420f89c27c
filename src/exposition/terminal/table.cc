#include "exposition/terminal/table.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <span>
#include <string_view>

#include "base/text.h"
#include "base/time.h"
#include "exposition/phrases.h"
#include "exposition/summary.h"
#include "exposition/terminal/columns.h"
#include "exposition/terminal/table_text.h"
#include "report/alarms.h"

namespace hardlink {
namespace {

constexpr std::size_t kLabelColumns = 9;
constexpr std::size_t kTextColumn = 12;
constexpr std::size_t kWidestBar = 50;

std::string seconds(double value) {
  char text[64];
  std::snprintf(text, sizeof text, "%.2f s", value);
  return text;
}

/// Tenths of a per cent, rounded down: 9.99 % must not read as 10 % where that is the threshold.
std::string percent(std::int64_t part, std::uint64_t whole) {
  const double tenths = std::floor(1000 * static_cast<double>(part) / static_cast<double>(whole));
  char text[64];
  std::snprintf(text, sizeof text, "%.1f %%", tenths / 10);
  return text;
}

/// The first few of a list, and how many more there are.
std::string firstOf(const std::vector<std::string>& texts) {
  constexpr std::size_t kMost = 3;
  const std::size_t shown = std::min(kMost, texts.size());
  std::string out = joined(std::span(texts).first(shown));
  if (shown < texts.size()) {
    out += " and " + thousands(std::uint64_t{texts.size() - shown}) + " more";
  }
  return out;
}

std::string inBrackets(const std::string& change) {
  return change.empty() ? "" : " (" + change + ")";
}

std::string withWord(std::string text, Severity severity) {
  const std::string_view word = wordFor(severity);
  return word.empty() ? text : text.append(": ").append(word);
}

/// One root's part of the table.
class RootTable {
 public:
  /// `before` is the census before, or null.
  RootTable(const RootReport& root, const CensusReport* before, const TableOptions& options)
      : root_(root),
        before_(before),
        options_(options),
        text_(options),
        words_(layerWords(root.census ? root.census->layout : "")),
        summary_(summaryOf(root)) {}

  std::string render() {
    headline();
    if (root_.census) {
      margin();
      rounds();
      links();
      filesystem();
      layout();
      binding();
      fullness();
      counts();
      notes();
      imageNotes();
      out_ += renderLists(*root_.census, root_.status.interrupted, before_, options_);
    }
    return std::move(out_);
  }

 private:
  void headline();
  void status();
  void margin();
  void links();
  void filesystem();
  void layout();
  void rounds();
  void binding();
  void fullness();
  void counts();
  void errors();
  void notes();
  void imageNotes();

  [[nodiscard]] std::string takes(const LimitReport& limit) const;
  /// How a figure of the census has changed since the one before, in brackets.
  template <class Figure>
  [[nodiscard]] std::string changeOf(Figure figure) const {
    return before_ == nullptr ? "" : inBrackets(change(before_->*figure, (*root_.census).*figure));
  }
  /// `label` and, wrapped beside it, `text`.
  void line(std::string_view label, std::string_view text, std::string_view style = {});

  const RootReport& root_;
  const CensusReport* before_;
  const TableOptions& options_;
  TableText text_;
  LayerWords words_;
  Summary summary_;
  std::string out_;
};

void RootTable::line(std::string_view label, std::string_view text, std::string_view style) {
  out_ += text_.labelled(label, kLabelColumns, text, style);
}

void RootTable::headline() {
  std::string title = text_.shown(root_.name);
  if (root_.path != root_.name) {
    title += "  " + text_.shown(root_.path);
  }
  if (root_.status.interrupted) {
    title += "  (partial)";
  }
  out_ += text_.colored(wrapped("", title, options_.width), kBold) + "\n";
  status();
}

void RootTable::status() {
  const CensusStatus& status = root_.status;
  if (!status.up) {
    line("Census", "the first one has not ended yet");
  } else if (status.interrupted) {
    line("PARTIAL", text_.shown(status.error), kRed);
  } else if (!*status.up) {
    std::string what = "failed: " + text_.shown(status.error);
    if (root_.census && status.last_success) {
      what += "; the figures are those of " + rfc3339(*status.last_success);
    }
    line("Census", what, kRed);
  }
}

/// The margin, or the headroom where no margin can be told.
void RootTable::margin() {
  const CensusReport& census = *root_.census;
  // Without a head that is complete there is no margin, whatever layers there are.
  const bool of_layers =
      census.extractions_remaining || (census.layers > 0 && !census.headroom_links);
  std::string text = summary_.headline;
  if (census.extractions_remaining && before_ != nullptr && before_->extractions_remaining) {
    std::string delta = change(*before_->extractions_remaining, *census.extractions_remaining);
    if (!delta.empty() && !roundsText(census.rounds_remaining, census.series.size()).empty()) {
      delta.append(" ").append(words_.many);  // the last figure in the headline is another
    }
    text += inBrackets(delta);
  }
  line(of_layers ? "Margin" : "Headroom", withWord(std::move(text), summary_.level),
       styleFor(summary_.level));
  if (const std::string first = firstLimitText(census); !first.empty()) {
    line("", text_.name(first));
  }
}

void RootTable::links() {
  const CensusReport& census = *root_.census;
  const std::optional<std::uint64_t>& limit = census.filesystem.link_limit;
  std::string highest = text_.number(census.max_links);
  if (limit && census.max_links < *limit && highest == text_.number(*limit)) {
    highest = thousands(census.max_links);  // rounded it would look like the limit itself
  }
  std::string text = "highest link count " + highest + changeOf(&CensusReport::max_links);
  if (!limit) {
    line("Links", text);
    return;
  }
  text += " of " + text_.number(*limit) + ", headroom " + text_.number(census.headroom_links);
  const Severity severity = severityOfHeadroom(judgedHeadroom(census), limit);
  if (census.headroom_links && *limit > 0) {
    text += " (" + percent(*census.headroom_links, *limit) + ")";
  }
  const std::string_view style = severity == Severity::fine ? "" : styleFor(severity);
  line("Links", withWord(std::move(text), severity), style);
  if (options_.width > kTextColumn) {
    const std::size_t width = std::min(kWidestBar, options_.width - kTextColumn);
    line("", bar(census.max_links, *limit, width, options_.utf8), styleFor(summary_.level));
  }
}

void RootTable::filesystem() {
  const CensusReport& census = *root_.census;
  const FilesystemReport& filesystem = census.filesystem;
  std::string text = text_.filesystem(filesystem);
  if (filesystem.refused_link_limit) {
    text += " (" + thousands(*filesystem.refused_link_limit) + " is above it)";
  }
  text += ", engine " + text_.shown(census.engine);
  if (!census.engine_reason.empty()) {
    text += " (" + text_.shown(census.engine_reason) + ")";
  }
  line("On", text);
}

/// What kind of tree it is, and what else its tool has to say.
void RootTable::layout() {
  const CensusReport& census = *root_.census;
  line("Layout", text_.shown(layoutText(census)));
  if (census.links_per_user) {
    line("Users", "one more user like those here takes at most " +
                      text_.counted(*census.links_per_user, "link", "links") + " of one file");
  }
  if (!census.advice.empty()) {
    line("Clean up", text_.shown(census.advice));
  }
}

/// Several series: which of them can all make one more.
void RootTable::rounds() {
  const CensusReport& census = *root_.census;
  const std::string rounds = roundsText(census.rounds_remaining, census.series.size());
  if (!rounds.empty()) {
    line("Rounds",
         rounds + "; a round is one more " + std::string(words_.one) + " of every series");
  }
}

/// What one more layer takes of a limit: `197 links of one inode`.
std::string RootTable::takes(const LimitReport& limit) const {
  const std::uint64_t each = limit.per_extraction.value_or(0);
  switch (limit.limit) {
    case Limit::links:
      return text_.counted(each, "link", "links") + " of one inode";
    case Limit::inodes:
      return text_.counted(each, "inode", "inodes");
    case Limit::space:
      return byteSize(each);
    case Limit::subdirectories:
    case Limit::names_per_directory:
      break;
  }
  return text_.counted(each, "subdirectory", "subdirectories") + " of one directory";
}

void RootTable::binding() {
  const LimitReport* const first = firstLimit(*root_.census);
  if (first == nullptr) {
    return;
  }
  const std::string one(words_.one);
  line("Bound by", one + " " + text_.layerName(first->layer) + ", where each further " +
                       (one == "layer" ? "extraction" : one) + " takes " + takes(*first));
  if (!first->path.empty()) {
    const std::string path = text_.name(first->path);
    const std::size_t room =
        options_.width > kTextColumn ? options_.width - kTextColumn : columnsOf(path);
    line("", shortened(path, std::max<std::size_t>(room, 1)));
  }
}

/// Directories and files that are nearly full by a limit of their own.
void RootTable::fullness() {
  const CensusReport& census = *root_.census;
  if (const std::string text = fullestDirectoryText(census); !text.empty()) {
    const Severity severity = severityOfSubdirectories(census);
    line("Fullest", withWord(text_.name(text), severity),
         wordFor(severity).empty() ? "" : styleFor(severity));
  }
  if (const std::string text = saturatedText(census); !text.empty()) {
    line("Full", text, alarmingSaturation(census) > 0 ? kRed : "");
  }
  if (const std::string text = exhaustedNamesText(census); !text.empty()) {
    line("Names", text_.shown(text), kRed);
  }
}

void RootTable::counts() {
  const CensusReport& census = *root_.census;
  std::string text = !isLayered(census) ? ""
                                        : text_.counted(census.layers, words_.one, words_.many) +
                                              changeOf(&CensusReport::layers) + ", ";
  text += text_.counted(census.inodes, "inode", "inodes") + " (" +
          text_.number(census.multilink_inodes) + " with more than one link), " +
          text_.counted(census.names, "name", "names") + changeOf(&CensusReport::names) + ", " +
          text_.counted(census.directories, "directory", "directories");
  if (root_.status.duration_seconds) {
    text += ", in " + seconds(*root_.status.duration_seconds);
  }
  line("Counted", text);
  errors();
}

void RootTable::errors() {
  const CensusErrors& errors = root_.census->errors;
  std::string text;
  for (std::size_t i = 0; i < kCensusErrorReasons.size(); ++i) {
    if (const std::uint64_t count = errors.by_reason[i]; count != 0) {
      text.append(text.empty() ? "" : ", ").append(text_.number(count)).append(" ");
      text += kCensusErrorReasons[i];
    }
  }
  if (!text.empty()) {
    line("Errors",
         text + (errors.example.empty() ? "" : "; first: " + text_.shown(errors.example)));
  }
}

void RootTable::notes() {
  const CensusReport& census = *root_.census;
  if (!census.complete && !root_.status.interrupted) {
    line("Note",
         "incomplete: some directories could not be read, so there may be more links and less "
         "margin",
         kYellow);
  }
  if (const std::size_t unfinished = census.unfinished_layers.size(); unfinished > 0) {
    line("Note", text_.counted(unfinished, "layer", "layers") +
                     " being made or left over: " + text_.name(firstOf(census.unfinished_layers)));
  }
}

void RootTable::imageNotes() {
  const CensusReport& census = *root_.census;
  if (const std::uint64_t orphans = census.orphan_layers.value_or(0); orphans > 0) {
    line("Note", text_.counted(orphans, "layer", "layers") +
                     " that none of Docker's files names (orphans)");
  }
  if (!census.image_problems.empty()) {
    line("Note",
         "some of Docker's files cannot be used: margins are right, images may be missing; " +
             text_.shown(firstOf(census.image_problems)),
         kYellow);
  }
}

const CensusReport* censusBefore(const RootReport& root, const TableOptions& options) {
  if (options.before == nullptr) {
    return nullptr;
  }
  const auto& roots = options.before->roots;
  const auto found = std::find_if(roots.begin(), roots.end(), [&](const RootReport& other) {
    return other.name == root.name && other.path == root.path;
  });
  return found == roots.end() || !found->census ? nullptr : &*found->census;
}

}  // namespace

std::string renderTable(const Report& report, const TableOptions& options) {
  std::string out;
  for (const RootReport& root : report.roots) {
    out += out.empty() ? "" : "\n";
    out += RootTable(root, censusBefore(root, options), options).render();
  }
  return TableText(options).finished(std::move(out));
}

}  // namespace hardlink
