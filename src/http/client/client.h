#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

#include "base/error.h"
#include "http/client/url.h"

namespace hardlink {

struct FetchLimits {
  /// For each address of the host until it is connected, then for all the rest.
  std::chrono::milliseconds timeout{10'000};
  std::size_t body_bytes = std::size_t{16} * 1024 * 1024;
};

/// The body of `GET path` (below the URL's prefix), asked for without compression. Every address of
/// the host is tried. With TLS (1.2 or later) the server has to have a certificate for the URL's
/// host from an authority that OpenSSL trusts: the system's, or those in the file that the
/// environment's SSL_CERT_FILE names. Any status but 200 is an error, a redirect too, and so is an
/// answer that is cut short or too long; the error names the URL, without its login. Blocks while
/// names are resolved, which has no limit: a caller who cannot wait has to do so elsewhere. SIGPIPE
/// is ignored in the whole process from here on. Any thread.
[[nodiscard]] Result<std::string> fetch(const Url& url, std::string_view path,
                                        const FetchLimits& limits);

}  // namespace hardlink
