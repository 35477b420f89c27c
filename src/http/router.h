#pragma once

/// Which request gets which answer. It has no sockets: http/server.h calls it.

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "exposition/metrics/families.h"
#include "http/pages.h"
#include "model/routes.h"

namespace hardlink {

/// The parts of a request that routes use. Views are valid during the call.
struct Request {
  std::string_view method;
  std::string_view path;   ///< as sent, dot segments resolved, without the query
  std::string_view query;  ///< as sent, without the question mark
  std::string_view accept;
  std::string_view accept_encoding;
};

struct Response {
  int status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::vector<std::pair<std::string, std::string>> headers;  ///< beyond those every answer has
  std::string cache_control = "no-store";
  std::string body;  ///< as for GET; for HEAD only its length is sent
};

/// Loads the configuration again; the error says why nothing was changed.
using ReloadHook = std::function<Result<void>()>;

struct RouterOptions {
  std::string telemetry_path = "/metrics";            ///< starts with a slash
  bool enable_lifecycle = false;                      ///< whether POST /-/reload works
  bool exporter_metrics = true;                       ///< whether there are process_*
  HistogramForm histograms = HistogramForm::classic;  ///< until setHistograms()
  /// Answered from until the first one is published; never null.
  std::shared_ptr<const Report> report = std::make_shared<const Report>();
};

/// Answers requests from what was published last. Every function may be called from any thread.
class Router {
 public:
  Router(RouterOptions options, ReloadHook reload);

  /// Renders and compresses every body in the calling thread, then makes them visible to requests.
  /// `report` must not be null.
  void publish(const std::shared_ptr<const Report>& report);
  void setReloadStatus(const ReloadStatus& status);
  /// For what is published from now on.
  void setHistograms(HistogramForm histograms) { histograms_ = histograms; }

  [[nodiscard]] Response answer(const Request& request);

 private:
  using Answer = Response (Router::*)(const Request&);
  struct Entry {
    std::string_view path;
    std::string_view allow;  ///< methods, as in the header Allow
    Answer answer;
  };
  [[nodiscard]] std::vector<Entry> routes() const;
  [[nodiscard]] static Answer answerOf(Route route);
  [[nodiscard]] std::shared_ptr<const Pages> pages() const;

  Response status(const Request& request);
  Response runbook(const Request& request);
  Response asset(const Request& request);
  Response metrics(const Request& request);
  Response report(const Request& request);
  Response explain(const Request& request);
  Response healthy(const Request& request);
  Response ready(const Request& request);
  Response reload(const Request& request);

  const RouterOptions options_;
  const ReloadHook reload_;
  const std::vector<Asset> assets_;
  const Part runbook_;
  const std::vector<Entry> routes_;
  OwnMetrics own_metrics_;
  std::atomic<HistogramForm> histograms_;
  std::mutex reloading_;  // one reload at a time

  mutable std::mutex mutex_;  // guards what follows
  std::shared_ptr<const Pages> pages_;
};

/// The plain-text answer of an error: `text` on a line of its own.
[[nodiscard]] Response errorResponse(int status, std::string_view text);

}  // namespace hardlink
