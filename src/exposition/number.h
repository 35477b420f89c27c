#pragma once

/// Numbers as the exposition formats and people want them. Independent of the locale.

#include <cstdint>
#include <string>

namespace hardlink {

/// A label value of `le`, in the canonical form of OpenMetrics 1.0.0 ("Canonical Numbers"): Go's %g
/// with `.0` added where there is neither point nor exponent, so 1.0, 65000.0, 1e+06, +Inf.
[[nodiscard]] std::string canonicalFloat(double value);

/// A sample's value in the fewest digits that read back as the same number; without an exponent
/// from 0.0001 up to 2^53.
[[nodiscard]] std::string sampleValue(double value);

/// Decimal digits in groups of three: 7,147,595.
[[nodiscard]] std::string thousands(std::uint64_t value);
[[nodiscard]] std::string thousands(std::int64_t value);

/// For a quick look: as thousands() below 10,000, else three digits and a unit: 59.3k, 7.15M, 2G.
[[nodiscard]] std::string compact(std::uint64_t value);
[[nodiscard]] std::string compact(std::int64_t value);

/// `12 bytes`, `1.5 KiB`, `20 GiB`: units of 1024, with a tenth below 100. As byteSize() in
/// format.js.
[[nodiscard]] std::string byteSize(std::uint64_t bytes);

}  // namespace hardlink
