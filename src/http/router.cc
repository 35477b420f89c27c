#include "http/router.h"

#include <algorithm>
#include <chrono>

#include "base/utf8.h"
#include "exposition/text.h"
#include "http/negotiation.h"

namespace hardlink {
namespace {

constexpr std::string_view kReading = "GET, HEAD";

bool allows(std::string_view allow, std::string_view method) {
  // No method is part of another's name, nor has one a comma in it.
  return !method.empty() && method.find(',') == std::string_view::npos &&
         allow.find(method) != std::string_view::npos;
}

Response compressible(const Request& request, std::string content_type, const Page& page,
                      std::string_view rest = {}) {
  Response response;
  response.content_type = std::move(content_type);
  response.headers.emplace_back("Vary", "Accept, Accept-Encoding");
  const bool gzip = acceptsGzip(request.accept_encoding);
  if (gzip) {
    response.headers.emplace_back("Content-Encoding", "gzip");
  }
  response.body = body(page, rest, gzip);
  return response;
}

}  // namespace

Response errorResponse(int status, std::string_view text) {
  Response response;
  response.status = status;
  response.body = std::string(text) + "\n";
  return response;
}

Router::Router(RouterOptions options, ReloadHook reload)
    : options_(std::move(options)),
      reload_(std::move(reload)),
      routes_(routes()),
      pages_(std::make_shared<const Pages>(renderPages(Report{}, options_.telemetry_path))),
      reload_status_{true, std::chrono::system_clock::now()} {}

std::vector<Router::Route> Router::routes() const {
  return {
      {options_.telemetry_path, kReading, &Router::metrics},
      {"/", kReading, &Router::landing},
      {"/api/v1/report", kReading, &Router::report},
      {"/-/healthy", kReading, &Router::healthy},
      {"/-/ready", kReading, &Router::ready},
      {"/-/reload", "POST", &Router::reload},
  };
}

void Router::publish(const Report& report) {
  auto pages = std::make_shared<const Pages>(renderPages(report, options_.telemetry_path));
  const std::lock_guard lock(mutex_);
  pages_.swap(pages);
  published_ = true;
}

void Router::setReloadStatus(const ReloadStatus& status) {
  const std::lock_guard lock(mutex_);
  reload_status_ = status;
}

std::shared_ptr<const Pages> Router::pages() const {
  const std::lock_guard lock(mutex_);
  return pages_;
}

Response Router::answer(const Request& request) {
  const auto route = std::find_if(routes_.begin(), routes_.end(), [&](const Route& candidate) {
    return candidate.path == request.path;
  });
  if (route == routes_.end()) {
    return errorResponse(404, "Not found");
  }
  if (!allows(route->allow, request.method)) {
    Response response =
        errorResponse(405, "Method not allowed here; allowed: " + std::string(route->allow));
    response.headers.emplace_back("Allow", route->allow);
    return response;
  }
  return (this->*route->answer)(request);
}

Response Router::landing(const Request& request) {
  Response response = compressible(request, "text/html; charset=utf-8", pages()->landing);
  response.headers.emplace_back("Content-Security-Policy",
                                "default-src 'none'; style-src 'unsafe-inline'; "
                                "base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
  return response;
}

Response Router::metrics(const Request& request) {
  const std::shared_ptr<const Pages> published = pages();
  ReloadStatus reload;
  {
    const std::lock_guard lock(mutex_);
    reload = reload_status_;
  }
  if (chooseMetricsFormat(request.accept) == MetricsFormat::open_metrics) {
    return compressible(request, std::string(kOpenMetricsContentType), published->open_metrics,
                        scrapeOpenMetrics(reload));
  }
  return compressible(request, std::string(kTextContentType), published->text, scrapeText(reload));
}

Response Router::report(const Request& request) {
  return compressible(request, "application/json", pages()->json);
}

Response Router::healthy(const Request& /*request*/) {
  Response response;
  response.body = "hardlink_exporter is healthy.\n";
  return response;
}

Response Router::ready(const Request& /*request*/) {
  std::shared_ptr<const Pages> published;
  {
    const std::lock_guard lock(mutex_);
    if (!published_) {
      return errorResponse(503, "Not ready: no census has started yet.");
    }
    published = pages_;
  }
  if (published->waiting.empty()) {
    Response response;
    response.body = "hardlink_exporter is ready.\n";
    return response;
  }
  std::string text = "Not ready; the first census has not ended of:";
  for (const std::string& name : published->waiting) {
    text += "\n" + printable(name);
  }
  return errorResponse(503, text);
}

Response Router::reload(const Request& /*request*/) {
  if (!options_.enable_lifecycle) {
    return errorResponse(403, "Lifecycle API is not enabled: see --web.enable-lifecycle.");
  }
  const std::lock_guard lock(reloading_);
  if (const std::optional<Error> error = reload_ ? reload_() : std::nullopt) {
    return errorResponse(500, "Failed to reload the configuration: " + error->message());
  }
  Response response;
  response.body = "Configuration reloaded.\n";
  return response;
}

}  // namespace hardlink
