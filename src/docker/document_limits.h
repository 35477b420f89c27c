#pragma once

/// How much is read of the documents (image configurations, manifests, indexes, what Docker notes
/// about containers) that strangers may have written.

#include <cstdint>

namespace hardlink {

/// The longest document that is read, in bytes.
inline constexpr std::uint64_t kLongestDocument = 8 << 20;

/// All documents of one image archive together, in bytes: each time where they are read for several
/// images, and where they have to be kept. Else a small archive could go on naming the same ones.
inline constexpr std::uint64_t kMostDocumentBytes = 64 << 20;

/// Whatever is nested deeper than in any document is passed over: kept, eight million brackets
/// would take eighty times their size.
inline constexpr int kDeepestNesting = 32;

}  // namespace hardlink
