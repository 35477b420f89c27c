#include "http/parse_request.h"

#include <algorithm>
#include <cctype>
#include <map>

#include "base/text.h"

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
  std::string value;    ///< in lower case
  std::string version;  ///< the parameter of that name, if there is one
  int weight = 1000;    ///< in thousandths; 0 refuses
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
    }
  }
  return alternative.value.empty() ? std::nullopt : std::optional(alternative);
}

/// The weight of the most specific range that covers a format; the highest of equal rank wins.
class Preference {
 public:
  void offer(int rank, int weight) {
    if (rank > rank_ || (rank == rank_ && weight > weight_)) {
      rank_ = rank;
      weight_ = weight;
    }
  }
  [[nodiscard]] int weight() const { return weight_; }

 private:
  int rank_ = -1;
  int weight_ = 0;
};

constexpr const char* kExpectedQuery =
    "expected root=NAME and either layer=NAME or inode=N, each once";

/// Decodes `text` as browsers encode forms: `+` is a space.
std::optional<std::string> formDecoded(std::string_view text) {
  std::string spaced(text);
  std::replace(spaced.begin(), spaced.end(), '+', ' ');
  return percentDecoded(spaced);
}

/// Nothing if the query is malformed or has a parameter twice.
std::optional<std::map<std::string, std::string>> parameters(std::string_view query) {
  std::map<std::string, std::string> found;
  while (!query.empty()) {
    const std::string_view pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), pair.size() + 1));
    const std::size_t equals = pair.find('=');
    if (equals == std::string_view::npos) {
      return std::nullopt;
    }
    const std::optional<std::string> value = formDecoded(pair.substr(equals + 1));
    if (!value || !found.emplace(pair.substr(0, equals), *value).second) {
      return std::nullopt;
    }
  }
  return found;
}

}  // namespace

MetricsFormat chooseMetricsFormat(std::string_view accept) {
  Preference text;
  Preference open_metrics;
  while (!accept.empty()) {
    const std::optional<Alternative> range = nextAlternative(accept);
    if (!range) {
      continue;
    }
    const bool versionless = range->version.empty();
    if (range->value == "application/openmetrics-text") {
      if (versionless || range->version == "1.0.0") {
        open_metrics.offer(versionless ? 0 : 1, range->weight);
      }
    } else if (range->value == "text/plain") {
      if (versionless || range->version == "0.0.4") {
        text.offer(versionless ? 2 : 3, range->weight);
      }
    } else if (range->value == "text/*") {
      text.offer(1, range->weight);
    } else if (range->value == "*/*") {
      text.offer(0, range->weight);
    }
  }
  const bool open = open_metrics.weight() > 0 && open_metrics.weight() >= text.weight();
  return open ? MetricsFormat::open_metrics : MetricsFormat::text;
}

bool acceptsGzip(std::string_view accept_encoding) {
  Preference gzip;
  while (!accept_encoding.empty()) {
    const std::optional<Alternative> coding = nextAlternative(accept_encoding);
    if (!coding) {
      continue;
    }
    if (coding->value == "gzip" || coding->value == "x-gzip") {
      gzip.offer(1, coding->weight);
    } else if (coding->value == "*") {
      gzip.offer(0, coding->weight);
    }
  }
  return gzip.weight() > 0;
}

Result<ExplainQuery> parseExplainQuery(std::string_view query) {
  auto found = parameters(query);
  if (!found || found->size() != 2 || !found->contains("root")) {
    return Error{0, kExpectedQuery};
  }
  ExplainQuery asked;
  asked.root = found->at("root");
  if (found->contains("layer")) {
    asked.layer = found->at("layer");
  } else if (found->contains("inode")) {
    asked.inode = parseWhole<std::uint64_t>(found->at("inode"));
  }
  if (asked.layer.empty() && !asked.inode) {
    return Error{0, kExpectedQuery};
  }
  return asked;
}

}  // namespace hardlink
