#include "exposition/terminal/table_lists.h"

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include "base/text.h"
#include "exposition/phrases.h"
#include "exposition/severity.h"
#include "exposition/terminal/bar.h"
#include "exposition/terminal/columns.h"
#include "exposition/terminal/table_text.h"
#include "report/alarms.h"

namespace hardlink {
namespace {

using Align = Columns::Align;

constexpr std::size_t kBarWidth = 8;

/// A row is marked where it is not fine, more quietly than a headline.
std::string_view rowStyle(Severity severity, const TableOptions& options) {
  if (!options.color || wordFor(severity).empty()) {
    return {};
  }
  return severity == Severity::low ? kYellow : "31";
}

class Lists {
 public:
  Lists(const CensusReport& census, bool interrupted, const CensusReport* before,
        const TableOptions& options)
      : census_(census),
        interrupted_(interrupted),
        before_(before),
        options_(options),
        text_(options),
        words_(layerWords(census.layout)) {}

  std::string render() {
    limits();
    series();
    hotInodes();
    tightestLayers();
    tightestImages();
    return std::move(out_);
  }

 private:
  void limits();
  void series();
  void hotInodes();
  void tightestLayers();
  void tightestImages();

  [[nodiscard]] std::string changeOf(const HotInodeReport& inode) const;
  [[nodiscard]] std::string changeOf(const LayerReport& layer) const;
  [[nodiscard]] bool hasBars() const {
    return options_.width > 0 && census_.filesystem.link_limit.has_value();
  }
  void list(std::string_view title, const Columns& columns, std::size_t shown, std::size_t all);

