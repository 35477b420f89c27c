#include "config/load.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "base/error.h"
#include "base/os/read_file.h"
#include "base/text.h"
#include "config/duration.h"
#include "config/fields.h"
#include "config/validate.h"
#include "config/yaml_tree.h"

namespace hardlink {
namespace {

FieldParser<std::chrono::milliseconds> duration() {
  return parsedText<std::chrono::milliseconds>(
      parseDuration, "a duration of at most 10y with its unit, such as 500ms, 15s or 1h30m");
}

/// wholeNumber() for bounds that fit into an unsigned.
FieldParser<unsigned> boundedUnsigned(std::uint64_t least, std::uint64_t most) {
  return [parse = wholeNumber(least, most)](const YamlNode& node) -> Result<unsigned> {
    ASSIGN_OR_RETURN(const std::uint64_t number, parse(node));
    return static_cast<unsigned>(number);
  };
}

using OptionalLimit = std::optional<std::uint64_t>;

Result<OptionalLimit> linkLimit(const YamlNode& node) {
  if (node.kind == YamlNode::Kind::scalar && node.text == "auto") {
    return OptionalLimit();
  }
  const Result<std::uint64_t> number = wholeNumber(1, UINT64_MAX)(node);
  return number ? Result<OptionalLimit>(*number)
                : expected("auto or a whole number of at least 1", node);
}

/// Reads the tool that makes the links. The layout and the layers, which it may contradict, must
/// have been read.
void readTool(const Section& section, RootConfig& root) {
  static constexpr std::string_view kKey = "tool";
  const FieldParser<std::optional<Tool>> tool =
      [](const YamlNode& node) -> Result<std::optional<Tool>> {
    return node.kind == YamlNode::Kind::scalar
               ? parseTool(node.text)
               : Result<std::optional<Tool>>(expected("one of " + joined(toolChoices()), node));
  };
  if (section.read(kKey, root.tool, tool)) {
    if (const auto fits = checkTool(root); !fits) {
      section.report(kKey, fits.error().context);
    }
  }
}

/// Reads one glob or a list of globs; null means none.
void readLayers(const Section& section, std::vector<std::string>& globs) {
  static constexpr std::string_view kKey = "layers";
  const YamlNode* const node = section.find(kKey);
  if (node == nullptr || node->kind == YamlNode::Kind::null) {
    return;
  }
  if (node->kind != YamlNode::Kind::list) {
    std::string glob;
    if (section.read(kKey, glob, checkedText(checkLayersGlob))) {
      globs = {glob};
    }
  } else if (section.readList(kKey, globs, checkedText(checkLayersGlob)) && globs.empty()) {
    section.report(kKey, "expected at least one pattern");
  }
}

/// Reads a mapping of label names to values.
void readLabels(const Section& root, std::vector<std::pair<std::string, std::string>>& labels,
                ProblemCollector& problems) {
  static constexpr std::string_view kKey = "labels";
  const YamlNode* const node = root.find(kKey);
  if (node == nullptr || node->kind == YamlNode::Kind::null ||
      node->kind == YamlNode::Kind::refused) {
    return;
  }
  if (node->kind != YamlNode::Kind::mapping) {
    root.report(kKey, expected("a mapping of names to values", *node).context);
    return;
  }
  std::vector<std::string_view> names;
  for (std::size_t i = 0; i < node->children.size(); i += 2) {
    if (node->children[i].kind == YamlNode::Kind::scalar) {
      names.emplace_back(node->children[i].text);
    }
  }
  const Section section(*node, root.nameOf(kKey), names, problems);
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  if (names.size() > kMaxLabels) {
    root.report(kKey, fmt::format("expected at most {} labels, got {}", kMaxLabels, names.size()));
  }
  for (const std::string_view name : names) {
    std::string value;
    if (const auto good = checkLabelName(name); !good) {
      section.report(name, good.error().context);
    } else if (section.read(name, value, checkedText(checkLabelValue))) {
      labels.emplace_back(name, std::move(value));
    }
  }
}

/// The paths and names of the roots that have been read: no two roots may share one.
class RootRegister {
 public:
  /// Reports the root number `index`, which was read from `section`, if its path or name is taken.
  void enter(const RootConfig& root, std::size_t index, const Section& section) {
    if (root.path.empty()) {
      return;
    }
    if (claim(paths_, root.path, index, section, "path")) {
      claim(names_, root.name, index, section, "name");
    }
  }

