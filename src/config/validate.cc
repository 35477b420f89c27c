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

std::string got(const std::string& expectation, std::string_view value) {
  return "expected " + expectation + ", got \"" + std::string(value) + "\"";
}

bool isAlphanumeric(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool consistsOf(std::string_view text, std::string_view punctuation) {
  return std::all_of(text.begin(), text.end(), [&](char c) {
    return isAlphanumeric(c) || punctuation.find(c) != std::string_view::npos;
  });
}

/// Whether any of the parts of `path` between slashes is one that `matches`.
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

Complaint checkRange(std::uint64_t value, std::uint64_t least, std::uint64_t most) {
  if (value >= least && value <= most) {
    return std::nullopt;
  }
  return got("a whole number from " + std::to_string(least) + " to " + std::to_string(most),
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

/// Whether nothing that the tool makes is a copy of something else as a whole.
bool hasNoLayers(Tool tool) {
  const LayoutChoice layout = layoutMadeBy(tool);
  return layout == LayoutChoice::none ||
         (layout == LayoutChoice::store && tool != Tool::backuppc && tool != Tool::ostree);
}

}  // namespace

Complaint checkRootPath(std::string_view path) {
  if (!path.starts_with('/')) {
    return got("an absolute path", path);
  }
  if (path.size() >= PATH_MAX) {
    return "expected a path shorter than " + std::to_string(PATH_MAX) + " bytes";
  }
  if (path.find('\0') != std::string_view::npos) {
    return "expected a path without NUL";
  }
  if (anyComponent(path, [](std::string_view part) { return part == "." || part == ".."; })) {
    return got("a path without . and .. in it", path);
  }
  return std::nullopt;
}

Complaint checkRootName(std::string_view name) {
  if (name.empty()) {
    return "expected a name that is not empty";
  }
  if (printable(name) != name) {
    return got("a name of printable UTF-8", name);
  }
  return std::nullopt;
}

Complaint checkGlob(std::string_view glob) {
  if (glob.starts_with('/')) {
    return got("a pattern below the root, without a leading slash", glob);
  }
  if (glob.find('\0') != std::string_view::npos) {
    return "expected a pattern without NUL";
  }
  if (glob.find("**") != std::string_view::npos) {
    return got("a pattern without **: * matches within one component", glob);
  }
  if (anyComponent(glob, [](std::string_view part) {
        return part.empty() || part == "." || part == "..";
      })) {
    return got("a pattern without empty, . and .. components", glob);
  }
  return std::nullopt;
}

Complaint checkLayersGlob(std::string_view glob) {
  const auto patterns = expandBraces(glob);
  if (!patterns) {
    return patterns.error().context + ", got \"" + std::string(glob) + "\"";
  }
  for (const std::string& pattern : *patterns) {
    if (auto complaint = checkGlob(pattern)) {
      return complaint;
    }
  }
  return std::nullopt;
}

Complaint checkListenAddress(std::string_view address) {
  const std::size_t colon = address.rfind(':');
  if (colon != std::string_view::npos && parseWhole<std::uint16_t>(address.substr(colon + 1))) {
    const std::string_view host = address.substr(0, colon);
    if (isBracketedIpv6(host) || consistsOf(host, ".-_")) {
      return std::nullopt;
    }
  }
  return got(":PORT, HOST:PORT or [IPv6]:PORT with a port from 0 to 65535", address);
}

Complaint checkTelemetryPath(std::string_view path) {
  if (!path.starts_with('/') || !consistsOf(path, "-._~/")) {
    return got("a path that starts with / and has only letters, digits and -._~/", path);
  }
  // The server takes these out of what a client asks for, so no request would ever match.
  if (path.find("//") != std::string_view::npos ||
      anyComponent(path, [](std::string_view part) { return part.ends_with('.'); })) {
    return got("a path without // and without a dot at the end of a component", path);
  }
  if (isTaken(path)) {
    return got("a path that serves nothing else", path);
  }
  return std::nullopt;
}

Complaint checkWebConfigFile(std::string_view path) {
  return path.starts_with('/') && path.find('\0') == std::string_view::npos
             ? std::nullopt
             : Complaint(got("an absolute path", path));
}

Complaint checkTool(const RootConfig& root) {
  if (!root.tool) {
    return std::nullopt;
  }
  const std::string name(toString(*root.tool));
  if (*root.tool == Tool::none) {
    return root.layout == LayoutChoice::docker_overlay && root.layers.empty()
               ? Complaint("none, but layout docker-overlay is docker's; leave one of them out")
               : std::nullopt;
  }
  if (!root.layers.empty()) {
    return hasNoLayers(*root.tool)
               ? Complaint(name + " makes no layers, but layers are named; leave one of them out")
               : std::nullopt;
  }
  const LayoutChoice made = layoutMadeBy(*root.tool);
  if (root.layout == LayoutChoice::automatic || root.layout == LayoutChoice::none ||
      root.layout == made) {
    return std::nullopt;
  }
  return fmt::format("{} makes trees of layout {}, but the layout is {}; leave one of them out",
                     name, toString(made), toString(root.layout));
}

Complaint checkLinkLimit(std::uint64_t limit) {
  return limit >= 1 ? std::nullopt
                    : Complaint(got("auto or a whole number of at least 1", std::to_string(limit)));
}

Complaint checkThreads(std::uint64_t threads) { return checkRange(threads, 1, kMaxThreads); }

Complaint checkMaxRequests(std::uint64_t requests) {
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
  return Error{0, got("one of " + joined(names), text) +
                      (meant ? "; did you mean " + std::string(*meant) + "?" : "")};
}

}  // namespace hardlink
