#pragma once

/// Internal to exposition/: the values of a report as JSON, for /api/v1/report and /api/v1/explain.
/// Fields have a fixed order, unknown figures are null, and bytes of names that are not UTF-8 are
/// written as `\xNN`.

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
/// An empty text is null.
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

/// A text, or null if it is empty, which means that it is not known.
[[nodiscard]] Json knownText(const std::string& text);

/// The document as text, with a newline at its end; valid JSON for any content.
[[nodiscard]] std::string dumped(const Json& document);

}  // namespace hardlink
