#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

#include "base/error.h"
#include "http/client/url.h"

namespace hardlink {

struct FetchLimits {
  /// For connecting to each address of the host, and once more for the whole exchange.
  std::chrono::milliseconds timeout{10'000};
  std::size_t body_bytes = std::size_t{16} * 1024 * 1024;
};

/// The body of `GET path` (below the URL's prefix), requested without compression. Tries every
/// address of the host. With TLS (1.2 or later) the server needs a certificate for the URL's host
/// from an authority that OpenSSL trusts: the system's, or those in the file that the environment
/// variable SSL_CERT_FILE names. Any status but 200 is an error, also a redirect, and so is an
/// answer that is cut short or too long. The error names the URL without its login. Blocks while
/// the name is resolved, for which there is no time limit; a caller that cannot wait uses another
/// thread. SIGPIPE is ignored in the whole process from here on. Any thread.
[[nodiscard]] Result<std::string> fetch(const Url& url, std::string_view path,
                                        const FetchLimits& limits);

}  // namespace hardlink
