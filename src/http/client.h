#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

#include "base/error.h"
#include "http/url.h"

namespace hardlink {

struct FetchLimits {
  /// For each address of the host, from the connection on; an answer that comes in drops can take
  /// longer, see fetch().
  std::chrono::milliseconds timeout{10'000};
  std::size_t body_bytes = std::size_t{16} * 1024 * 1024;
};

/// The body of `GET path` (below the URL's prefix), asked for without compression. Every address of
/// the host is tried. Any status but 200 is an error, a redirect too, and so is an answer that is
/// cut short or too long; the error names the URL. Blocks while names are resolved, and for as long
/// as a server keeps sending single bytes: a caller who cannot wait has to do so elsewhere. Any
/// thread.
[[nodiscard]] Result<std::string> fetch(const Url& url, std::string_view path,
                                        const FetchLimits& limits);

}  // namespace hardlink
