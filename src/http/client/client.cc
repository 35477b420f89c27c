#include "http/client/client.h"

#include <fmt/format.h>
#include <netdb.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <csignal>
#include <limits>
#include <memory>
#include <optional>

#include "base/os/fd.h"
#include "http/tls/tls_context.h"

namespace hardlink {
namespace {

using std::chrono::microseconds;
using std::chrono::steady_clock;

constexpr std::size_t kPieceBytes = 4096;
constexpr std::size_t kLongestHead = std::size_t{16} * 1024;

struct Free {
  void operator()(BIO* bio) const { BIO_free_all(bio); }
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  void operator()(addrinfo* list) const { freeaddrinfo(list); }
};

/// Ends every read and write on `socket` at `deadline`.
void limitWaiting(int socket, steady_clock::time_point deadline) {
  const auto left = std::chrono::duration_cast<microseconds>(deadline - steady_clock::now());
  const auto wait = std::max(left, microseconds(1)).count();  // 0 would mean no limit
  const timeval limit{wait / 1'000'000, wait % 1'000'000};
  setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
}

/// connect(2). If a signal interrupts it, the kernel goes on connecting, and this waits for it.
Result<void> connectUntil(int socket, const addrinfo& address, steady_clock::time_point deadline) {
  limitWaiting(socket, deadline);
  if (connect(socket, address.ai_addr, address.ai_addrlen) == 0) {
    return {};
  }
  Error failure = errnoError("connect");
  if (failure.code != EINTR) {
    failure.code = failure.code == EINPROGRESS ? ETIMEDOUT : failure.code;
    return failure;
  }
  pollfd made{socket, POLLOUT, 0};
  const int ready = retryOnEintr([&] {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(deadline - steady_clock::now()).count();
    return poll(&made, 1, static_cast<int>(std::clamp<std::int64_t>(left, 0, INT_MAX)));
  });
  failure.code = ETIMEDOUT;
  socklen_t size = sizeof failure.code;
  if (ready < 0 ||
      (ready > 0 && getsockopt(socket, SOL_SOCKET, SO_ERROR, &failure.code, &size) != 0)) {
    return errnoError("connect");
  }
  return failure.code == 0 ? Result<void>() : failure;
}

Result<Fd> connectTo(const Url& url, std::chrono::milliseconds timeout) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const std::string port = std::to_string(url.port);
  if (const int code = getaddrinfo(url.host.c_str(), port.c_str(), &hints, &found); code != 0) {
    return code == EAI_SYSTEM ? errnoError("resolve " + url.host)
                              : Error{0, "resolve " + url.host + ": " + gai_strerror(code)};
  }
  const std::unique_ptr<addrinfo, Free> list(found);
  Error problem{0, "no address"};
  for (const addrinfo* at = found; at != nullptr; at = at->ai_next) {
    Fd fd(socket(at->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!fd.valid()) {
      problem = errnoError("socket");
      continue;
    }
    Result<void> connected = connectUntil(fd.get(), *at, steady_clock::now() + timeout);
    if (connected) {
      return fd;
    }
    problem = std::move(connected).error();
  }
  return problem;
}

/// Makes `ssl` ask for `host`, a name or an address, and refuse a certificate for another host.
bool expectHost(SSL* ssl, const std::string& host) {
  if (X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host.c_str()) == 1) {
    return true;
  }
  // What SSL_set_tlsext_host_name() does, a macro with a C cast.
  return SSL_set1_host(ssl, host.c_str()) == 1 &&
         SSL_ctrl(ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
                  const_cast<char*>(host.c_str())) == 1;
}

/// A connection to a server, with or without TLS.
class Stream {
 public:
  Stream(Fd fd, steady_clock::time_point deadline)
      : fd_(std::move(fd)), deadline_(deadline), bio_(BIO_new_socket(fd_.get(), BIO_NOCLOSE)) {}

  /// Starts TLS; the server must prove that it is `host`.
  [[nodiscard]] Result<void> startTls(const std::string& host);
  [[nodiscard]] Result<void> write(const std::string& bytes);
  /// Adds some bytes to `text`; how many, 0 at the end of the answer.
  [[nodiscard]] Result<std::size_t> readInto(std::string& text);

 private:
  [[nodiscard]] Error failure() const;
  /// The result of `call`, an operation of the BIO. Calls again after a signal: SIGSTOP followed by
  /// SIGCONT interrupts a call although the process handles neither.
  template <class Call>
  long retry(Call call) {
    long result = 0;
    do {
      limitWaiting(fd_.get(), deadline_);
      result = call();
    } while (result <= 0 && BIO_should_retry(bio_.get()) != 0 && steady_clock::now() < deadline_);
    return result;
  }

