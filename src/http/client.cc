#include "http/client.h"

#include <civetweb.h>
#include <netdb.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <climits>
#include <memory>
#include <vector>

namespace hardlink {
namespace {

using std::chrono::steady_clock;

/// After how many bytes of a body the time is looked at.
constexpr std::size_t kPieceBytes = 4096;

struct Close {
  void operator()(mg_connection* connection) const { mg_close_connection(connection); }
};
using Connection = std::unique_ptr<mg_connection, Close>;

/// The addresses of `host` as numbers, in the order in which the system would try them: civetweb
/// knows only the first of each family.
Result<std::vector<std::string>> addressesOf(const std::string& host) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (const int code = getaddrinfo(host.c_str(), nullptr, &hints, &found); code != 0) {
    return code == EAI_SYSTEM ? errnoError("resolve " + host)
                              : Error{0, "resolve " + host + ": " + gai_strerror(code)};
  }
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> list(found, &freeaddrinfo);
  std::vector<std::string> addresses;
  for (const addrinfo* info = found; info != nullptr; info = info->ai_next) {
    std::array<char, NI_MAXHOST> text{};
    if (getnameinfo(info->ai_addr, info->ai_addrlen, text.data(), text.size(), nullptr, 0,
                    NI_NUMERICHOST) == 0) {
      addresses.emplace_back(text.data());
    }
  }
  return addresses;
}

Result<Connection> connectTo(const Url& url) {
  static const unsigned library = mg_init_library(MG_FEATURES_DEFAULT);
  static_cast<void>(library);
  const Result<std::vector<std::string>> addresses = addressesOf(url.host);
  if (!addresses) {
    return addresses.error();
  }
  std::array<char, 256> problem{"no address"};
  for (const std::string& address : *addresses) {
    Connection connection(
        mg_connect_client(address.c_str(), url.port, 0, problem.data(), problem.size()));
    if (connection) {
      return connection;
    }
  }
  return Error{0, problem.data()};
}

Result<std::string> readBody(mg_connection* connection, const FetchLimits& limits,
                             steady_clock::time_point deadline) {
  const long long length = mg_get_response_info(connection)->content_length;
  std::string body;
  for (;;) {
    std::array<char, kPieceBytes> piece{};
    const int count = mg_read(connection, piece.data(), piece.size());
    if (count <= 0) {
      break;
    }
    body.append(piece.data(), static_cast<std::size_t>(count));
    if (body.size() > limits.body_bytes) {
      return Error{0, "the answer is too long"};
    }
    if (steady_clock::now() > deadline) {
      return Error{0, "the answer takes too long"};
    }
  }
  if (length >= 0 && body.size() != static_cast<unsigned long long>(length)) {
    return Error{0, "the answer is cut short"};
  }
  return body;
}

Result<std::string> exchange(const Url& url, const std::string& path, const FetchLimits& limits) {
  const Result<Connection> connection = connectTo(url);
  if (!connection) {
    return connection.error();
  }
  const auto deadline = steady_clock::now() + limits.timeout;
  // To HTTP/1.0 no server answers in chunks, whose lengths civetweb's client does not check.
  const std::string request = "GET " + path + " HTTP/1.0\r\nHost: " + url.authority() +
                              "\r\nAccept: application/json\r\nAccept-Encoding: identity\r\n"
                              "User-Agent: hardlink_exporter\r\n\r\n";
  mg_write(connection->get(), request.data(), request.size());
  std::array<char, 256> problem{};
  if (mg_get_response(connection->get(), problem.data(), problem.size(),
                      static_cast<int>(std::min<std::chrono::milliseconds::rep>(
                          limits.timeout.count(), INT_MAX))) < 0) {
    return Error{0, "no answer in HTTP"};
  }
  const int status = mg_get_response_info(connection->get())->status_code;
  if (status != 200) {
    return Error{0, "answered with status " + std::to_string(status)};
  }
  if (mg_get_header(connection->get(), "Transfer-Encoding") != nullptr) {
    return Error{0, "answered in chunks"};
  }
  return readBody(connection->get(), limits, deadline);
}

}  // namespace

Result<std::string> fetch(const Url& url, std::string_view path, const FetchLimits& limits) {
  const std::string whole_path = url.prefix + std::string(path);
  Result<std::string> body = exchange(url, whole_path, limits);
  if (!body) {
    return Error{0, "http://" + url.authority() + whole_path + ": " + body.error().message()};
  }
  return body;
}

}  // namespace hardlink
