#include "http/sockets/listen.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include "base/text.h"

namespace hardlink {
namespace {

/// An address to listen on.
struct Candidate {
  sockaddr_storage address{};
  socklen_t length = 0;
  bool dual_stack = false;
};

struct HostPort {
  std::string host;  ///< without brackets; empty for every address
  std::string port;
};

std::optional<HostPort> split(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) {
    return std::nullopt;
  }
  const auto port = parseWhole<std::uint16_t>(text.substr(colon + 1));
  if (!port) {
    return std::nullopt;
  }
  std::string_view host = text.substr(0, colon);
  if (host.size() >= 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
  } else if (host.find_first_of(":[]") != std::string_view::npos) {
    return std::nullopt;
  }
  return HostPort{std::string(host), std::to_string(*port)};
}

using AddressList = std::unique_ptr<addrinfo, decltype(&freeaddrinfo)>;

Result<AddressList> resolve(const char* host, const char* port, int family) {
  addrinfo hints{};
  hints.ai_family = family;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  if (const int code = getaddrinfo(host, port, &hints, &found); code != 0) {
    return Error{0, gai_strerror(code)};
  }
  return AddressList(found, &freeaddrinfo);
}

Candidate candidate(const addrinfo& info) {
  Candidate result;
  const auto* bytes = reinterpret_cast<const char*>(info.ai_addr);
  std::copy(bytes, bytes + info.ai_addrlen, reinterpret_cast<char*>(&result.address));
  result.length = info.ai_addrlen;
  return result;
}

/// The addresses for `where`, the preferred one first.
Result<std::vector<Candidate>> candidates(const HostPort& where) {
  std::vector<Candidate> result;
  if (where.host.empty()) {
    for (const int family : {AF_INET6, AF_INET}) {
      Result<AddressList> any = resolve(nullptr, where.port.c_str(), family);
      if (any) {
        result.push_back(candidate(**any));
        result.back().dual_stack = family == AF_INET6;
      }
    }
    return result;
  }
  ASSIGN_OR_RETURN(const AddressList list,
                   resolve(where.host.c_str(), where.port.c_str(), AF_UNSPEC));
  const addrinfo* chosen = list.get();
  for (const addrinfo* info = chosen; info != nullptr; info = info->ai_next) {
    if (info->ai_family == AF_INET) {
      chosen = info;
      break;
    }
  }
  result.push_back(candidate(*chosen));
  return result;
}

Result<Fd> bound(const Candidate& candidate) {
  Fd fd(socket(candidate.address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const int on = 1;
  const int v6_only = candidate.dual_stack ? 0 : 1;
  if (!fd.valid() || setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
      (candidate.address.ss_family == AF_INET6 &&
       setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &v6_only, sizeof v6_only) != 0) ||
      bind(fd.get(), reinterpret_cast<const sockaddr*>(&candidate.address), candidate.length) !=
          0 ||
      listen(fd.get(), 1) != 0) {
    return errnoError("");
  }
  return fd;
}

bool isMissingIpv6(const Error& error) {
  return error.code == EAFNOSUPPORT || error.code == EADDRNOTAVAIL;
}

Result<Fd> listenOn(const std::string& address) {
  const std::string context = "listen on " + address;
  const std::optional<HostPort> where = split(address);
  if (!where) {
    return Error{0, context + ": expected :PORT, HOST:PORT or [IPv6]:PORT"};
  }
  const Result<std::vector<Candidate>> ways = candidates(*where);
  if (!ways) {
    return Error{0, context + ": " + ways.error().message()};
  }
  Error last{EADDRNOTAVAIL, context};
  for (const Candidate& way : *ways) {
    Result<Fd> fd = bound(way);
    if (fd) {
      return fd;
    }
    last.code = fd.error().code;
    if (!way.dual_stack || !isMissingIpv6(fd.error())) {
      break;
    }
  }
  return last;
}

/// An option of SOL_SOCKET; negative if it cannot be asked.
int optionOf(int fd, int option) {
  int value = -1;
  socklen_t length = sizeof value;
  return getsockopt(fd, SOL_SOCKET, option, &value, &length) == 0 ? value : -1;
}

/// What `fd` is, if it is no TCP socket that listens; otherwise empty.
std::string_view otherThanListener(int fd) {
  const int domain = optionOf(fd, SO_DOMAIN);
  if (domain < 0) {
    return "no socket";
  }
  if (domain == AF_UNIX) {
    return "a Unix socket";
  }
  if ((domain != AF_INET && domain != AF_INET6) || optionOf(fd, SO_PROTOCOL) != IPPROTO_TCP) {
    return optionOf(fd, SO_TYPE) == SOCK_DGRAM ? "a datagram socket" : "a socket of another kind";
  }
  return optionOf(fd, SO_ACCEPTCONN) == 1 ? "" : "a TCP socket that does not listen";
}

}  // namespace

Result<std::vector<Fd>> listenOn(const std::vector<std::string>& addresses) {
  std::vector<Fd> sockets;
  for (const std::string& address : addresses) {
    ASSIGN_OR_RETURN(Fd socket, listenOn(address));
    sockets.push_back(std::move(socket));
  }
  return sockets;
}

Result<void> adoptSockets(const std::vector<Fd>& sockets) {
  for (const Fd& socket : sockets) {
    const std::string context = fmt::format("listen on descriptor {}", socket.get());
    if (const auto other = otherThanListener(socket.get()); !other.empty()) {
      return Error{0,
                   fmt::format("{}: expected a TCP socket that listens, got {}", context, other)};
    }
    const int flags = fcntl(socket.get(), F_GETFL);
    if (flags < 0 || fcntl(socket.get(), F_SETFL, flags | O_NONBLOCK) != 0) {
      return errnoError(context);
    }
  }
  return {};
}

void leaveToKernel(int socket, const DawdlingClients& clients) {
  const int defer_seconds = static_cast<int>(clients.defer_accept.count());
  const auto unread_ms = static_cast<unsigned>(clients.unread_timeout.count());
  setsockopt(socket, IPPROTO_TCP, TCP_DEFER_ACCEPT, &defer_seconds, sizeof defer_seconds);
  // Accepted connections inherit these two.
  setsockopt(socket, SOL_SOCKET, SO_SNDBUF, &clients.send_buffer_bytes,
             sizeof clients.send_buffer_bytes);
  setsockopt(socket, IPPROTO_TCP, TCP_USER_TIMEOUT, &unread_ms, sizeof unread_ms);
}

std::string addressOf(int socket) {
  sockaddr_storage address{};
  socklen_t length = sizeof address;
  char host[NI_MAXHOST] = "";
  char port[NI_MAXSERV] = "";
  auto* const plain = reinterpret_cast<sockaddr*>(&address);
  if (getsockname(socket, plain, &length) != 0 ||
      getnameinfo(plain, length, host, sizeof host, port, sizeof port,
                  NI_NUMERICHOST | NI_NUMERICSERV) != 0) {
    return "";
  }
  if (std::string_view(host) == "::" || std::string_view(host) == "0.0.0.0") {
    return fmt::format(":{}", port);
  }
  return address.ss_family == AF_INET6 ? fmt::format("[{}]:{}", host, port)
                                       : fmt::format("{}:{}", host, port);
}

}  // namespace hardlink
