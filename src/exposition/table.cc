#include "exposition/table.h"

#include <algorithm>
#include <cstdio>
#include <string_view>

#include "base/time.h"
#include "base/utf8.h"
#include "exposition/columns.h"
#include "exposition/phrases.h"

namespace hardlink {
namespace {

constexpr std::string_view kBold = "1";
constexpr std::string_view kRed = "1;31";
constexpr std::string_view kYellow = "33";
constexpr std::size_t kIndent = 2;
constexpr std::size_t kWidestLayerName = 24;

std::string seconds(double value) {
  char text[64];
  std::snprintf(text, sizeof text, "%.2f s", value);
  return text;
}

/// The first few of a list, and how many more there are.
std::string firstOf(const std::vector<std::string>& texts) {
  constexpr std::size_t kMost = 3;
  const std::size_t shown = std::min(kMost, texts.size());
  std::string out = joined({texts.begin(), texts.begin() + static_cast<std::ptrdiff_t>(shown)});
  if (shown < texts.size()) {
    out += " and " + thousands(std::uint64_t{texts.size() - shown}) + " more";
  }
  return out;
}

/// One root's part of the table.
class RootTable {
 public:
  RootTable(const RootReport& root, const TableOptions& options) : root_(root), options_(options) {}

  std::string render() {
    headline();
    if (root_.census) {
      margin();
      binding();
      counts();
      notes();
      hotInodes();
      tightestLayers();
      tightestImages();
    }
    return std::move(out_);
  }

 private:
  void headline();
  void margin();
  void binding();
  void counts();
  void notes();
  void hotInodes();
  void tightestLayers();
  void tightestImages();

  [[nodiscard]] std::string styled(std::string_view text, std::string_view style) const;
  /// A file or layer name that a terminal can show.
  [[nodiscard]] std::string name(std::string_view bytes) const;
  [[nodiscard]] std::string layerName(std::string_view bytes) const;
  [[nodiscard]] std::string bindingPath(const LayerReport& layer) const;
  /// `label` and, wrapped beside it, `text`.
  void line(std::string_view label, std::string_view text, std::string_view style = {});
  void listOf(std::string_view title, const Columns& columns, std::size_t shown, std::size_t all);

