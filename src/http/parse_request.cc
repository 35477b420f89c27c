#include "http/parse_request.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <map>
#include <utility>

#include "base/text.h"
#include "base/utf8.h"

namespace hardlink {
namespace {

std::string lowered(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return result;
}

/// Cuts the part up to `separator` off the front of `rest`.
std::string_view nextPart(std::string_view& rest, char separator) {
  const std::size_t end = rest.find(separator);
  const std::string_view part = rest.substr(0, end);
  rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
  return trimmed(part, kHttpSpace);
}

/// A weight in thousandths; nothing if `text` is not a weight from 0 to 1.
std::optional<int> parseWeight(std::string_view text) {
  const auto weight = parseWhole<double>(text);
  const bool is_weight = weight && *weight >= 0 && *weight <= 1;
  return is_weight ? std::optional(static_cast<int>(*weight * 1000)) : std::nullopt;
}

/// One element of a header that lists alternatives: "text/plain;version=0.0.4;q=0.3".
struct Alternative {
  std::string value;          ///< in lower case
  std::string version;        ///< the parameter of that name, if there is one
  std::string_view escaping;  ///< likewise
  std::string_view proto;
  std::string_view encoding;
  int weight = 1000;  ///< in thousandths; 0 refuses
};

/// Cuts the first element off `rest`; nothing if it makes no sense.
std::optional<Alternative> nextAlternative(std::string_view& rest) {
  std::string_view element = nextPart(rest, ',');
  Alternative alternative;
  alternative.value = lowered(nextPart(element, ';'));
  while (!element.empty()) {
    std::string_view value = nextPart(element, ';');
    const std::string name = lowered(nextPart(value, '='));
    if (name == "q") {
      const std::optional<int> weight = parseWeight(value);
      if (!weight) {
        return std::nullopt;
      }
      alternative.weight = *weight;
    } else if (name == "version") {
      alternative.version = value;
    } else if (name == "escaping") {
      alternative.escaping = value;
    } else if (name == "proto") {
      alternative.proto = value;
    } else if (name == "encoding") {
      alternative.encoding = value;
    }
  }
  return alternative.value.empty() ? std::nullopt : std::optional(alternative);
}

/// The weight of the most specific range that covers a format; the highest of equal rank wins.
class Preference {
 public:
  void offer(int rank, const Alternative& range) {
    if (rank > rank_ || (rank == rank_ && range.weight > weight_)) {
      rank_ = rank;
      weight_ = range.weight;
      escaping_ = range.escaping;
    }
  }
  [[nodiscard]] int weight() const { return weight_; }
  [[nodiscard]] std::string_view escaping() const { return escaping_; }

 private:
  int rank_ = -1;
  int weight_ = 0;
  std::string_view escaping_;
};

/// The scheme that `preference` names, if Prometheus knows it, else the default.
AcceptedMetrics accepted(MetricsFormat format, const Preference& preference) {
  static constexpr std::array<std::string_view, 4> kSchemes = {"allow-utf-8", "underscores", "dots",
                                                               "values"};
  AcceptedMetrics accepted{.format = format};
  const auto* const known = std::find(kSchemes.begin(), kSchemes.end(), preference.escaping());
  if (known != kSchemes.end()) {
    accepted.escaping = *known;
  }
  return accepted;
}

constexpr const char* kExpectedQuery =
    "expected root=NAME and either layer=NAME or inode=N, each once";

/// Decodes `text` as browsers encode forms: `+` is a space.
std::optional<std::string> formDecoded(std::string_view text) {
  std::string spaced(text);
  std::replace(spaced.begin(), spaced.end(), '+', ' ');
  return percentDecoded(spaced);
}

/// The names and values of a query, decoded. Nothing if it is malformed.
std::optional<std::vector<std::pair<std::string, std::string>>> parameters(std::string_view query) {
  std::vector<std::pair<std::string, std::string>> found;
  while (!query.empty()) {
    const std::string_view pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), pair.size() + 1));
    const std::size_t equals = std::min(pair.find('='), pair.size());
    const auto name = formDecoded(pair.substr(0, equals));
    const auto value = formDecoded(pair.substr(std::min(equals + 1, pair.size())));
    if (!name || !value) {
      return std::nullopt;
    }
    if (!pair.empty()) {
      found.emplace_back(*name, *value);
    }
  }
  return found;
}

