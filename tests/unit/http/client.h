#pragma once

/// A client that says exactly what a test tells it to, over a real socket on loopback. Throws
/// std::runtime_error where a connection fails or an answer does not come: the time to wait for one
/// is Prometheus's default timeout of a scrape, ten seconds.

#include <cstddef>
#include <map>
#include <string>
#include <string_view>

#include "base/os/fd.h"

namespace hardlink {

struct Reply {
  int status = 0;
  std::map<std::string, std::string> headers;  ///< names in lower case
  std::string body;
};

/// The one complete answer that `bytes` are.
[[nodiscard]] Reply parseReply(const std::string& bytes);

class Connection {
 public:
  explicit Connection(int port, const std::string& host = "127.0.0.1");

  /// Sends all of `bytes`, or as much as the server takes before it closes the connection.
  void send(std::string_view bytes);
  /// Says that nothing more will be sent.
  void finish();
  /// The next `count` bytes, or fewer at the end of the connection.
  [[nodiscard]] std::string read(std::size_t count);
  /// Everything up to the end of the connection, closed or reset by the server.
  [[nodiscard]] std::string readToEnd();
  /// readToEnd(), which must be one complete answer.
  [[nodiscard]] Reply readReply();

 private:
  Fd fd_;
};

/// One request on a connection of its own. `headers` are complete lines, each with its CRLF.
[[nodiscard]] Reply request(int port, std::string_view method, std::string_view path,
                            std::string_view headers = "");

}  // namespace hardlink
