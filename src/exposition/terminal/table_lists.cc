
#include <algorithm>
#include <string_view>
#include <vector>

#include "base/text.h"
#include "exposition/phrases.h"
#include "exposition/severity.h"
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
    return limits() + series() + hotInodes() + bytes() + tightestLayers() + tightestImages();
  }

 private:
  [[nodiscard]] std::string limits() const;
  [[nodiscard]] std::string series() const;
  [[nodiscard]] std::string hotInodes() const;
  [[nodiscard]] std::string bytes() const;
  [[nodiscard]] std::string tightestLayers() const;
  [[nodiscard]] std::string tightestImages() const;

  [[nodiscard]] std::string changeOf(const HotInodeReport& inode) const;
  [[nodiscard]] std::string changeOf(const LayerReport& layer) const;

  const CensusReport& census_;
  bool interrupted_;
  const CensusReport* before_;
  const TableOptions& options_;
  TableText text_;
  LayerWords words_;
};

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

std::string Lists::hotInodes() const {
  const auto limit = census_.filesystem.link_limit;
  const bool is_layered = isLayered(census_);
  const std::vector<Column<HotInodeReport>> columns = {
      {"links", Align::right, 0, [&](const auto& inode) { return text_.number(inode.links); }},
      {"change", Align::right, 0, [&](const auto& inode) { return changeOf(inode); },
       before_ != nullptr},
      {"used", Align::left, 5,
       [&](const auto& inode) { return bar(inode.links, *limit, kBarWidth, options_.utf8); },
       options_.width > 0 && limit},
      {"headroom", Align::right, 0,
       [&](const auto& inode) { return text_.number(inode.headroom_links); }},
      {"in root", Align::right, 3,
       [&](const auto& inode) { return text_.number(inode.names_in_root); }},
      {"outside", Align::right, 2,
       [&](const auto& inode) {
         return interrupted_ ? std::string(kUnknown) : text_.number(inode.links_outside_root);
       }},
      {std::string(words_.many), Align::right, 4,
       [&](const auto& inode) { return text_.number(inode.layers); }, is_layered},
      {"path", Align::left, 0, [&](const auto& inode) {
         return inode.path.empty() ? std::string(kUnknown) : text_.name(inode.path);
       }}};
  return text_.list<HotInodeReport>(
      "Hottest inodes", columns, census_.hot_inodes, options_.top, [&](const auto& inode) {
        return rowStyle(severityOfHeadroom(inode.headroom_links, limit), options_);
      });
}

/// Every limit that is known. They are few, so all are shown, in full.
std::string Lists::limits() const {
  const LimitReport* const first = firstLimit(census_);
  const bool has_margins =
      std::any_of(census_.limits.begin(), census_.limits.end(),
                  [](const LimitReport& limit) { return limit.extractions_remaining.has_value(); });
  const std::vector<Column<LimitReport>> columns = {
      {"limit", Align::left, 0,
       [](const auto& limit) { return std::string(limitTitle(limit.limit)); }},
      {"used", Align::right, 4,
       [](const auto& limit) { return amountOf(limit.limit, limit.used); }},
      {"of", Align::right, 5, [](const auto& limit) { return amountOf(limit.limit, limit.of); }},
      {"left", Align::right, 2,
       [](const auto& limit) { return amountOf(limit.limit, limit.remaining); }},
      // What one more layer takes, and how many fit.
      {"each", Align::right, 3,
       [](const auto& limit) {
         return limit.per_extraction ? amountOf(limit.limit, *limit.per_extraction)
                                     : std::string(kUnknown);
       },
       has_margins},
      {"fit", Align::right, 0,
       [](const auto& limit) { return orUnknown(limit.extractions_remaining); }, has_margins},
      {"ends", Align::left, 1,
       [&](const auto& limit) { return std::string(&limit == first ? "first" : ""); },
       first != nullptr},
      {"where", Align::left, 0,
       [&](const auto& limit) { return limit.path.empty() ? "" : text_.name(limit.path); }}};
  return text_.list<LimitReport>(
      "Limits", columns, census_.limits, census_.limits.size(), [&](const auto& limit) {
        return &limit == first ? rowStyle(severityOfMargin(limit.extractions_remaining), options_)
                               : std::string_view();
      });
}