  Fd fd_;
  const steady_clock::time_point deadline_;
  std::unique_ptr<SSL_CTX, Free> context_;
  std::unique_ptr<BIO, Free> bio_;
};

Result<void> Stream::startTls(const std::string& host) {
  if (!findRandomNumbers()) {
    return Error{0, "TLS: no random numbers"};
  }
  context_.reset(SSL_CTX_new(TLS_client_method()));
  BIO* const tls = context_ ? BIO_new_ssl(context_.get(), 1) : nullptr;
  if (tls == nullptr || SSL_CTX_set_default_verify_paths(context_.get()) != 1) {
    BIO_free_all(tls);
    return Error{0, "TLS: " + opensslReason()};
  }
  bio_.reset(BIO_push(tls, bio_.release()));
  SSL* ssl = nullptr;
  BIO_get_ssl(bio_.get(), &ssl);
  SSL_set_min_proto_version(ssl, TLS1_2_VERSION);
  SSL_set_verify(ssl, SSL_VERIFY_PEER, nullptr);
  if (!expectHost(ssl, host)) {
    return Error{0, "TLS: " + opensslReason()};
  }
  ERR_clear_error();
  if (retry([&] { return BIO_do_handshake(bio_.get()); }) == 1) {
    return {};
  }
  if (const long verified = SSL_get_verify_result(ssl); verified != X509_V_OK) {
    ERR_clear_error();
    return Error{
        0, fmt::format("the server's certificate: {}", X509_verify_cert_error_string(verified))};
  }
  return Error{0, "TLS: " + failure().message()};
}

Result<void> Stream::write(const std::string& bytes) {
  for (std::size_t sent = 0; sent < bytes.size();) {
    const long count = retry([&] {
      return BIO_write(bio_.get(), bytes.data() + sent, static_cast<int>(bytes.size() - sent));
    });
    if (count <= 0) {
      return failure();
    }
    sent += static_cast<std::size_t>(count);
  }
  return {};
}

Result<std::size_t> Stream::readInto(std::string& text) {
  std::array<char, kPieceBytes> piece{};
  const long count =
      retry([&] { return BIO_read(bio_.get(), piece.data(), static_cast<int>(piece.size())); });
  if (count < 0 || (count == 0 && BIO_should_retry(bio_.get()))) {
    return failure();
  }
  if (steady_clock::now() > deadline_) {
    return Error{0, "no answer in time"};
  }
  text.append(piece.data(), static_cast<std::size_t>(count));
  return static_cast<std::size_t>(count);
}

Error Stream::failure() const {
  const bool is_late = BIO_should_retry(bio_.get()) != 0;
  std::string reason = opensslReason("the connection has ended");
  return {0, is_late ? "no answer in time" : std::move(reason)};
}

/// The head of the answer. `rest` becomes the part of the body that came with it.
Result<ResponseHead> readHead(Stream& stream, std::string& rest) {
  std::size_t end = std::string::npos;
  for (std::size_t got = 1; got > 0 && end == std::string::npos && rest.size() <= kLongestHead;) {
    ASSIGN_OR_RETURN(got, stream.readInto(rest));
    end = rest.find("\r\n\r\n");
  }
  const auto head = parseResponseHead(std::string_view(rest).substr(0, end));
  if (end == std::string::npos || !head) {
    return Error{0, "no answer in HTTP"};
  }
  rest.erase(0, end + 4);
  return *head;
}

Result<std::string> readBody(Stream& stream, std::string body, std::optional<std::uint64_t> length,
                             std::size_t most_bytes) {
  const std::uint64_t end = length.value_or(std::numeric_limits<std::uint64_t>::max());
  for (std::size_t got = 1; got > 0 && body.size() < end && body.size() <= most_bytes;) {
    ASSIGN_OR_RETURN(got, stream.readInto(body));
  }
  body.resize(static_cast<std::size_t>(std::min<std::uint64_t>(body.size(), end)));
  if (body.size() > most_bytes) {
    return Error{0, "the answer is too long"};
  }
  if (length && body.size() < *length) {
    return Error{0, "the answer is cut short"};
  }
  return body;
}

/// As HTTP/1.0, to which no server answers in chunks.
std::string requestFor(const Url& url, const std::string& path) {
  const std::string authorization =
      url.login ? fmt::format("Authorization: {}\r\n", basicAuthorization(*url.login)) : "";
  return fmt::format(
      "GET {} HTTP/1.0\r\nHost: {}\r\nAccept: application/json\r\nAccept-Encoding: identity\r\n"
      "User-Agent: hardlink_exporter\r\n{}\r\n",
      path, url.authority(), authorization);
}

Result<std::string> exchange(const Url& url, const std::string& path, const FetchLimits& limits) {
  ASSIGN_OR_RETURN(Fd fd, connectTo(url, limits.timeout));
  Stream stream(std::move(fd), steady_clock::now() + limits.timeout);
  if (url.tls) {
    RETURN_IF_ERROR(stream.startTls(url.host));
  }
  RETURN_IF_ERROR(stream.write(requestFor(url, path)));
  std::string rest;
  ASSIGN_OR_RETURN(const ResponseHead head, readHead(stream, rest));
  if (head.status != 200) {
    return Error{0, fmt::format("answered with status {}", head.status)};
  }
  if (head.has_transfer_encoding) {
    return Error{0, "answered in chunks"};
  }
  return readBody(stream, std::move(rest), head.content_length, limits.body_bytes);
}

}  // namespace

Result<std::string> fetch(const Url& url, std::string_view path, const FetchLimits& limits) {
  std::signal(SIGPIPE, SIG_IGN);  // OpenSSL writes to sockets with write(2)
  const std::string whole_path = url.prefix + std::string(path);
  Result<std::string> body = exchange(url, whole_path, limits);
  if (!body) {
    return Error{0, fmt::format("{}{}: {}", url.origin(), whole_path, body.error().message())};
  }
  return body;
}

}  // namespace hardlink
