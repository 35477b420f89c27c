#pragma once

/// Internal to exposition/: what the JSON documents have in common, and the values of a report as
/// /api/v1/report and /api/v1/explain show them. Fields in a fixed order, unknown figures null,
/// bytes of names that are not UTF-8 as `\xNN`.

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "exposition/phrases.h"
#include "model/report.h"

namespace hardlink {

using Json = nlohmann::ordered_json;

[[nodiscard]] Json toJson(const std::string& text);
[[nodiscard]] Json toJson(SystemTime time);
[[nodiscard]] Json toJson(bool value);
[[nodiscard]] Json toJson(double value);
[[nodiscard]] Json toJson(std::uint64_t value);
[[nodiscard]] Json toJson(std::int64_t value);
[[nodiscard]] Json toJson(const std::vector<std::string>& texts);
[[nodiscard]] Json toJson(const LayerWords& words);
/// Null where a text is empty.
[[nodiscard]] Json toJson(const FilesystemReport& filesystem);
[[nodiscard]] Json toJson(const HotInodeReport& inode);
[[nodiscard]] Json toJson(const LayerReport& layer);
[[nodiscard]] Json toJson(const SeriesReport& series);
[[nodiscard]] Json toJson(const LimitReport& limit);
[[nodiscard]] Json toJson(const Subdirectories& directory);
[[nodiscard]] Json toJson(Limit limit);
[[nodiscard]] Json toJson(const ImageReport& image);
/// Cumulative counts at each bound, the last one "+Inf".
[[nodiscard]] Json toJson(const Histogram& histogram);

template <class Value>
[[nodiscard]] Json toJson(const std::optional<Value>& value) {
  return value ? toJson(*value) : Json(nullptr);
}

/// A text that is empty where it is not known: then null.
[[nodiscard]] Json knownText(const std::string& text);

/// As text with a newline at its end; valid JSON whatever is in it.
[[nodiscard]] std::string dumped(const Json& document);

}  // namespace hardlink
