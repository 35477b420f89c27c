#pragma once

/// The HTTP server: sockets, threads and limits around http/router.h.

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "exposition/metrics/families.h"
#include "http/access/access.h"
#include "http/router.h"

namespace hardlink {

struct ServerOptions {
  /// Each `:PORT`, `HOST:PORT` or `[v6]:PORT`; port 0 takes a free one.
  std::vector<std::string> listen_addresses = {":10065"};
  unsigned max_requests = 40;  ///< answered at once, at least 1; 503 beyond
  RouterOptions router;
  Access access;  ///< who may ask, and whether over TLS
};

struct ServerHooks {
  /// Called for POST /-/reload with lifecycle enabled, on a thread of the server, never twice at a
  /// time. May call publish() and setReloadStatus(), and must not end the server.
  ReloadHook reload;
  /// Called on each thread of the server, as the first thing there; may be empty.
  std::function<void()> thread_started = nullptr;
};

/// Serves from start() to destruction. Never touches a filesystem to answer.
class Server {
 public:
  /// Binds every address and serves at once; what a scrape finds before the first publish() is the
  /// exporter's own metrics only. The error names the address ("listen on :10065: Address already
  /// in use"). Its code is EAGAIN where there are too few threads: some stay behind then, and the
  /// process should end. SIGPIPE is ignored in the whole process from here on.
  [[nodiscard]] static Result<std::unique_ptr<Server>> start(ServerOptions options,
                                                             ServerHooks hooks);

  /// How many threads a server has.
  [[nodiscard]] static unsigned threads(unsigned max_requests);

  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  /// Cuts connections that are open and is back within a second, unless a hook takes longer.
  ~Server();

  /// Renders and compresses every body in the calling thread, then lets requests see them. Any
  /// thread.
  void publish(const std::shared_ptr<const Report>& report);
  /// Any thread.
  void setReloadStatus(const ReloadStatus& status);

  /// Lets other clients in, or the same with other certificates; connections that are open go on
  /// as they are. TLS cannot be switched on or off: the error says so, and nothing has changed
  /// then. Any thread.
  std::optional<Error> setAccess(Access access);

  /// The port of each listen address, in order.
  [[nodiscard]] std::vector<int> ports() const;

 private:
  class Engine;
  explicit Server(std::unique_ptr<Engine> engine);

  std::unique_ptr<Engine> engine_;
};

}  // namespace hardlink
