#include "commands/preflight/preflight_report.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <vector>

#include "base/text.h"
#include "base/utf8.h"
#include "exposition/phrases.h"
#include "exposition/terminal/columns.h"
#include "exposition/terminal/table_text.h"
#include "image/archive.h"

namespace hardlink {
namespace {

constexpr std::size_t kLabelColumns = 9;

std::string nameOf(const ImagePreflight& image) {
  const std::string tags = joined(image.tags);
  return printable(tags.empty() ? image.id : tags);
}

std::string neededOf(Limit limit, std::uint64_t amount) {
  switch (limit) {
    case Limit::inodes:
      return counted(amount, "inode", "inodes");
    case Limit::space:
      return counted(amount, "byte", "bytes") + " of space";
    case Limit::subdirectories:
      return counted(amount, "more subdirectory", "more subdirectories") + " of overlay";
    case Limit::links:
    case Limit::names_per_directory:
      break;
  }
  return counted(amount, "link", "links");
}

/// What stands in the way of the first new layer that fails, or of the image.
std::string failureText(const ImagePreflight& image) {
  const ExtractionFailure& failure = *image.failure;
  const std::string layer = "layer " + thousands(image.fitting_layers + 1) + " of " +
                            counted(image.newLayers(), "new one", "new ones");
  const std::string place = failure.path.empty() ? "" : "root/" + printable(failure.path);
  if (!failure.limit) {
    return layer + " cannot be extracted: " + (place.empty() ? "" : place + ": ") +
           printable(failure.reason);
  }
  const std::string left = thousands(failure.left) + (failure.left == 1 ? " is left" : " are left");
  if (!failure.reason.empty()) {
    return "to " + failure.reason + ", Docker would need " +
           neededOf(*failure.limit, failure.needed) + ", " + left;
  }
  const std::string needs = layer + " would need " + neededOf(*failure.limit, failure.needed);
  if (*failure.limit == Limit::links) {
    return needs + " of " + place + ", " + left;
  }
  return needs + ", " + left + (place.empty() ? "" : ": Docker would stop at " + place);
}

std::string verdictOf(const ImagePreflight& image) {
  if (image.failure) {
    return "no: " + failureText(image);
  }
  const std::uint64_t layers = image.newLayers();
  if (layers == 0) {
    return "yes: all its layers are there already";
  }
  return "yes: " + counted(layers, "new layer, which fits", "new layers, which all fit");
}

class PreflightTable {
 public:
  PreflightTable(const Preflight& preflight, const TableOptions& options)
      : preflight_(preflight), options_(options), text_(options) {}

  std::string render() {
    const std::string& root = preflight_.root;
    out_ = text_.colored(text_.shown(imageTitle(preflight_.archive)), kBold) + " into " +
           text_.shown(root) + "\n";
    for (const ImagePreflight& image : preflight_.images) {
      addImage(image);
    }
    if (preflight_.root_margin_after) {
      line("Root", "afterwards " +
                       counted(*preflight_.root_margin_after, "more layer is", "more layers are") +
                       " sure to fit, whichever layers they build on");
    }
    line("Limit", linkLimitText(preflight_.filesystem));
    line("Verdict", verdictOf(preflight_), preflight_.fits() ? kBold : kRed);
    return text_.finished(std::move(out_));
  }

 private:
  void addImage(const ImagePreflight& image) {
    line("Image", nameOf(image) + (image.tags.empty() ? "" : " (" + shortId(image.id) + ")"));
    line("Layers", layersOf(image));
    line("Margin", marginOf(image));
    if (const std::string room = roomOf(image); !room.empty()) {
      line("Room", room);
    }
    if (preflight_.images.size() > 1) {
      line("", verdictOf(image), image.failure ? kRed : std::string_view());
    }
  }
  [[nodiscard]] std::string layersOf(const ImagePreflight& image) const {
    std::string text =
        thousands(image.layers) + " in all, " + thousands(image.present_layers) + " there already";
    if (!image.deepest_present.empty()) {
      text += " (up to " + shortId(image.deepest_present) + ")";
    }
    if (image.shared_layers > 0) {
      text += ", " + thousands(image.shared_layers) + " made for an image before it";
    }
    return text + ", " + thousands(image.newLayers()) + " new";
  }
  [[nodiscard]] static std::string marginOf(const ImagePreflight& image) {
    const bool has_base = image.present_layers + image.shared_layers > 0;
    std::string text = "nothing to build on";
    if (has_base) {
      text = image.margin_before
                 ? counted(*image.margin_before, "more layer fits", "more layers fit") +
                       " on top of what is there"
                 : "nothing limits what is there";
    }
    if (image.margin_after && image.newLayers() > 0) {
      text += "; afterwards " + thousands(*image.margin_after) + " on top of the image";
    }
    return text;
  }
  /// Inodes and bytes, as far as they are limited and known.
  [[nodiscard]] static std::string roomOf(const ImagePreflight& image) {
    std::vector<std::string> parts;
    const auto add = [&](const std::optional<Quota>& quota, std::uint64_t needed, Limit limit,
                         std::string_view unit) {
      if (quota) {
        // More than there is cannot be taken: what would be needed in all is not known then.
        parts.push_back((needed > quota->left ? "more than " : "") +
                        amountOf(limit, std::min(needed, quota->left)) + " of the " +
                        amountOf(limit, quota->left) + std::string(unit));
      }
    };
    add(image.left.inodes, image.needed.inodes, Limit::inodes, " inodes");
    add(image.left.bytes, image.needed.bytes, Limit::space, "");
    return parts.empty() ? "" : "needs " + joined(parts, " and ") + " that are left";
  }
  [[nodiscard]] std::string shortId(const std::string& id) const {
    const std::size_t colon = id.find(':');
    const std::string digits = id.substr(colon == std::string::npos ? 0 : colon + 1);
    return printable(options_.width == 0 ? id : withShortIds(digits));
  }
  void line(std::string_view label, const std::string& text, std::string_view style = {}) {
    out_ += text_.labelled(label, kLabelColumns, text_.shown(text), style);
  }

  const Preflight& preflight_;
  const TableOptions& options_;
  TableText text_;
  std::string out_;
};

}  // namespace

std::string imageTitle(const std::string& path) {
  return path == kStandardInput ? "standard input" : path;
}

std::string verdictOf(const Preflight& preflight) {
  if (preflight.images.size() == 1) {
    return verdictOf(preflight.images.front());
  }
  if (!preflight.fits()) {
    const ImagePreflight& last = preflight.images.back();
    return "no: " + nameOf(last) + ": " + failureText(last);
  }
  std::uint64_t layers = 0;
  for (const ImagePreflight& image : preflight.images) {
    layers += image.newLayers();
  }
  return "yes: " + thousands(std::uint64_t{preflight.images.size()}) + " images with " +
         counted(layers, "new layer", "new layers") + ", which all fit";
}

std::string renderPreflight(const Preflight& preflight, const TableOptions& options) {
  return PreflightTable(preflight, options).render();
}

}  // namespace hardlink
