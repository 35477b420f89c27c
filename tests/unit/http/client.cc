#include "unit/http/client.h"

#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <stdexcept>

#include "base/error.h"

namespace hardlink {
namespace {

[[noreturn]] void fail(const std::string& what) {
  throw std::runtime_error(errnoError(what).message());
}

/// connect(2), which a signal interrupts but does not stop: the connection is then made without it.
int connectThrough(int socket, const addrinfo& address) {
  const int result = connect(socket, address.ai_addr, address.ai_addrlen);
  if (result == 0 || errno != EINTR) {
    return result;
  }
  pollfd made{socket, POLLOUT, 0};
  if (retryOnEintr([&] { return poll(&made, 1, -1); }) < 0) {
    return -1;
  }
  int error = 0;
  socklen_t size = sizeof error;
  if (getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &size) != 0) {
    return -1;
  }
  errno = error;
  return error == 0 ? 0 : -1;
}

std::string lowered(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

}  // namespace

Reply parseReply(const std::string& bytes) {
  const std::size_t end = bytes.find("\r\n\r\n");
  if (bytes.rfind("HTTP/1.1 ", 0) != 0 || end == std::string::npos) {
    throw std::runtime_error("no HTTP answer: " + bytes);
  }
  Reply reply;
  reply.status = std::stoi(bytes.substr(9, 3));
  for (std::size_t line = bytes.find("\r\n") + 2; line < end;) {
    const std::size_t line_end = bytes.find("\r\n", line);
    const std::size_t colon = bytes.find(": ", line);
    if (colon > line_end) {
      throw std::runtime_error("no header: " + bytes.substr(line, line_end - line));
    }
    const std::string name = lowered(bytes.substr(line, colon - line));
    if (!reply.headers.emplace(name, bytes.substr(colon + 2, line_end - colon - 2)).second) {
      throw std::runtime_error("header twice: " + name);
    }
    line = line_end + 2;
  }
  reply.body = bytes.substr(end + 4);
  return reply;
}

Connection::Connection(int port, const std::string& host) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
  addrinfo* address = nullptr;
  if (getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &address) != 0) {
    throw std::runtime_error("no address: " + host);
  }
  fd_.reset(socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const timeval patience{10, 0};
  setsockopt(fd_.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  const int result = connectThrough(fd_.get(), *address);
  freeaddrinfo(address);
  if (result != 0) {
    fail("connect to " + host);
  }
}

void Connection::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent =
        retryOnEintr([&] { return ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL); });
    if (sent < 0 && (errno == EPIPE || errno == ECONNRESET)) {
      return;
    }
    if (sent < 0) {
      fail("send");
    }
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

void Connection::finish() { shutdown(fd_.get(), SHUT_WR); }

std::string Connection::read(std::size_t count) {
  std::string bytes(count, '\0');
  std::size_t filled = 0;
  while (filled < count) {
    // Also with MSG_WAITALL a signal would end it early.
    const ssize_t got = retryOnEintr(
        [&] { return recv(fd_.get(), bytes.data() + filled, count - filled, MSG_WAITALL); });
    if (got < 0) {
      fail("receive");
    }
    if (got == 0) {
      break;
    }
    filled += static_cast<std::size_t>(got);
  }
  bytes.resize(filled);
  return bytes;
}

std::string Connection::readToEnd() {
  std::string all;
  std::array<char, 16384> part{};
  for (;;) {
    const ssize_t got = retryOnEintr([&] { return recv(fd_.get(), part.data(), part.size(), 0); });
    if (got == 0 || (got < 0 && errno == ECONNRESET)) {
      return all;
    }
    if (got < 0) {
      fail("receive after " + std::to_string(all.size()) + " bytes");
    }
    all.append(part.data(), static_cast<std::size_t>(got));
  }
}

Reply Connection::readReply() { return parseReply(readToEnd()); }

Reply request(int port, std::string_view method, std::string_view path, std::string_view headers) {
  Connection connection(port);
  connection.send(std::string(method) + " " + std::string(path) +
                  " HTTP/1.1\r\nHost: localhost\r\n" + std::string(headers) + "\r\n");
  return connection.readReply();
}

}  // namespace hardlink