 private:
  using Owners = std::map<std::string, std::size_t>;

  /// Records `value` for the root `index`. Reports it, and returns false, if another root has it.
  static bool claim(Owners& owners, const std::string& value, std::size_t index,
                    const Section& section, std::string_view key) {
    const auto [owner, inserted] = owners.try_emplace(value, index);
    if (!inserted) {
      section.report(key, fmt::format("\"{}\" is the {} of {} already", value, key,
                                      indexed("roots", owner->second)));
    }
    return inserted;
  }

  Owners paths_;
  Owners names_;
};

RootConfig readRoot(const Section& section, ProblemCollector& problems) {
  RootConfig root;
  section.read("path", root.path, checkedText(checkRootPath));
  section.read("name", root.name, checkedText(checkRootName));
  section.read("layout", root.layout, oneOf<LayoutChoice>());
  section.read("order", root.order, oneOf<OrderChoice>());
  readLayers(section, root.layers);
  readTool(section, root);
  section.read("engine", root.engine, oneOf<EngineChoice>());
  section.read("link_limit", root.link_limit, FieldParser<OptionalLimit>(linkLimit));
  section.readList("exclude", root.exclude, checkedText(checkGlob));
  readLabels(section, root.labels, problems);
  return normalised(std::move(root));
}

void readRoots(const Section& file, std::vector<RootConfig>& roots, ProblemCollector& problems) {
  const YamlNode* const list = file.find("roots");
  if (list == nullptr || list->kind == YamlNode::Kind::null || !file.requireList(*list, "roots")) {
    return;
  }
  RootRegister known;
  for (const YamlNode& node : list->children) {
    const Section section(node, indexed("roots", roots.size()),
                          {"path", "name", "layout", "tool", "order", "layers", "engine",
                           "link_limit", "exclude", "labels"},
                          problems);
    const bool keyed = node.kind == YamlNode::Kind::mapping || node.kind == YamlNode::Kind::null;
    if (keyed && section.find("path") == nullptr) {
      section.report("path", "missing; every root needs a path");
    }
    roots.push_back(readRoot(section, problems));
    known.enter(roots.back(), roots.size() - 1, section);
  }
}

void readScan(const YamlNode& node, ScanConfig& scan, ProblemCollector& problems) {
  const Section section(node, "scan",
                        {"interval", "full_interval", "watch_interval", "timeout", "threads",
                         "io_priority", "max_duty"},
                        problems);
  section.read("interval", scan.interval, duration());
  section.read("full_interval", scan.full_interval, duration());
  section.read("watch_interval", scan.watch_interval, duration());
  section.read("timeout", scan.timeout, duration());
  section.read("threads", scan.threads, boundedUnsigned(1, kMaxThreads));
  section.read("io_priority", scan.io_priority, oneOf<IoPriority>());
  section.read("max_duty", scan.max_duty,
               parsedText<double>(parsePercentage, "a percentage above 0% and up to 100%"));
}

/// Reports a wrong number of buckets, and the first bucket that is not above the one before it.
void checkBuckets(const Section& section, const std::vector<std::uint64_t>& buckets,
                  ProblemCollector& problems) {
  static constexpr std::string_view kKey = "buckets";
  if (buckets.empty() || buckets.size() > kMaxBuckets) {
    section.report(kKey,
                   fmt::format("expected 1 to {} bounds, got {}", kMaxBuckets, buckets.size()));
  }
  for (std::size_t i = 1; i < buckets.size(); ++i) {
    if (buckets[i] <= buckets[i - 1]) {
      problems.add(section.find(kKey)->children[i].line, section.nameOf(indexed(kKey, i)),
                   fmt::format("expected a bound above the one before it, {}, got {}",
                               buckets[i - 1], buckets[i]));
      return;
    }
  }
}

void readMetrics(const YamlNode& node, MetricsConfig& metrics, ProblemCollector& problems) {
  const Section section(
      node, "metrics",
      {"hot_inodes", "layers", "images", "hot_directories", "histograms", "buckets"}, problems);
  const FieldParser<std::uint64_t> series = wholeNumber(0, kMaxSeries);
  section.read("hot_inodes", metrics.hot_inodes, series);
  section.read("layers", metrics.layers, series);
  section.read("images", metrics.images, series);
  section.read("hot_directories", metrics.hot_directories, series);
  section.read("histograms", metrics.histograms, oneOf<HistogramForm>());
  if (section.readList("buckets", metrics.buckets, wholeNumber(1, UINT64_MAX))) {
    checkBuckets(section, metrics.buckets, problems);
  }
}

/// Reads one address or a list of addresses.
void readListenAddresses(const Section& section, std::vector<std::string>& addresses,
                         ProblemCollector& problems) {
  static constexpr std::string_view kKey = "listen_address";
  const YamlNode* const node = section.find(kKey);
  if (node == nullptr || node->kind != YamlNode::Kind::list) {
    std::string address;
    if (section.read(kKey, address, checkedText(checkListenAddress))) {
      addresses = {address};
    }
    return;
  }
  if (!section.readList(kKey, addresses, checkedText(checkListenAddress))) {
    return;
  }
  if (addresses.empty()) {
    section.report(kKey, "expected at least one address");
  }
  std::set<std::string_view> distinct;
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    if (!distinct.insert(addresses[i]).second) {
      problems.add(node->children[i].line, section.nameOf(indexed(kKey, i)),
                   fmt::format("\"{}\" stands in the list already", addresses[i]));
    }
  }
}

void readWeb(const YamlNode& node, WebConfig& web, ProblemCollector& problems) {
  const Section section(node, "web",
                        {"listen_address", "systemd_socket", "telemetry_path", "config_file",
                         "enable_lifecycle", "disable_exporter_metrics", "max_requests"},
                        problems);
  readListenAddresses(section, web.listen_addresses, problems);
  section.read("systemd_socket", web.systemd_socket, trueOrFalse());
  section.read("telemetry_path", web.telemetry_path, checkedText(checkTelemetryPath));
  section.read("config_file", web.config_file, checkedText(checkWebConfigFile));
  section.read("enable_lifecycle", web.enable_lifecycle, trueOrFalse());
  section.read("disable_exporter_metrics", web.disable_exporter_metrics, trueOrFalse());
  section.read("max_requests", web.max_requests, boundedUnsigned(1, kMaxMaxRequests));
}

void readLog(const YamlNode& node, LogConfig& log, ProblemCollector& problems) {
  const Section section(node, "log", {"level", "format"}, problems);
  section.read("level", log.level, oneOf<log::Level>());
  section.read("format", log.format, oneOf<log::Format>());
}

Config readFile(const YamlNode& document, ProblemCollector& problems) {
  Config config;
  const Section file(document, "", {"roots", "scan", "metrics", "web", "log"}, problems);
  const auto within = [&](std::string_view key, auto& target, auto read) {
    if (const YamlNode* const node = file.find(key)) {
      read(*node, target, problems);
    }
  };
  readRoots(file, config.roots, problems);
  within("scan", config.scan, readScan);
  within("metrics", config.metrics, readMetrics);
  within("web", config.web, readWeb);
  within("log", config.log, readLog);
  return config;
}

}  // namespace

Result<Config, Problems> loadConfig(const std::string& path) {
  const Result<std::string> text =
      readFile(path, {.most_bytes = kMaxYamlBytes + 1, .cut = true, .any_kind = true});
  if (!text) {
    return Problems{{path, 0, "", Error{text.error().code, "cannot be read"}.message()}};
  }
  return parseConfig(*text, path);
}

Result<Config, Problems> parseConfig(const std::string& text, const std::string& file) {
  ProblemCollector problems(file);
  const std::optional<YamlNode> document = parseYaml(text, problems);
  Config config;
  if (document) {
    config = readFile(*document, problems);
  }
  if (!problems.empty()) {
    return problems.sorted();
  }
  return config;
}

}  // namespace hardlink
