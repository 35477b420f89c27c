#pragma once

/// The HTTP server: sockets, threads and limits around http/router.h.

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/os/fd.h"
#include "exposition/metrics/families.h"
#include "http/access/authenticator.h"
#include "http/router.h"

namespace hardlink {

struct ServerOptions {
  /// Each `:PORT`, `HOST:PORT` or `[v6]:PORT`; port 0 takes a free one.
  std::vector<std::string> listen_addresses = {":10065"};
  unsigned max_requests = 40;  ///< answered at once, at least 1; the next one gets a 503
  RouterOptions router;
  Access access;  ///< who may send requests, and whether over TLS
};

struct ServerHooks {
  /// Called for POST /-/reload if lifecycle is enabled, on a thread of the server, one call at a
  /// time. May call publish() and setReloadStatus(), and must not destroy the server.
  ReloadHook reload;
  /// Called first on each thread of the server; may be empty.
  std::function<void()> thread_started = nullptr;
};

/// Serves from start() to destruction. Never touches a filesystem to answer.
class Server {
 public:
  /// Binds every address and serves at once. Before the first publish() a scrape gets the
  /// exporter's own metrics only. The error names the address ("listen on :10065: Address already
  /// in use") or the socket. Its code is EAGAIN if threads could not be made; then some threads are
  /// left over, and the process should end. SIGPIPE is ignored in the whole process from here on.
  /// `sockets` are TCP sockets that listen already, perhaps in other processes too; if there are
  /// any, the listen addresses are not used.
  [[nodiscard]] static Result<std::unique_ptr<Server>> start(ServerOptions options,
                                                             ServerHooks hooks,
                                                             std::vector<Fd> sockets = {});

  /// How many threads a server makes.
  [[nodiscard]] static unsigned threads(unsigned max_requests);

  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  /// Closes open connections and returns within a second, unless a hook takes longer.
  ~Server();

  /// Accepts no more connections, and waits for the answers to the accepted ones, but no longer
  /// than kDrainPatience. If another process has the sockets too, connections that wait in the
  /// kernel wait for the next server. To be called at most once, before the destructor.
  void drain();
  static constexpr std::chrono::milliseconds kDrainPatience{800};

  /// Renders and compresses every body in the calling thread, then makes them visible to requests.
  /// Any thread.
  void publish(const std::shared_ptr<const Report>& report);
  /// Any thread.
  void setReloadStatus(const ReloadStatus& status);
  void setHistograms(HistogramForm histograms);

  /// Replaces users, limits, headers and certificates; open connections stay as they are. TLS
  /// cannot be switched on or off: the error says so, and nothing has changed then. Any thread.
  [[nodiscard]] Result<void> setAccess(Access access);

  /// The port of each socket, in order.
  [[nodiscard]] const std::vector<int>& ports() const;
  /// Its URL, with the host of its listen address.
  [[nodiscard]] const std::vector<std::string>& urls() const;

 private:
  class Engine;
  explicit Server(std::unique_ptr<Engine> engine);

  std::unique_ptr<Engine> engine_;
};

}  // namespace hardlink