  const RootReport& root_;
  const TableOptions& options_;
  std::string out_;
};

std::string RootTable::styled(std::string_view text, std::string_view style) const {
  if (!options_.color || style.empty()) {
    return std::string(text);
  }
  return std::string("\x1b[").append(style).append("m").append(text).append("\x1b[0m");
}

std::string RootTable::name(std::string_view bytes) const {
  const std::string safe = printable(bytes);
  return options_.width == 0 ? safe : withShortIds(safe);
}

std::string RootTable::layerName(std::string_view bytes) const {
  return options_.width == 0 ? name(bytes) : shortened(name(bytes), kWidestLayerName);
}

void RootTable::line(std::string_view label, std::string_view text, std::string_view style) {
  std::string head(kIndent, ' ');
  head.append(label).append(10 - std::min<std::size_t>(label.size(), 9), ' ');
  out_ += styled(wrapped(head, text, options_.width), style) + "\n";
}

void RootTable::headline() {
  std::string title = printable(root_.name);
  if (root_.path != root_.name) {
    title += "  " + printable(root_.path);
  }
  out_ += styled(title, kBold) + "\n";
  const CensusStatus& status = root_.status;
  if (!status.up) {
    line("Census", "none has ended yet");
  } else if (!*status.up) {
    std::string what = "failed: " + printable(status.error);
    if (root_.census && status.last_success) {
      what += "; the figures are those of " + rfc3339(*status.last_success);
    }
    line("Census", what, kRed);
  }
}

void RootTable::margin() {
  const CensusReport& census = *root_.census;
  const FilesystemReport& filesystem = census.filesystem;
  if (census.extractions_remaining) {
    const std::uint64_t left = *census.extractions_remaining;
    line("Margin", counted(left, "more layer is", "more layers are") + " sure to fit",
         left == 0 ? kRed : kBold);
  } else {
    line("Margin", filesystem.link_limit ? "no layers here, so no margin in layers"
                                         : "unknown, since the link limit is unknown");
  }
  std::string links = "highest link count " + thousands(census.max_links);
  if (filesystem.link_limit) {
    links += " of " + thousands(*filesystem.link_limit) + ", headroom " +
             orUnknown(census.headroom_links);
  }
  line("Links", links);
  line("On",
       printable(filesystem.type) + " (" + printable(filesystem.device) + " at " +
           printable(filesystem.mountpoint) + "), link limit " +
           (filesystem.link_limit ? thousands(*filesystem.link_limit) + " from " +
                                        printable(filesystem.link_limit_source)
                                  : "unknown") +
           ", layout " + printable(census.layout) + ", engine " + printable(census.engine) +
           (census.engine_reason.empty() ? "" : " (" + printable(census.engine_reason) + ")"));
}

std::string RootTable::bindingPath(const LayerReport& layer) const {
  const auto& hot = root_.census->hot_inodes;
  if (hot.empty()) {
    return {};
  }
  const auto binding = std::find_if(hot.begin(), hot.end(), [&](const HotInodeReport& inode) {
    return inode.inode == layer.binding_inode;
  });
  return name((binding == hot.end() ? hot.front() : *binding).path);
}

void RootTable::binding() {
  const CensusReport& census = *root_.census;
  if (census.tightest_layers.empty() || !census.tightest_layers.front().links_per_extraction) {
    return;
  }
  const LayerReport& layer = census.tightest_layers.front();
  line("Bound by", "layer " + layerName(layer.name) + ", where each further extraction takes " +
                       counted(*layer.links_per_extraction, "link", "links") + " of one inode");
  if (const std::string path = bindingPath(layer); !path.empty()) {
    const std::size_t room = options_.width > 32 ? options_.width - 12 : columnsOf(path);
    line("", shortened(path, options_.width == 0 ? columnsOf(path) : room));
  }
}

void RootTable::counts() {
  const CensusReport& census = *root_.census;
  std::string text = counted(census.layers, "layer", "layers") + ", " +
                     counted(census.inodes, "inode", "inodes") + " (" +
                     thousands(census.multilink_inodes) + " with more than one link), " +
                     counted(census.names, "name", "names") + ", " +
                     counted(census.directories, "directory", "directories");
  if (root_.status.duration_seconds) {
    text += ", in " + seconds(*root_.status.duration_seconds);
  }
  line("Counted", text);
  std::string errors;
  for (std::size_t i = 0; i < kCensusErrorReasons.size(); ++i) {
    if (const std::uint64_t count = census.errors.by_reason[i]; count != 0) {
      errors.append(errors.empty() ? "" : ", ").append(thousands(count)).append(" ");
      errors += kCensusErrorReasons[i];
    }
  }
  if (!errors.empty()) {
    const std::string& example = census.errors.example;
    line("Errors", errors + (example.empty() ? "" : "; first: " + printable(example)));
  }
}

void RootTable::notes() {
  const CensusReport& census = *root_.census;
  if (!census.complete) {
    line("Note",
         "incomplete: some directories could not be read, so there may be more links and less "
         "margin",
         kYellow);
  }
  if (const std::size_t unfinished = census.unfinished_layers.size(); unfinished > 0) {
    line("Note", counted(unfinished, "layer", "layers") +
                     " being made or left over: " + name(firstOf(census.unfinished_layers)));
  }
  if (const std::uint64_t orphans = census.orphan_layers.value_or(0); orphans > 0) {
    line("Note",
         counted(orphans, "layer", "layers") + " that none of Docker's files names (orphans)");
  }
  if (!census.image_problems.empty()) {
    line("Note",
         "some of Docker's files cannot be used: margins are right, images may be missing; " +
             printable(firstOf(census.image_problems)),
         kYellow);
  }
}

void RootTable::listOf(std::string_view title, const Columns& columns, std::size_t shown,
                       std::size_t all) {
  out_.append("\n").append(kIndent, ' ').append(styled(title, kBold));
  if (shown < all) {
    out_ += " (" + thousands(std::uint64_t{shown}) + " of " + thousands(std::uint64_t{all}) + ")";
  }
  out_ += "\n" + columns.render(kIndent, options_.width);
}

void RootTable::hotInodes() {
  const auto& inodes = root_.census->hot_inodes;
  const std::size_t shown = std::min(options_.top, inodes.size());
  if (shown == 0) {
    return;
  }
  using Align = Columns::Align;
  Columns columns({{"links", Align::right},
                   {"headroom", Align::right},
                   {"in root", Align::right},
                   {"outside", Align::right},
                   {"layers", Align::right},
                   {"path", Align::left}});
  for (std::size_t i = 0; i < shown; ++i) {
    const HotInodeReport& inode = inodes[i];
    columns.addRow({thousands(inode.links), orUnknown(inode.headroom_links),
                    thousands(inode.names_in_root), thousands(inode.links_outside_root),
                    thousands(inode.layers),
                    inode.path.empty() ? std::string(kUnknown) : name(inode.path)});
  }
  listOf("Hottest inodes", columns, shown, inodes.size());
}

void RootTable::tightestLayers() {
  const auto& layers = root_.census->tightest_layers;
  const std::size_t shown = std::min(options_.top, layers.size());
  if (shown == 0) {
    return;
  }
  using Align = Columns::Align;
  Columns columns({{"remaining", Align::right},
                   {"links each", Align::right},
                   {"max links", Align::right},
                   {"inodes", Align::right},
                   {"layer", Align::left},
                   {"images", Align::left}});
  for (std::size_t i = 0; i < shown; ++i) {
    const LayerReport& layer = layers[i];
    columns.addRow({orUnknown(layer.extractions_remaining), orUnknown(layer.links_per_extraction),
                    thousands(layer.max_links), thousands(layer.inodes), layerName(layer.name),
                    layer.orphan == true ? "(orphan)" : printable(joined(layer.images))});
  }
  listOf("Tightest layers", columns, shown, layers.size());
}

void RootTable::tightestImages() {
  const auto& images = root_.census->images;
  const std::size_t shown = std::min(options_.top, images.size());
  if (shown == 0) {
    return;
  }
  using Align = Columns::Align;
  Columns columns({{"remaining", Align::right},
                   {"layers", Align::right},
                   {"own", Align::right},
                   {"links freed", Align::right},
                   {"image", Align::left}});
  for (std::size_t i = 0; i < shown; ++i) {
    const ImageReport& image = images[i];
    columns.addRow({orUnknown(image.extractions_remaining), thousands(image.layers),
                    thousands(image.own_layers), thousands(image.links_freed),
                    printable(image.image)});
  }
  listOf("Tightest images", columns, shown, images.size());
}

}  // namespace

std::string renderTable(const Report& report, const TableOptions& options) {
  std::string out;
  for (const RootReport& root : report.roots) {
    out += (out.empty() ? "" : "\n") + RootTable(root, options).render();
  }
  return out;
}

}  // namespace hardlink
