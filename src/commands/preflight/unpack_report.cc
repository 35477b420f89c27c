#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "base/text.h"
#include "base/utf8.h"
#include "base/version.h"
#include "commands/preflight/preflight_report.h"
#include "commands/preflight/unpack.h"
#include "exposition/json/report_json.h"
#include "exposition/phrases.h"
#include "exposition/terminal/columns.h"
#include "exposition/terminal/table_text.h"

namespace hardlink {
namespace {

/// `layer 2 of 7`, and of which image if there are several.
std::string placeOf(const UnpackedLayer& layer, const UnpackPreflight& preflight) {
  const std::string place = "layer " + thousands(layer.number) + " of " + thousands(layer.of);
  const bool several =
      layer.image != preflight.layers.front().image || layer.image != preflight.layers.back().image;
  return several ? place + " of " + printable(layer.image) : place;
}

/// `5 GiB, 1 GiB`; in bytes if that would be the same twice.
std::string neededAndFree(std::uint64_t needed, std::uint64_t free) {
  const bool in_bytes = byteSize(needed) == byteSize(free);
  return in_bytes ? thousands(needed) + " bytes, " + thousands(free)
                  : byteSize(needed) + ", " + byteSize(free);
}

std::string failureText(const std::string& layer, const ExtractionFailure& failure,
                        const std::string& filesystem) {
  const std::string allowed = thousands(failure.left);
  const std::string at =
      ", " + allowed + " are allowed on " + filesystem + ": " +
      (failure.path.empty() ? "the layer's top directory" : printable(failure.path));
  switch (*failure.limit) {
    case Limit::links:
      return layer + " has " + thousands(failure.needed) + " names of one file" + at;
    case Limit::subdirectories:
      return layer + " has " + thousands(failure.needed) + " subdirectories in one directory" + at;
    case Limit::names_per_directory:
      return layer + " has names of one file in one directory that take " +
             thousands(failure.needed) + " bytes of its inode's references" + at;
    case Limit::inodes:
      return layer + " takes " + counted(failure.needed, "inode", "inodes") + ", " + allowed +
             " are free";
    case Limit::space:
      break;
  }
  return "the files of " + layer + " take " + neededAndFree(failure.needed, failure.left) +
         " are free";
}

/// Why the room for all layers is uncertain; empty if there is enough.
std::string shortageText(const UnpackPreflight& preflight) {
  const FreeRoom& left = preflight.filesystem.room;
  const Objects needed = preflight.needed();
  std::string amounts;
  if (left.inodes && needed.inodes > left.inodes->left) {
    amounts = counted(needed.inodes, "inode", "inodes") + ", " + thousands(left.inodes->left);
  } else if (left.bytes && needed.bytes > left.bytes->left) {
    amounts = "up to " + neededAndFree(needed.bytes, left.bytes->left);
  }
  return amounts.empty() ? ""
                         : "together, the layers take " + amounts +
                               " are free: that is enough only if some of them are there "
                               "already";
}

/// What prevents an answer; empty if nothing does.
std::string doubtText(const UnpackPreflight& preflight) {
  const auto& layers = preflight.layers;
  if (!preflight.filesystem.link_limit) {
    const auto most = std::max_element(layers.begin(), layers.end(),
                                       [](const UnpackedLayer& one, const UnpackedLayer& other) {
                                         return one.links.count < other.links.count;
                                       });
    if (most != layers.end() && most->links.count > 1) {
      return placeOf(*most, preflight) + " has " + thousands(most->links.count) +
             " names of one file, " + printable(most->links.path) + ", and the link limit of " +
             printable(preflight.filesystem.type) + " is not known; --link-limit says it";
    }
  }
  for (const UnpackedLayer& layer : layers) {
    if (!layer.doubt.empty()) {
      return "not every engine unpacks " + placeOf(layer, preflight) + ": " +
             printable(layer.doubt);
    }
  }
  return shortageText(preflight);
}

class UnpackTable {
 public:
  UnpackTable(const UnpackPreflight& preflight, const TableOptions& options)
      : preflight_(preflight), options_(options), text_(options) {}

  std::string render() {
    out_ = text_.colored(text_.shown(imageTitle(preflight_.archive)), kBold) +
           ", each layer by itself, into " + text_.shown(preflight_.directory) + "\n";
    addLayers();
    line("Room", roomText());
    line("Limit", linkLimitText(preflight_.filesystem));
    const UnpackVerdict verdict = verdictOf(preflight_);
    line("Verdict", verdict.text, verdict.answer == Answer::no ? kRed : kBold);
    return text_.finished(std::move(out_));
  }

