// Names of any bytes in the output. Every format is well-formed, and reading it gives the same
// names.
//
// The first byte of the input separates the names.

#include <algorithm>
#include <array>
#include <map>
#include <nlohmann/json.hpp>
#include <protozero/pbf_reader.hpp>
#include <protozero/varint.hpp>
#include <string>
#include <vector>

#include "base/utf8.h"
#include "exposition/json/json.h"
#include "exposition/metrics/families.h"
#include "exposition/page/html.h"
#include "exposition/page/status_page.h"
#include "exposition/shell.h"
#include "exposition/terminal/table.h"
#include "fuzz/require.h"

namespace hardlink {
namespace {

constexpr std::size_t kNames = 9;

std::vector<std::string> namesIn(std::string_view input) {
  std::vector<std::string> names;
  const char separator = input.empty() ? '\0' : input.front();
  input.remove_prefix(std::min<std::size_t>(1, input.size()));
  while (names.size() < kNames) {
    const std::string_view name = input.substr(0, input.find(separator));
    names.emplace_back(name);
    input.remove_prefix(std::min(name.size() + 1, input.size()));
  }
  return names;
}

/// A report with these names in every place that may hold bytes from outside.
Report reportWith(const std::vector<std::string>& names) {
  RootReport root;
  root.name = names[0];
  root.path = names[1];
  root.status.up = true;
  CensusReport& census = root.census.emplace();
  census.complete = true;
  census.layers = 1;
  census.layout = "snapshots";
  census.filesystem = {names[2], names[3], names[4], 65000, "kernel", std::nullopt};
  HotInodeReport hot;
  hot.path = names[5];
  hot.links = 7;
  census.hot_inodes = {hot};
  LayerReport layer;
  layer.name = names[6];
  layer.extractions_remaining = 3;
  layer.images = {names[7]};
  census.tightest_layers = {layer};
  census.images = {{names[7], names[8], 3, 1, 1, 7}};
  census.unfinished_layers = {names[8]};
  return {{root}};
}

using Labels = std::map<std::string, std::string>;

/// Takes one quoted value off `line` and undoes its escapes.
std::string takeValue(std::string_view& line) {
  std::string value;
  while (!line.empty() && line.front() != '"') {
    char c = line.front();
    line.remove_prefix(1);
    if (c == '\\') {
      require(!line.empty() && std::string_view("\\\"n").find(line.front()) != line.npos,
              "only these three are escaped");
      c = line.front() == 'n' ? '\n' : line.front();
      line.remove_prefix(1);
    }
    value += c;
  }
  require(!line.empty(), "a value ends on its line");
  line.remove_prefix(1);
  return value;
}

/// The labels of a sample, without its name; the rest of the line has to be a number.
Labels labelsOf(std::string_view line) {
  Labels labels;
  const std::size_t begin = std::min(line.find_first_of("{ "), line.size());
  if (line.substr(begin).starts_with('{')) {
    line.remove_prefix(begin);
    while (!line.starts_with('}')) {
      line.remove_prefix(1);
      const std::size_t equals = line.find("=\"");
      require(equals != line.npos, "a label has a value");
      const std::string name(line.substr(0, equals));
      line.remove_prefix(equals + 2);
      require(labels.emplace(name, takeValue(line)).second, "a label is given once");
      require(line.starts_with(',') || line.starts_with('}'), "labels end in a brace");
    }
    line.remove_prefix(1);
  } else {
    line.remove_prefix(begin);
  }
  require(line.starts_with(' ') && line.find(' ', 1) == line.npos && line.size() > 1 &&
              line.find_first_not_of("0123456789.+-eInf", 1) == line.npos,
          "a sample ends in one number");
  return labels;
}

/// The labels of every sample, by the metric's name.
using Samples = std::map<std::string, std::vector<Labels>, std::less<>>;

Samples samplesIn(const std::string& text) {
  Samples samples;
  require(text.ends_with('\n') && sanitizeUtf8(text) == text, "an exposition is lines of UTF-8");
  std::string_view left = text;
  while (!left.empty()) {
    const std::string_view line = left.substr(0, left.find('\n'));
    left.remove_prefix(line.size() + 1);
    require(line.starts_with("# HELP hardlink_") || line.starts_with("# TYPE hardlink_") ||
                line.starts_with("hardlink_"),
            "a line is one of ours");
    if (!line.starts_with('#')) {
      samples[std::string(line.substr(0, line.find_first_of("{ ")))].push_back(labelsOf(line));
    }
  }
  return samples;
}

void checkText(const std::string& text, const std::vector<std::string>& names) {
  Samples samples = samplesIn(text);
  const std::vector<Labels>& info = samples["hardlink_root_info"];
  require(info.size() == 1, "there is one root");
  const auto says = [](const Labels& labels, const char* label, const std::string& name) {
    const auto found = labels.find(label);
    // For Prometheus, an empty label is the same as no label.
    return found == labels.end() ? name.empty() : found->second == sanitizeUtf8(name);
  };
  require(says(info[0], "root", names[0]) && says(info[0], "path", names[1]) &&
              says(info[0], "fstype", names[2]) && says(info[0], "device", names[3]) &&
              says(info[0], "mountpoint", names[4]),
          "the root's labels read back are its names");
  const std::vector<Labels>& hot = samples["hardlink_hot_inode_links"];
  require(hot.size() <= 1 && (hot.empty() || says(hot[0], "path", names[5])),
          "a path read back is the path");
  const std::vector<Labels>& layers = samples["hardlink_layer_extractions_remaining"];
  require(layers.size() == 1 && says(layers[0], "layer", names[6]),
          "a layer read back is the layer");
  const std::vector<Labels>& images = samples["hardlink_image_extractions_remaining"];
  require(images.size() == 1 && says(images[0], "image", names[7]),
          "an image read back is the image");
}

/// The labels of the only series of a family, read back with the library that wrote them.
Labels labelsIn(const std::string& protobuf, std::string_view family) {
  const char* at = protobuf.data();
  const char* const end = at + protobuf.size();
  std::vector<Labels> series;
  while (at != end) {
    const std::uint64_t length = protozero::decode_varint(&at, end);
    require(length <= static_cast<std::size_t>(end - at), "a family has its length in front");
    protozero::pbf_reader message(at, length);
    at += length;
    bool is_wanted = false;
    while (message.next()) {
      if (message.tag() == 1) {
        is_wanted = message.get_string() == family;
      } else if (message.tag() == 4) {
        protozero::pbf_reader metric = message.get_message();
        Labels labels;
        while (metric.next()) {
          if (metric.tag() == 1) {
            protozero::pbf_reader pair = metric.get_message();
            require(pair.next(1), "a label has a name");
            const std::string name = pair.get_string();
            require(pair.next(2), "a label has a value");
            require(labels.emplace(name, pair.get_string()).second, "a label is given once");
          } else {
            metric.skip();
          }
        }
        if (is_wanted) {
          series.push_back(labels);
        }
      } else {
        message.skip();
      }
    }
  }
  require(series.size() == 1, "there is one series");
  return series[0];
}

void checkProtobuf(const std::string& protobuf, const std::vector<std::string>& names) {
  const Labels info = labelsIn(protobuf, "hardlink_root_info");
  require(info.at("root") == sanitizeUtf8(names[0]) && info.at("path") == sanitizeUtf8(names[1]) &&
              info.at("fstype") == sanitizeUtf8(names[2]) &&
              info.at("device") == sanitizeUtf8(names[3]) &&
              info.at("mountpoint") == sanitizeUtf8(names[4]),
          "the labels in protobuf are the names");
  require(labelsIn(protobuf, "hardlink_layer_inode_links").at("layer") == sanitizeUtf8(names[6]),
          "a native histogram has its layer");
}

void checkJson(const Report& report, const std::vector<std::string>& names) {
  const std::string text = renderJson(report);
  const auto json = nlohmann::json::parse(text, nullptr, false);
  require(!json.is_discarded() && text.ends_with('\n'), "JSON is JSON");
  const auto& root = json["roots"][0];
  require(root["root"] == sanitizeUtf8(names[0]) && root["path"] == sanitizeUtf8(names[1]) &&
              (names[3].empty() ? root["filesystem"]["device"].is_null()
                                : root["filesystem"]["device"] == sanitizeUtf8(names[3])) &&
              root["hot_inodes"][0]["path"] == sanitizeUtf8(names[5]) &&
              root["tightest_layers"][0]["layer"] == sanitizeUtf8(names[6]) &&
              root["images"][0]["image"] == sanitizeUtf8(names[7]) &&
              root["unfinished_layers"][0] == sanitizeUtf8(names[8]),
          "JSON read back says the names");
  const auto parsed = parseReport(text);
  require(parsed && parsed->roots.size() == 1 && parsed->roots[0].name == sanitizeUtf8(names[0]),
          "a report can be read by `check --url`");
}

/// The text that a shell reads from the single word `word`.
std::string unquoted(std::string_view word) {
  std::string out;
  if (word.starts_with("$'")) {
    word = word.substr(2, word.size() - 3);
    while (!word.empty()) {
      const bool is_octal = word.front() == '\\';
      require(!is_octal || word.size() >= 4, "an escape has three digits");
      out += is_octal ? static_cast<char>(std::stoi(std::string(word.substr(1, 3)), nullptr, 8))
                      : word.front();
      word.remove_prefix(is_octal ? 4 : 1);
    }
    return out;
  }
  bool quoted = false;
  for (std::size_t i = 0; i < word.size(); ++i) {
    if (word[i] == '\'') {
      quoted = !quoted;
    } else {
      i += word[i] == '\\' && !quoted ? 1U : 0U;
      require(quoted || word[i] == '\'' || word.find('\'') == word.npos,
              "what is special is quoted");
      out += word[i];
    }
  }
  require(!quoted, "quotes end");
  return out;
}

/// The text that a browser shows for text without markup.
std::string unescapedHtml(std::string_view html) {
  static const std::map<std::string_view, char> kEntities = {
      {"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&#39;", '\''}};
  std::string out;
  while (!html.empty()) {
    require(std::string_view("<>\"'").find(html.front()) == html.npos, "no markup is left");
    const std::string_view entity =
        html.front() == '&' ? html.substr(0, html.find(';') + 1) : std::string_view();
    const auto known = kEntities.find(entity);
    require(html.front() != '&' || known != kEntities.end(), "an ampersand begins an entity");
    out += known == kEntities.end() ? html.front() : known->second;
    html.remove_prefix(std::max<std::size_t>(1, entity.size()));
  }
  return out;
}

void checkName(const std::string& name) {
  const std::string shown = printable(name);
  require(sanitizeUtf8(shown) == shown && printable(shown) == shown, "printable text stays so");
  require(std::none_of(shown.begin(), shown.end(),
                       [](unsigned char c) { return c < 0x20 || c == 0x7F; }),
          "nothing printable moves the cursor");
  require(sanitizeUtf8(sanitizeUtf8(name)) == sanitizeUtf8(name), "valid UTF-8 is left alone");
  require(unescapedHtml(escaped(name)) == visible(name), "HTML shows what is visible");
  require(unquoted(shellQuoted(name)) == name, "a shell reads the same bytes");
  require(isOneLine(shellQuoted(name)), "a word for the shell can be shown");
}

/// One table of each kind takes long; `choice` picks a kind.
void checkTable(const Report& report, std::size_t choice) {
  constexpr std::array<std::size_t, 4> kWidths = {0, 40, 80, 200};
  const bool utf8 = choice % 2 == 0;
  std::string table =
      renderTable(report, {.width = kWidths[choice / 2 % kWidths.size()], .utf8 = utf8});
  require(sanitizeUtf8(table) == table, "a table is UTF-8");
  std::erase(table, '\n');
  require(isOneLine(table), "a table has no control characters");
  require(utf8 || std::all_of(table.begin(), table.end(), [](unsigned char c) { return c < 0x80; }),
          "a table in ASCII is ASCII");
}

}  // namespace
}  // namespace hardlink

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace hardlink;  // NOLINT: nothing else is here
  const std::vector<std::string> names = namesIn(asText(data, size));
  std::for_each(names.begin(), names.end(), checkName);
  const Report report = reportWith(names);
  const Families families = metricFamilies(report);
  checkText(renderText(families).bytes, names);
  checkText(renderOpenMetrics(families).bytes, names);
  for (const HistogramForm form : {HistogramForm::both, HistogramForm::native}) {
    checkProtobuf(renderProtobuf(families, form).bytes, names);
  }
  checkJson(report, names);
  checkTable(report, size);
  const std::string page = renderStatusPage(report, "/metrics");
  require(sanitizeUtf8(page) == page, "the page is UTF-8");
  return 0;
}