  const CensusReport& census_;
  bool interrupted_;
  const CensusReport* before_;
  const TableOptions& options_;
  TableText text_;
  LayerWords words_;
  std::string out_;
};

void Lists::list(std::string_view title, const Columns& columns, std::size_t shown,
                 std::size_t all) {
  out_.append("\n").append(kIndent, ' ').append(text_.colored(title, kBold));
  if (shown < all) {
    out_ += " (" + thousands(std::uint64_t{shown}) + " of " + thousands(std::uint64_t{all}) + ")";
  }
  out_ += "\n" + columns.render(kIndent, options_.width);
}

std::string Lists::changeOf(const HotInodeReport& inode) const {
  const auto& then = before_->hot_inodes;
  const auto found = std::find_if(then.begin(), then.end(), [&](const HotInodeReport& other) {
    return other.inode == inode.inode;
  });
  return found == then.end() ? "new" : change(found->links, inode.links);
}

std::string Lists::changeOf(const LayerReport& layer) const {
  const auto& then = before_->tightest_layers;
  const auto found = std::find_if(
      then.begin(), then.end(), [&](const LayerReport& other) { return other.name == layer.name; });
  if (found == then.end()) {
    return "new";
  }
  return change(found->extractions_remaining.value_or(0), layer.extractions_remaining.value_or(0));
}

void Lists::hotInodes() {
  const auto& inodes = census_.hot_inodes;
  const std::size_t shown = std::min(options_.top, inodes.size());
  if (shown == 0) {
    return;
  }
  std::vector<Columns::Header> headers = {{"links", Align::right}};
  if (before_ != nullptr) {
    headers.push_back({"change", Align::right});
  }
  if (hasBars()) {
    headers.push_back({"used", Align::left, 5});
  }
  headers.insert(
      headers.end(),
      {{"headroom", Align::right}, {"in root", Align::right, 3}, {"outside", Align::right, 2}});
  if (isLayered(census_)) {
    headers.push_back({std::string(words_.many), Align::right, 4});
  }
  headers.push_back({"path", Align::left});
  Columns columns(std::move(headers));
  for (std::size_t i = 0; i < shown; ++i) {
    const HotInodeReport& inode = inodes[i];
    std::vector<std::string> cells = {text_.number(inode.links)};
    if (before_ != nullptr) {
      cells.push_back(changeOf(inode));
    }
    if (hasBars()) {
      const std::uint64_t limit = *census_.filesystem.link_limit;
      cells.push_back(bar(inode.links, limit, kBarWidth, options_.utf8));
    }
    cells.insert(cells.end(),
                 {text_.number(inode.headroom_links), text_.number(inode.names_in_root),
                  interrupted_ ? std::string(kUnknown) : text_.number(inode.links_outside_root)});
    if (isLayered(census_)) {
      cells.push_back(text_.number(inode.layers));
    }
    cells.push_back(inode.path.empty() ? std::string(kUnknown) : text_.name(inode.path));
    columns.addRow(std::move(cells),
                   rowStyle(severityOfHeadroom(inode.headroom_links, census_.filesystem.link_limit),
                            options_));
  }
  list("Hottest inodes", columns, shown, inodes.size());
}

/// Every limit that is known. They are few, so all are shown, in full.
void Lists::limits() {
  if (census_.limits.empty()) {
    return;
  }
  const LimitReport* const first = firstLimit(census_);
  const bool is_layered =
      std::any_of(census_.limits.begin(), census_.limits.end(),
                  [](const LimitReport& limit) { return limit.extractions_remaining.has_value(); });
  std::vector<Columns::Header> headers = {{"limit", Align::left},
                                          {"used", Align::right, 4},
                                          {"of", Align::right, 5},
                                          {"left", Align::right, 2}};
  if (is_layered) {
    // What one more layer takes, and how many fit.
    headers.insert(headers.end(), {{"each", Align::right, 3}, {"fit", Align::right}});
  }
  if (first != nullptr) {
    headers.push_back({"ends", Align::left, 1});
  }
  headers.push_back({"where", Align::left});
  Columns columns(std::move(headers));
  for (const LimitReport& limit : census_.limits) {
    std::vector<std::string> cells = {
        std::string(limitTitle(limit.limit)), amountOf(limit.limit, limit.used),
        amountOf(limit.limit, limit.of), amountOf(limit.limit, limit.remaining)};
    if (is_layered) {
      cells.push_back(limit.per_extraction ? amountOf(limit.limit, *limit.per_extraction)
                                           : std::string(kUnknown));
      cells.push_back(orUnknown(limit.extractions_remaining));
    }
    if (first != nullptr) {
      cells.emplace_back(&limit == first ? "first" : "");
    }
    cells.push_back(limit.path.empty() ? "" : text_.name(limit.path));
    columns.addRow(std::move(cells),
                   &limit == first
                       ? rowStyle(severityOfMargin(limit.extractions_remaining), options_)
                       : std::string_view());
  }
  list("Limits", columns, census_.limits.size(), census_.limits.size());
}

void Lists::series() {
  const auto shown = tightestSeries(census_, options_.top);
  if (shown.empty()) {
    return;
  }
  Columns columns({{"remaining", Align::right},
                   {std::string(words_.many), Align::right, 1},
                   {"series", Align::left},
                   {"head", Align::left}});
  for (const SeriesReport* const series : shown) {
    columns.addRow({text_.number(series->extractions_remaining), text_.number(series->snapshots),
                    text_.layerName(series->series),
                    series->head.empty() ? std::string(kUnknown) : text_.name(series->head)},
                   rowStyle(severityOfMargin(series->extractions_remaining), options_));
  }
  list("Series", columns, shown.size(), census_.series.size());
}

void Lists::tightestLayers() {
  const auto& layers = census_.tightest_layers;
  const std::size_t shown = std::min(options_.top, layers.size());
  if (shown == 0) {
    return;
  }
  const bool has_images = std::any_of(layers.begin(), layers.end(), [](const LayerReport& layer) {
    return !layer.images.empty() || layer.orphan == true;
  });
  // The next copy of a series builds on its head. The others do not alarm.
  const bool has_older = std::any_of(layers.begin(), layers.end(),
                                     [](const LayerReport& layer) { return !layer.head; });
  std::vector<Columns::Header> headers = {{"remaining", Align::right}};
  if (before_ != nullptr) {
    headers.push_back({"change", Align::right});
  }
  headers.insert(headers.end(), {{"links each", Align::right, 1},
                                 {"max links", Align::right, 2},
                                 {"inodes", Align::right, 3}});
  if (has_older) {
    headers.push_back({"head", Align::left});
  }
  headers.push_back({std::string(words_.one), Align::left});
  if (has_images) {
    headers.push_back({"images", Align::left});
  }
  Columns columns(std::move(headers));
  for (std::size_t i = 0; i < shown; ++i) {
    const LayerReport& layer = layers[i];
    std::vector<std::string> cells = {text_.number(layer.extractions_remaining)};
    if (before_ != nullptr) {
      cells.push_back(changeOf(layer));
    }
    cells.insert(cells.end(), {text_.number(layer.links_per_extraction),
                               text_.number(layer.max_links), text_.number(layer.inodes)});
    if (has_older) {
      cells.emplace_back(layer.head ? "yes" : "no");
    }
    cells.push_back(has_images ? text_.layerName(layer.name) : text_.name(layer.name));
    if (has_images) {
      cells.push_back(layer.orphan == true ? "(orphan)" : text_.shown(joined(layer.images)));
    }
    columns.addRow(
        std::move(cells),
        layer.head ? rowStyle(severityOfMargin(layer.extractions_remaining), options_) : "");
  }
  list("Tightest " + std::string(words_.many), columns, shown, layers.size());
}

void Lists::tightestImages() {
  const auto& images = census_.images;
  const std::size_t shown = std::min(options_.top, images.size());
  if (shown == 0) {
    return;
  }
  Columns columns({{"remaining", Align::right},
                   {"layers", Align::right, 2},
                   {"own", Align::right, 3},
                   {"links freed", Align::right, 1},
                   {"image", Align::left}});
  for (std::size_t i = 0; i < shown; ++i) {
    const ImageReport& image = images[i];
    columns.addRow(
        {text_.number(image.extractions_remaining), text_.number(image.layers),
         text_.number(image.own_layers), text_.number(image.links_freed), text_.shown(image.image)},
        rowStyle(severityOfMargin(image.extractions_remaining), options_));
  }
  list("Tightest images", columns, shown, images.size());
}

}  // namespace

std::string renderLists(const CensusReport& census, bool interrupted, const CensusReport* before,
                        const TableOptions& options) {
  return Lists(census, interrupted, before, options).render();
}

}  // namespace hardlink
