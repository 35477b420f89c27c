#include "config/validate.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <climits>

#include "base/text.h"
#include "base/utf8.h"
#include "config/braces.h"
#include "config/fields.h"
#include "model/routes.h"

namespace hardlink {
namespace {

Error wrongValue(std::string_view expectation, std::string_view value) {
  return {0, fmt::format("expected {}, got \"{}\"", expectation, value)};
}

bool isAlphanumeric(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool consistsOf(std::string_view text, std::string_view punctuation) {
  return std::all_of(text.begin(), text.end(), [&](char c) {
    return isAlphanumeric(c) || punctuation.find(c) != std::string_view::npos;
  });
}

/// Whether `matches` is true for any of the parts of `path` between slashes.
template <class Matches>
bool anyComponent(std::string_view path, Matches matches) {
  while (true) {
    const std::size_t slash = path.find('/');
    if (matches(path.substr(0, slash))) {
      return true;
    }
    if (slash == std::string_view::npos) {
      return false;
    }
    path.remove_prefix(slash + 1);
  }
}

bool isBracketedIpv6(std::string_view host) {
  if (host.size() < 2 || host.front() != '[' || host.back() != ']') {
    return false;
  }
  const std::string address(host.substr(1, host.size() - 2));
  in6_addr unused{};
  return inet_pton(AF_INET6, address.c_str(), &unused) == 1;
}

Result<void> checkRange(std::uint64_t value, std::uint64_t least, std::uint64_t most) {
  return value >= least && value <= most
             ? Result<void>()
             : wrongValue(fmt::format("a whole number from {} to {}", least, most),
                          std::to_string(value));
}

constexpr std::string_view kAuto = toString(LayoutChoice::automatic);

LayoutChoice layoutMadeBy(Tool tool) {
  switch (tool) {
    case Tool::docker:
      return LayoutChoice::docker_overlay;
    case Tool::rsnapshot:
    case Tool::backintime:
    case Tool::timeshift:
    case Tool::dirvish:
    case Tool::storebackup:
    case Tool::rsync:
      return LayoutChoice::snapshots;
    case Tool::backuppc:
    case Tool::ostree:
    case Tool::flatpak:
    case Tool::nix:
    case Tool::pnpm:
    case Tool::containers_storage:
    case Tool::glusterfs:
    case Tool::unknown:
      return LayoutChoice::store;
    case Tool::git:
    case Tool::none:
      break;
  }
  return LayoutChoice::none;
}

/// Whether the tool makes no directories that are copies of other directories.
bool hasNoLayers(Tool tool) {
  const LayoutChoice layout = layoutMadeBy(tool);
  return layout == LayoutChoice::none ||
         (layout == LayoutChoice::store && tool != Tool::backuppc && tool != Tool::ostree);
}

}  // namespace

Result<void> checkRootPath(std::string_view path) {
  if (!path.starts_with('/')) {
    return wrongValue("an absolute path", path);
  }
  if (path.size() >= PATH_MAX) {
    return Error{0, fmt::format("expected a path shorter than {} bytes", PATH_MAX)};
  }
  if (path.find('\0') != std::string_view::npos) {
    return Error{0, "expected a path without NUL"};
  }
  if (anyComponent(path, [](std::string_view part) { return part == "." || part == ".."; })) {
    return wrongValue("a path without . and .. in it", path);
  }
  return {};
}

Result<void> checkRootName(std::string_view name) {
  if (name.empty()) {
    return Error{0, "expected a name that is not empty"};
  }
  if (printable(name) != name) {
    return wrongValue("a name of printable UTF-8", name);
  }
  return {};
}

Result<void> checkLabelName(std::string_view name) {
  // The labels of hardlink_root_info, and those that Prometheus uses for histograms and summaries.
  static constexpr std::string_view kTaken[] = {"root",         "path",   "fstype",  "device",
                                                "mountpoint",   "layout", "tool",    "engine",
                                                "limit_source", "le",     "quantile"};
  const auto is_letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  };
  const bool is_name = !name.empty() && is_letter(name.front()) && !name.starts_with("__") &&
                       std::all_of(name.begin(), name.end(),
                                   [&](char c) { return is_letter(c) || (c >= '0' && c <= '9'); });
  if (!is_name || name.size() > kMaxLabelBytes) {
    return wrongValue("a name of letters, digits and _, without a digit or __ in front", name);
  }
  if (std::find(std::begin(kTaken), std::end(kTaken), name) != std::end(kTaken)) {
    return Error{0, "this label has a meaning already; expected another name"};
  }
  return {};
}

Result<void> checkLabelValue(std::string_view value) {
  if (value.empty() || value.size() > kMaxLabelBytes || printable(value) != value) {
    return wrongValue(fmt::format("1 to {} bytes of printable UTF-8", kMaxLabelBytes), value);
  }
  return {};
}

Result<void> checkGlob(std::string_view glob) {
  if (glob.starts_with('/')) {
    return wrongValue("a pattern below the root, without a leading slash", glob);
  }
  if (glob.find('\0') != std::string_view::npos) {
    return Error{0, "expected a pattern without NUL"};
  }
  if (glob.find("**") != std::string_view::npos) {
    return wrongValue("a pattern without **: * matches within one component", glob);
  }
  if (anyComponent(glob, [](std::string_view part) {
        return part.empty() || part == "." || part == "..";
      })) {
    return wrongValue("a pattern without empty, . and .. components", glob);
  }
  return {};
}

Result<void> checkLayersGlob(std::string_view glob) {
  const auto patterns = expandBraces(glob);
  if (!patterns) {
    return Error{0, fmt::format("{}, got \"{}\"", patterns.error().context, glob)};
  }
  for (const std::string& pattern : *patterns) {
    RETURN_IF_ERROR(checkGlob(pattern));
  }
  return {};
}

Result<void> checkListenAddress(std::string_view address) {
  const std::size_t colon = address.rfind(':');
  if (colon != std::string_view::npos && parseWhole<std::uint16_t>(address.substr(colon + 1))) {
    const std::string_view host = address.substr(0, colon);
    if (isBracketedIpv6(host) || consistsOf(host, ".-_")) {
      return {};
    }
  }
  return wrongValue(":PORT, HOST:PORT or [IPv6]:PORT with a port from 0 to 65535", address);
}

Result<void> checkTelemetryPath(std::string_view path) {
  if (!path.starts_with('/') || !consistsOf(path, "-._~/")) {
    return wrongValue("a path that starts with / and has only letters, digits and -._~/", path);
  }
  // The server takes these out of what a client asks for, so no request would ever match.
  if (path.find("//") != std::string_view::npos ||
      anyComponent(path, [](std::string_view part) { return part.ends_with('.'); })) {
    return wrongValue("a path without // and without a dot at the end of a component", path);
  }
  if (isTaken(path)) {
    return wrongValue("a path that serves nothing else", path);
  }
  return {};
}

Result<void> checkWebConfigFile(std::string_view path) {
  return path.starts_with('/') && path.find('\0') == std::string_view::npos
             ? Result<void>()
             : wrongValue("an absolute path", path);
}

Result<void> checkTool(const RootConfig& root) {
  if (!root.tool) {
    return {};
  }
  const std::string_view name = toString(*root.tool);
  if (*root.tool == Tool::none) {
    return root.layout == LayoutChoice::docker_overlay && root.layers.empty()
               ? Error{0, "none, but layout docker-overlay is docker's; leave one of them out"}
               : Result<void>();
  }
  if (!root.layers.empty()) {
    return hasNoLayers(*root.tool)
               ? Error{0,
                       fmt::format(
                           "{} makes no layers, but layers are named; leave one of them out", name)}
               : Result<void>();
  }
  const LayoutChoice made = layoutMadeBy(*root.tool);
  if (root.layout == LayoutChoice::automatic || root.layout == LayoutChoice::none ||
      root.layout == made) {
    return {};
  }
  return Error{
      0, fmt::format("{} makes trees of layout {}, but the layout is {}; leave one of them out",
                     name, toString(made), toString(root.layout))};
}

Result<void> checkLinkLimit(std::uint64_t limit) {
  return limit >= 1 ? Result<void>()
                    : wrongValue("auto or a whole number of at least 1", std::to_string(limit));
}

Result<void> checkThreads(std::uint64_t threads) { return checkRange(threads, 1, kMaxThreads); }

Result<void> checkMaxRequests(std::uint64_t requests) {
  return checkRange(requests, 1, kMaxMaxRequests);
}

RootConfig normalised(RootConfig root) {
  const auto both_slashes = [](char a, char b) { return a == '/' && b == '/'; };
  root.path.erase(std::unique(root.path.begin(), root.path.end(), both_slashes), root.path.end());
  if (root.path.size() > 1 && root.path.back() == '/') {
    root.path.pop_back();
  }
  if (root.name.empty()) {
    root.name = root.path;
  }
  return root;
}

std::vector<std::string_view> toolChoices() {
  std::vector<std::string_view> names = namesOf<Tool>();
  std::erase(names, toString(Tool::unknown));
  names.insert(names.begin(), kAuto);
  return names;
}

Result<std::optional<Tool>> parseTool(std::string_view text) {
  const std::vector<std::string_view> names = toolChoices();
  if (std::find(names.begin(), names.end(), text) != names.end()) {
    return fromString<Tool>(text);
  }
  const auto meant = suggestion(text, names);
  return Error{0, wrongValue("one of " + joined(names), text).context +
                      (meant ? fmt::format("; did you mean {}?", *meant) : "")};
}

}  // namespace hardlink