std::string Lists::series() const {
  using Row = const SeriesReport*;
  const std::vector<Column<Row>> columns = {
      {"remaining", Align::right, 0,
       [&](Row series) { return text_.number(series->extractions_remaining); }},
      {std::string(words_.many), Align::right, 1,
       [&](Row series) { return text_.number(series->snapshots); }},
      {"series", Align::left, 0, [&](Row series) { return text_.layerName(series->series); }},
      {"head", Align::left, 0, [&](Row series) {
         return series->head.empty() ? std::string(kUnknown) : text_.name(series->head);
       }}};
  return text_.list<Row>("Series", columns, tightestSeries(census_, census_.series.size()),
                         options_.top, [&](Row series) {
                           return rowStyle(severityOfMargin(series->extractions_remaining),
                                           options_);
                         });
}

/// Below the lists that say what is at the limit, so that `scan --watch` shows those first.
std::string Lists::bytes() const {
  const auto& largest = census_.largest_layers;
  const std::string name = largest.empty() ? "" : text_.layerName(largest.front().layer);
  std::string out;
  for (const std::string& text : {bytesText(census_), largestLayerText(census_, name)}) {
    if (!text.empty()) {
      out += wrapped(std::string(kIndent, ' '), text, options_.width) + "\n";
    }
  }
  return out.empty() ? "" : text_.title("Bytes", 0, 0) + out;
}

std::string Lists::tightestLayers() const {
  const auto& layers = census_.tightest_layers;
  const bool has_images = std::any_of(layers.begin(), layers.end(), [](const LayerReport& layer) {
    return !layer.images.empty() || layer.orphan == true;
  });
  const bool has_bytes = std::any_of(layers.begin(), layers.end(), [](const LayerReport& layer) {
    return layer.exclusive_bytes.has_value();
  });
  // The next copy of a series builds on its head. The others do not alarm.
  const bool has_older = std::any_of(layers.begin(), layers.end(),
                                     [](const LayerReport& layer) { return !layer.head; });
  const std::vector<Column<LayerReport>> columns = {
      {"remaining", Align::right, 0,
       [&](const auto& layer) { return text_.number(layer.extractions_remaining); }},
      {"change", Align::right, 0, [&](const auto& layer) { return changeOf(layer); },
       before_ != nullptr},
      {"links each", Align::right, 1,
       [&](const auto& layer) { return text_.number(layer.links_per_extraction); }},
      {"max links", Align::right, 3,
       [&](const auto& layer) { return text_.number(layer.max_links); }},
      {"inodes", Align::right, 4, [&](const auto& layer) { return text_.number(layer.inodes); }},
      {"alone", Align::right, 2,
       [](const auto& layer) {
         return layer.exclusive_bytes ? byteSize(*layer.exclusive_bytes) : std::string(kUnknown);
       },
       has_bytes},
      {"head", Align::left, 0,
       [](const auto& layer) { return std::string(layer.head ? "yes" : "no"); }, has_older},
      {std::string(words_.one), Align::left, 0,
       [&](const auto& layer) {
         return has_images ? text_.layerName(layer.name) : text_.name(layer.name);
       }},
      {"images", Align::left, 0,
       [&](const auto& layer) {
         return layer.orphan == true ? "(orphan)" : text_.shown(joined(layer.images));
       },
       has_images}};
  return text_.list<LayerReport>(
      "Tightest " + std::string(words_.many), columns, layers, options_.top,
      [&](const auto& layer) {
        return layer.head ? rowStyle(severityOfMargin(layer.extractions_remaining), options_)
                          : std::string_view();
      });
}

std::string Lists::tightestImages() const {
  const std::vector<Column<ImageReport>> columns = {
      {"remaining", Align::right, 0,
       [&](const auto& image) { return text_.number(image.extractions_remaining); }},
      {"layers", Align::right, 2, [&](const auto& image) { return text_.number(image.layers); }},
      {"own", Align::right, 3, [&](const auto& image) { return text_.number(image.own_layers); }},
      {"links freed", Align::right, 1,
       [&](const auto& image) { return text_.number(image.links_freed); }},
      {"image", Align::left, 0, [&](const auto& image) { return text_.shown(image.image); }}};
  return text_.list<ImageReport>(
      "Tightest images", columns, census_.images, options_.top, [&](const auto& image) {
        return rowStyle(severityOfMargin(image.extractions_remaining), options_);
      });
}

}  // namespace

std::string renderLists(const CensusReport& census, bool interrupted, const CensusReport* before,
                        const TableOptions& options) {
  return Lists(census, interrupted, before, options).render();
}

}  // namespace hardlink
