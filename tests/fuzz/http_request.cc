// The bytes of a connection. The real server soon gives one complete answer or none, for any bytes,
// and goes on answering other clients.

#include <memory>
#include <set>
#include <string>

#include "fuzz/require.h"
#include "http/server.h"
#include "unit/exposition/literal_report.h"
#include "unit/http/client.h"

namespace hardlink {
namespace {

std::unique_ptr<Server> startServer(Access access) {
  ServerOptions options;
  options.listen_addresses = {"127.0.0.1:0"};
  options.max_requests = 2;
  options.router.enable_lifecycle = true;
  options.access = std::move(access);
  auto server = Server::start(std::move(options), {.reload = [] { return Result<void>(); }});
  require(static_cast<bool>(server), "the server starts");
  (*server)->publish(std::make_shared<const Report>(literalReport()));
  return std::move(*server);
}

/// A password that no request has, hashed at the lowest cost.
Access withUser() {
  Access access;
  access.users = {{"user", "$2y$04$abcdefghijklmnopqrstuuEW9dXaWZHF3rYwGIFTJXVR4X0cTPPKG"}};
  return access;
}

bool isKnownStatus(int status) {
  static const std::set<int> kKnown = {200, 301, 304, 400, 401, 404, 405, 406,
                                       408, 411, 413, 414, 429, 431, 501, 505};
  return kKnown.contains(status);
}

void checkReply(const Reply& reply, bool may_be_head) {
  require(isKnownStatus(reply.status), "the status is one that the server means to give");
  const auto length = reply.headers.find("content-length");
  require(length != reply.headers.end(), "an answer says how long it is");
  require((may_be_head && reply.body.empty()) || reply.body.size() == std::stoul(length->second),
          "an answer is as long as it says");
  require(reply.headers.contains("x-content-type-options"), "every answer has the usual headers");
}

void ask(const Server& server, std::string_view bytes) {
  Connection connection(server.ports().at(0));
  connection.send(bytes);
  connection.finish();
  const std::string answer = connection.readToEnd();
  if (!answer.empty()) {
    // A malformed request is answered like a GET.
    checkReply(parseReply(answer), bytes.starts_with("HEAD "));
  }
}

}  // namespace
}  // namespace hardlink

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace hardlink;  // NOLINT: nothing else is here
  static const std::unique_ptr<Server> open = startServer({});
  static const std::unique_ptr<Server> closed = startServer(withUser());
  // With TCP_DEFER_ACCEPT, the server does not see a connection before its first byte.
  if (size == 0) {
    return 0;
  }
  const std::string_view bytes = asText(data, size);
  ask(*open, bytes);
  if (bytes.find("uthorization") != bytes.npos) {
    ask(*closed, bytes);
  }
  require(request(open->ports().at(0), "GET", "/-/healthy").status == 200,
          "others are answered as before");
  return 0;
}
