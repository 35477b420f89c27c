#include "commands/check/verdict.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <string_view>

#include "base/utf8.h"
#include "exposition/phrases.h"

namespace hardlink {
namespace {

std::string_view nameOf(VerdictState state) {
  switch (state) {
    case VerdictState::ok:
      return "OK";
    case VerdictState::warning:
      return "WARNING";
    case VerdictState::critical:
      return "CRITICAL";
    case VerdictState::unknown:
      break;
  }
  return "UNKNOWN";
}

/// `text` with each `from` replaced by `to`.
std::string replaced(std::string_view text, char from, std::string_view to) {
  std::string result;
  for (const char c : text) {
    if (c == from) {
      result += to;
    } else {
      result += c;
    }
  }
  return result;
}

/// On one line, and without the character that ends the text and begins performance data.
std::string plain(std::string_view text) { return replaced(printable(text), '|', "\\x7c"); }

/// "3 inodes full", "3 inodes full, 1 empty"; empty if none is full, or in a root with layers.
std::string fullInodesOf(const RootVerdict& root) {
  if (!root.full_inodes || !root.saturated || root.saturated->inodes == 0) {
    return {};
  }
  const SaturatedInodes& full = *root.saturated;
  std::string text = fmt::format("{} {} full", full.inodes, full.inodes == 1 ? "inode" : "inodes");
  if (full.empty > 0) {
    text += full.empty == full.inodes ? " but empty" : ", " + std::to_string(full.empty) + " empty";
  }
  return text;
}

/// "3 layers left".
std::string layersOf(const RootVerdict& root) {
  if (!root.extractions_remaining) {
    return {};
  }
  const LayerWords words = layerWords(root.layout);
  return fmt::format("{} {} left", *root.extractions_remaining,
                     *root.extractions_remaining == 1 ? words.one : words.many);
}

/// The figures that are known, the gravest first: "3 layers left, 591 of 65000 links left, links
/// end first". Without `all_figures` it has either the links or the name of the limit, whichever
/// ends first.
std::string figuresOf(const RootVerdict& root, bool all_figures) {
  std::string text;
  const auto add = [&](const std::string& more) {
    text += (text.empty() || more.empty() ? "" : ", ") + more;
  };
  add(fullInodesOf(root));
  add(root.fullness);
  add(layersOf(root));
  const bool of_links = !root.first_limit || root.first_limit == Limit::links;
  if (root.headroom_links && (all_figures || of_links)) {
    add(std::to_string(*root.headroom_links) +
        (root.link_limit ? " of " + std::to_string(*root.link_limit) : "") + " links left");
  }
  if (root.first_limit && (all_figures || !of_links)) {
    add(endsFirst(*root.first_limit));
  }
  return text;
}

std::string sentenceOn(const RootVerdict& root) {
  std::string figures = figuresOf(root, true);
  if (const auto rounds = roundsText(root.rounds_remaining, root.series); !rounds.empty()) {
    figures += ", " + rounds + " left";
  }
  const bool both = !figures.empty() && !root.remark.empty();
  const std::string note = root.note.empty() ? "" : " (" + plain(root.note) + ")";
  return plain(root.root) + ": " + plain(root.remark) + (both ? ", " : "") + plain(figures) + note;
}

/// "20:;5:".
std::string ranges(const AlertRanges& limits) {
  return (limits.warning ? limits.warning->text() : "") + ";" +
         (limits.critical ? limits.critical->text() : "");
}

/// `'label'=value;warn;crit;min;max`; `U` is an unknown value. The labels do not depend on the
/// layout, so that a root that is down, or whose layout has changed, stays in the same graph.
std::string performance(const RootVerdict& root) {
  const std::string name = replaced(replaced(plain(root.root), '=', "\\x3d"), '\'', "''");
  const std::string layers =
      root.extractions_remaining ? std::to_string(*root.extractions_remaining) : "U";
  const std::string links = root.headroom_links ? std::to_string(*root.headroom_links) : "U";
  std::string full;
  if (root.full_inodes && root.saturated) {
    const std::uint64_t empty = std::min(root.saturated->inodes, root.saturated->empty);
    full = fmt::format(" '{} full inodes'={};;{};0;", name, root.saturated->inodes - empty,
                       root.full_inodes->text());
  }
  const std::string limit = root.link_limit ? std::to_string(*root.link_limit) : "";
  return fmt::format("'{0} layers'={1};{2};0; '{0} links'={3};{4};;{5}{6}", name, layers,
                     ranges(root.layers), links, ranges(root.links), limit, full);
}

/// `text`, cut at a character's boundary if it has more than `bytes`.
std::string cut(const std::string& text, std::size_t bytes) {
  if (text.size() <= bytes) {
    return text;
  }
  constexpr std::string_view kEllipsis = "...";
  std::size_t end = bytes - kEllipsis.size();
  const auto continues = [&](std::size_t at) {
    return (static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80U;
  };
  while (end > 0 && continues(end)) {
    --end;
  }
  return text.substr(0, end) + std::string(kEllipsis);
}

}  // namespace

Verdict inAscii(Verdict verdict) {
  const auto escape = [](std::string& text) { text = asciiOnly(printable(text)); };
  escape(verdict.remark);
  for (RootVerdict& root : verdict.roots) {
    escape(root.root);
    escape(root.remark);
    escape(root.fullness);
  }
  return verdict;
}

std::string renderNagios(const Verdict& verdict) {
  std::string text = "HARDLINK " + std::string(nameOf(verdict.state)) + " - ";
  if (verdict.roots.empty()) {
    return text + plain(verdict.remark) + "\n";
  }
  std::string data = " |";
  for (const RootVerdict& root : verdict.roots) {
    const bool first = &root == &verdict.roots.front();
    // The line begins with the state of the first root.
    text += (first ? "" : "; " + std::string(nameOf(root.state)) + " ") + sentenceOn(root);
    data += " " + performance(root);
  }
  return text + data + "\n";
}

std::string renderNpd(const Verdict& verdict) {
  if (verdict.roots.empty()) {
    return cut("unknown: " + printable(verdict.remark), kNpdBytes) + "\n";
  }
  const RootVerdict& worst = verdict.roots.front();
  const bool unknown = worst.state == VerdictState::unknown;
  const std::string what =
      unknown ? "unknown: " + printable(worst.remark) : printable(figuresOf(worst, false));
  const std::size_t roots = verdict.roots.size();
  const std::string among = roots > 1 ? " (worst of " + std::to_string(roots) + "): " : ": ";
  // A long reason must not push the root's name out of the line.
  const std::string root = among + printable(worst.root);
  const std::size_t of_root = std::min(root.size(), kNpdBytes * 2 / 5);
  return cut(cut(what, kNpdBytes - of_root) + root, kNpdBytes) + "\n";
}

}  // namespace hardlink