Error unknownGroup(const std::string& name, const std::string& parameter) {
  return {0, parameter + ": expected one of " + joined(namesOf<MetricGroup>()) + ", got \"" +
                 printable(name) + "\""};
}

}  // namespace

AcceptedMetrics chooseMetricsFormat(std::string_view accept, bool offers_protobuf) {
  Preference text;
  Preference open_metrics;
  Preference protobuf;
  while (!accept.empty()) {
    const std::optional<Alternative> range = nextAlternative(accept);
    if (!range) {
      continue;
    }
    const bool versionless = range->version.empty();
    if (range->value == "application/openmetrics-text") {
      if (versionless || range->version == "1.0.0") {
        open_metrics.offer(versionless ? 0 : 1, *range);
      }
    } else if (range->value == "application/vnd.google.protobuf") {
      if (range->proto == "io.prometheus.client.MetricFamily" && range->encoding == "delimited") {
        protobuf.offer(0, *range);
      }
    } else if (range->value == "text/plain") {
      if (versionless || range->version == "0.0.4") {
        text.offer(versionless ? 2 : 3, *range);
      }
    } else if (range->value == "text/*") {
      text.offer(1, *range);
    } else if (range->value == "*/*") {
      text.offer(0, *range);
    }
  }
  if (offers_protobuf && protobuf.weight() > 0 &&
      protobuf.weight() >= std::max(open_metrics.weight(), text.weight())) {
    return accepted(MetricsFormat::protobuf, protobuf);
  }
  const bool open = open_metrics.weight() > 0 && open_metrics.weight() >= text.weight();
  return open ? accepted(MetricsFormat::open_metrics, open_metrics)
              : accepted(MetricsFormat::text, text);
}

bool acceptsGzip(std::string_view accept_encoding) {
  Preference gzip;
  while (!accept_encoding.empty()) {
    const std::optional<Alternative> coding = nextAlternative(accept_encoding);
    if (!coding) {
      continue;
    }
    if (coding->value == "gzip" || coding->value == "x-gzip") {
      gzip.offer(1, *coding);
    } else if (coding->value == "*") {
      gzip.offer(0, *coding);
    }
  }
  return gzip.weight() > 0;
}

Result<ExplainQuery> parseExplainQuery(std::string_view query) {
  const auto given = parameters(query);
  if (!given) {
    return Error{0, kExpectedQuery};
  }
  std::map<std::string, std::string> found(given->begin(), given->end());
  if (given->size() != 2 || found.size() != 2 || found["root"].empty()) {
    return Error{0, kExpectedQuery};
  }
  ExplainQuery asked;
  asked.root = found.at("root");
  if (found.contains("layer")) {
    asked.layer = found.at("layer");
  } else if (found.contains("inode")) {
    asked.inode = parseWhole<std::uint64_t>(found.at("inode"));
  }
  if (asked.layer.empty() && !asked.inode) {
    return Error{0, kExpectedQuery};
  }
  return asked;
}

Result<MetricsQuery> parseMetricsQuery(std::string_view query) {
  const auto given = parameters(query);
  if (!given) {
    return Error{0, "expected parameters in the form of a URL's query"};
  }
  MetricsQuery asked;
  decltype(MetricsSelection::groups) collected;
  decltype(MetricsSelection::groups) excluded;
  for (const auto& [name, value] : *given) {
    if (name == "root[]") {
      asked.roots.push_back(value);
    } else if (name == "collect[]" || name == "exclude[]") {
      const auto group = fromString<MetricGroup>(value);
      if (!group) {
        return unknownGroup(value, name);
      }
      (name == "collect[]" ? collected : excluded).set(static_cast<std::size_t>(*group));
    }
  }
  if (collected.any() && excluded.any()) {
    return Error{0, "expected collect[] or exclude[], got both"};
  }
  asked.selection.groups = collected.any() ? collected : ~excluded;
  return asked;
}

}  // namespace hardlink
