#include "layers/layout.h"

#include <fnmatch.h>

#include <algorithm>

namespace hardlink {
namespace {

constexpr std::string_view kLayerDirectory = "root";
constexpr std::string_view kUnfinishedPrefix = "tmproot";

bool isContainerEntry(std::string_view name) {
  static constexpr std::string_view kNames[] = {"upper", "work", "merged", "lower-id"};
  return std::find(std::begin(kNames), std::end(kNames), name) != std::end(kNames);
}

Layout resolve(LayoutChoice choice, bool docker_like) {
  switch (choice) {
    case LayoutChoice::docker_overlay:
      return Layout::docker_overlay;
    case LayoutChoice::snapshots:
      return Layout::snapshots;
    case LayoutChoice::none:
      return Layout::none;
    case LayoutChoice::automatic:
      break;
  }
  return docker_like ? Layout::docker_overlay : Layout::snapshots;
}

std::string_view defaultRule(Layout layout) {
  switch (layout) {
    case Layout::docker_overlay:
      return "*/root";
    case Layout::snapshots:
      return "*";
    case Layout::none:
      break;
  }
  return {};
}

}  // namespace

std::string_view toString(Layout layout) {
  switch (layout) {
    case Layout::docker_overlay:
      return "docker-overlay";
    case Layout::snapshots:
      return "snapshots";
    case Layout::none:
      break;
  }
  return "none";
}

PathGlob::PathGlob(std::string_view pattern) {
  while (!pattern.empty()) {
    const std::size_t slash = std::min(pattern.find('/'), pattern.size());
    if (slash > 0) {
      components_.emplace_back(pattern.substr(0, slash));
    }
    pattern.remove_prefix(std::min(slash + 1, pattern.size()));
  }
}

bool PathGlob::matchesComponent(std::size_t level, const char* name) const {
  return level < components_.size() && fnmatch(components_[level].c_str(), name, 0) == 0;
}

bool PathGlob::matches(std::string_view path) const {
  for (std::size_t level = 0; level < components_.size(); ++level) {
    const std::size_t slash = std::min(path.find('/'), path.size());
    if (slash == 0 || !matchesComponent(level, std::string(path.substr(0, slash)).c_str())) {
      return false;
    }
    path.remove_prefix(std::min(slash + 1, path.size()));
  }
  return path.empty() && !components_.empty();
}

ChildKind classifyChild(const std::vector<std::string>& entries) {
  if (entries.empty()) {
    return ChildKind::empty;
  }
  bool has_root = false;
  for (const std::string& name : entries) {
    has_root = has_root || name == kLayerDirectory;
    const bool drivers =
        name == kLayerDirectory || name.starts_with(kUnfinishedPrefix) || isContainerEntry(name);
    if (!drivers) {
      return ChildKind::other;
    }
  }
  return has_root ? ChildKind::docker_layer : ChildKind::docker_other;
}

bool isUnfinishedLayer(std::string_view relative_path) {
  const std::size_t slash = relative_path.find('/');
  return slash != std::string_view::npos &&
         relative_path.substr(slash + 1).starts_with(kUnfinishedPrefix) &&
         relative_path.find('/', slash + 1) == std::string_view::npos;
}

bool looksLikeDockerOverlay(const std::vector<ChildKind>& children) {
  const auto count = [&](ChildKind kind) {
    return std::count(children.begin(), children.end(), kind);
  };
  const auto layers = count(ChildKind::docker_layer);
  return layers > 0 && layers + count(ChildKind::docker_other) > count(ChildKind::other);
}

bool LayerPlan::accepts(std::string_view relative_path) const {
  return configured_glob || relative_path != "lost+found";
}

std::string LayerPlan::layerName(const std::string& relative_path) const {
  return layout == Layout::docker_overlay ? relative_path.substr(0, relative_path.find('/'))
                                          : relative_path;
}

LayerPlan planLayers(const LayerOptions& options, bool docker_like) {
  LayerPlan plan;
  plan.layout = resolve(options.layout, docker_like);
  plan.configured_glob = options.glob.has_value();
  if (options.glob) {
    // Whoever names layers has them, whatever `layout` says of their kind.
    plan.rule = PathGlob(*options.glob);
    plan.layout = plan.layout == Layout::none ? Layout::snapshots : plan.layout;
    return plan;
  }
  plan.rule = PathGlob(defaultRule(plan.layout));
  plan.only_if_shared =
      options.layout == LayoutChoice::automatic && plan.layout == Layout::snapshots;
  return plan;
}

std::string layerHolder(const LayerOptions& options) {
  const std::string glob = options.glob.value_or("");
  const std::size_t wildcard = std::min(glob.find_first_of("*?[\\"), glob.size());
  const std::size_t slash = glob.rfind('/', wildcard);
  return slash == std::string::npos ? std::string() : glob.substr(0, slash);
}

}  // namespace hardlink
