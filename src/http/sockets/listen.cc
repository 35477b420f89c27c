#include "http/sockets/listen.h"

#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "base/os/fd.h"
#include "base/text.h"

namespace hardlink {
namespace {

/// An address to listen on: for bind(2), and in civetweb's form.
struct Candidate {
  sockaddr_storage address{};
  socklen_t length = 0;
  bool dual_stack = false;
  std::string civetweb_port;
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

Candidate candidate(const addrinfo& info, const std::string& port) {
  Candidate result;
  const auto* bytes = reinterpret_cast<const char*>(info.ai_addr);
  std::copy(bytes, bytes + info.ai_addrlen, reinterpret_cast<char*>(&result.address));
  result.length = info.ai_addrlen;
  char numeric[NI_MAXHOST] = "";
  getnameinfo(info.ai_addr, info.ai_addrlen, numeric, sizeof numeric, nullptr, 0, NI_NUMERICHOST);
  result.civetweb_port = info.ai_family == AF_INET6 ? fmt::format("[{}]:{}", numeric, port)
                                                    : fmt::format("{}:{}", numeric, port);
  return result;
}

/// The addresses for `where`, the preferred one first.
Result<std::vector<Candidate>> candidates(const HostPort& where) {
  std::vector<Candidate> result;
  if (where.host.empty()) {
    for (const int family : {AF_INET6, AF_INET}) {
      Result<AddressList> any = resolve(nullptr, where.port.c_str(), family);
      if (any) {
        result.push_back(candidate(**any, where.port));
        result.back().dual_stack = family == AF_INET6;
        result.back().civetweb_port = (family == AF_INET6 ? "+" : "") + where.port;
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
  result.push_back(candidate(*chosen, where.port));
  return result;
}

Result<Fd> bound(const Candidate& candidate) {
  Fd fd(socket(candidate.address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
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

/// `address` in civetweb's form. Adds the socket that it bound to `held`.
Result<std::string> listeningPort(const std::string& address, std::vector<Fd>& held) {
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
      held.push_back(std::move(*fd));
      return way.civetweb_port;
    }
    last.code = fd.error().code;
    if (!way.dual_stack || !isMissingIpv6(fd.error())) {
      break;
    }
  }
  return last;
}

bool isListening(int fd) {
  int listening = 0;
  socklen_t length = sizeof listening;
  return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &length) == 0 && listening != 0;
}

}  // namespace

Result<std::string> listeningPorts(const std::vector<std::string>& addresses, bool tls) {
  std::vector<Fd> held;  // all stay bound until the end, so that two equal addresses conflict
  std::string ports;
  for (const std::string& address : addresses) {
    ASSIGN_OR_RETURN(const std::string port, listeningPort(address, held));
    ports += (ports.empty() ? "" : ",") + port + (tls ? "s" : "");
  }
  return ports;
}

void leaveToKernel(int port, const DawdlingClients& clients) {
  const int defer_seconds = static_cast<int>(clients.defer_accept.count());
  const auto unread_ms = static_cast<unsigned>(clients.unread_timeout.count());
  for (const int fd : openDescriptors()) {
    if (isListening(fd) && localPort(fd) == port) {
      setsockopt(fd, IPPROTO_TCP, TCP_DEFER_ACCEPT, &defer_seconds, sizeof defer_seconds);
      // Accepted connections inherit these two.
      setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &clients.send_buffer_bytes,
                 sizeof clients.send_buffer_bytes);
      setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &unread_ms, sizeof unread_ms);
    }
  }
}

}  // namespace hardlink