 private:
  void addLayers() {
    using Row = UnpackedLayer;
    constexpr auto kLeft = Columns::Align::left;
    constexpr auto kRight = Columns::Align::right;
    const bool several = !preflight_.layers.empty() &&
                         preflight_.layers.front().image != preflight_.layers.back().image;
    const std::vector<Column<Row>> columns{
        {"layer", kRight, 0, [](const Row& layer) { return thousands(layer.number); }},
        {"diff id", kLeft, 4, [&](const Row& layer) { return digestOf(layer.diff_id); }},
        {"image", kLeft, 3, [&](const Row& layer) { return text_.shown(layer.image); }, several},
        {"names", kRight, 2, [&](const Row& layer) { return text_.number(layer.names); }},
        {"inodes", kRight, 1, [&](const Row& layer) { return text_.number(layer.needed.inodes); }},
        {"space", kRight, 1, [&](const Row& layer) { return byteSize(bytesOf(layer)); }},
        {"most links", kRight, 0, [](const Row& layer) { return thousands(layer.links.count); }},
        {"file", kLeft, 0,
         [&](const Row& layer) {
           return layer.links.path.empty() ? std::string(kUnknown) : text_.name(layer.links.path);
         }},
    };
    const auto style = [&](const Row& layer) {
      const bool fails = failureOf(layer, preflight_.filesystem).has_value();
      return options_.color && fails ? kRed : std::string_view();
    };
    const auto& layers = preflight_.layers;
    out_ += tableOf<Row>(columns, layers, layers.size(), style).render(kIndent, options_.width);
  }
  [[nodiscard]] std::string digestOf(const std::string& id) const {
    const std::string digits = id.substr(id.find(':') + 1);
    return options_.width == 0 ? digits : withShortIds(digits);
  }
  [[nodiscard]] std::uint64_t bytesOf(const UnpackedLayer& layer) const {
    return preflight_.filesystem.costs.block_bytes > 0 ? layer.needed.bytes : layer.content_bytes;
  }
  [[nodiscard]] std::string roomText() const {
    const FreeRoom& left = preflight_.filesystem.room;
    const Objects needed = preflight_.needed();
    std::vector<std::string> parts;
    if (left.inodes) {
      parts.push_back(thousands(needed.inodes) + " of " +
                      counted(left.inodes->left, "free inode", "free inodes"));
    }
    if (left.bytes) {
      parts.push_back("at most " + byteSize(needed.bytes) + " of " + byteSize(left.bytes->left) +
                      " of free space");
    }
    return parts.empty() ? "not known on " + preflight_.filesystem.type
                         : "takes " + joined(parts, " and ") +
                               ", if none of the layers is there "
                               "yet";
  }
  void line(std::string_view label, const std::string& text, std::string_view style = {}) {
    constexpr std::size_t kLabelColumns = 9;
    out_ += text_.labelled(label, kLabelColumns, text_.shown(text), style);
  }

  const UnpackPreflight& preflight_;
  const TableOptions& options_;
  TableText text_;
  std::string out_;
};

Json fitsOf(Answer answer) {
  return answer == Answer::unknown ? Json(nullptr) : Json(answer == Answer::yes);
}

Json layerObject(const UnpackedLayer& layer, const FilesystemReport& filesystem) {
  const auto failure = failureOf(layer, filesystem);
  const bool is_unknown = !layer.doubt.empty() || (!filesystem.link_limit && layer.links.count > 1);
  Json object;
  object["image"] = toJson(layer.image);
  object["layer"] = layer.number;
  object["diff_id"] = toJson(layer.diff_id);
  object["fits"] = fitsOf(failure ? Answer::no : is_unknown ? Answer::unknown : Answer::yes);
  object["names"] = layer.names;
  object["inodes"] = layer.needed.inodes;
  object["bytes"] = filesystem.costs.block_bytes > 0 ? Json(layer.needed.bytes) : Json(nullptr);
  object["content_bytes"] = layer.content_bytes;
  object["most_links"] = layer.links.count;
  object["most_links_path"] = layer.links.path.empty() ? Json(nullptr) : toJson(layer.links.path);
  object["failure"] = nullptr;
  if (failure) {
    object["failure"] = {{"path", toJson(failure->path)},
                         {"limit", std::string(toString(*failure->limit))},
                         {"needed", failure->needed},
                         {"left", failure->left}};
  }
  object["doubt"] = layer.doubt.empty() ? Json(nullptr) : toJson(layer.doubt);
  return object;
}

}  // namespace

UnpackVerdict verdictOf(const UnpackPreflight& preflight) {
  for (const UnpackedLayer& layer : preflight.layers) {
    if (const auto failure = failureOf(layer, preflight.filesystem)) {
      return {Answer::no, "no: " + failureText(placeOf(layer, preflight), *failure,
                                               printable(preflight.filesystem.type))};
    }
  }
  if (const std::string doubt = doubtText(preflight); !doubt.empty()) {
    return {Answer::unknown, "cannot be told: " + doubt};
  }
  const std::size_t count = preflight.layers.size();
  return {Answer::yes,
          "yes: " + (count == 1 ? std::string("the layer can be unpacked")
                                : "each of the " + thousands(count) + " layers can be unpacked")};
}

std::string renderUnpack(const UnpackPreflight& preflight, const TableOptions& options) {
  return UnpackTable(preflight, options).render();
}

std::string renderUnpackJson(const UnpackPreflight& preflight) {
  const FreeRoom& left = preflight.filesystem.room;
  const UnpackVerdict verdict = verdictOf(preflight);
  const Objects needed = preflight.needed();
  Json document;
  document["version"] = std::string(kVersion);
  document["archive"] = toJson(preflight.archive);
  document["format"] = preflight.format;
  document["path"] = toJson(preflight.directory);
  document["filesystem"] = toJson(preflight.filesystem);
  document["fits"] = fitsOf(verdict.answer);
  document["verdict"] = verdict.text;
  document["layers"] = Json::array();
  for (const UnpackedLayer& layer : preflight.layers) {
    document["layers"].push_back(layerObject(layer, preflight.filesystem));
  }
  document["inodes_needed"] = left.inodes ? Json(needed.inodes) : Json(nullptr);
  document["inodes_left"] = left.inodes ? Json(left.inodes->left) : Json(nullptr);
  document["bytes_needed"] = left.bytes ? Json(needed.bytes) : Json(nullptr);
  document["bytes_left"] = left.bytes ? Json(left.bytes->left) : Json(nullptr);
  return dumped(document);
}

}  // namespace hardlink
