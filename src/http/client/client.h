#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "http/client/url.h"

namespace hardlink {

/// What a client that reads the body in one piece needs to know from the head of an HTTP/1 answer.
struct ResponseHead {
  unsigned status = 0;
  std::optional<std::uint64_t> content_length;
  bool has_transfer_encoding = false;
};

/// `text` is the status line and the header lines, without the empty line that ends them. Nothing
/// if it is not HTTP/1, or gives two different lengths.
[[nodiscard]] std::optional<ResponseHead> parseResponseHead(std::string_view text);

struct FetchLimits {
  /// For connecting to each address of the host, and once more for the whole exchange.
  std::chrono::milliseconds timeout{10'000};
  std::size_t body_bytes = std::size_t{16} * 1024 * 1024;
};

/// The body of `GET path` (below the URL's prefix), requested without compression. Tries every
/// address of the host. With TLS (1.2 or later) the server needs a certificate for the URL's host
/// from an authority that OpenSSL trusts: the system's, or those in the file that the environment
/// variable SSL_CERT_FILE names. Every status but 200 is an error, also a redirect. An answer that
/// is cut short or too long is an error. The error names the URL without its login. Blocks while
/// the name is resolved, for which there is no time limit; a caller that cannot wait uses another
/// thread. SIGPIPE is ignored in the whole process from here on. Any thread.
[[nodiscard]] Result<std::string> fetch(const Url& url, std::string_view path,
                                        const FetchLimits& limits);

}  // namespace hardlink
