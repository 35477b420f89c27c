#include "http/router.h"

#include <algorithm>
#include <cstddef>

#include "base/utf8.h"
#include "exposition/json/json.h"
#include "exposition/metrics/families.h"
#include "exposition/page/status_page.h"
#include "http/parse_request.h"

namespace hardlink {
namespace {

constexpr std::string_view kReading = "GET, HEAD";

// The pages load everything from this server, and their script makes no markup from text.
constexpr std::string_view kContentSecurityPolicy =
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'";

bool allows(std::string_view allow, std::string_view method) {
  // No method's name is part of another's, and none contains a comma.
  return !method.empty() && method.find(',') == std::string_view::npos &&
         allow.find(method) != std::string_view::npos;
}

const Part& nothing() {
  static const Part nothing = tailPart({});
  return nothing;
}

/// `body(gzip)` gives the body, compressed or not.
template <class Body>
Response compressible(const Request& request, std::string content_type, Body body) {
  Response response;
  response.content_type = std::move(content_type);
  response.headers.emplace_back("Vary", "Accept, Accept-Encoding");
  const bool gzip = acceptsGzip(request.accept_encoding);
  if (gzip) {
    response.headers.emplace_back("Content-Encoding", "gzip");
  }
  response.body = body(gzip);
  return response;
}

Response compressible(const Request& request, std::string content_type, const Part& part) {
  return compressible(request, std::move(content_type),
                      [&](bool gzip) { return body(part, nothing(), gzip); });
}

/// The places of the roots with these names, ascending.
Result<std::vector<std::size_t>> placesOf(const std::vector<std::string>& names,
                                          const Report& report) {
  std::vector<std::size_t> places;
  for (const std::string& name : names) {
    // As in the label: its value is valid UTF-8.
    const auto root = std::find_if(
        report.roots.begin(), report.roots.end(),
        [&](const RootReport& candidate) { return sanitizeUtf8(candidate.name) == name; });
    if (root == report.roots.end()) {
      return Error{0, "root[]: there is no root \"" + printable(name) + "\""};
    }
    places.push_back(static_cast<std::size_t>(root - report.roots.begin()));
  }
  std::sort(places.begin(), places.end());
  places.erase(std::unique(places.begin(), places.end()), places.end());
  return places;
}

Response htmlPage(const Request& request, const Part& page) {
  Response response = compressible(request, "text/html; charset=utf-8", page);
  response.headers.emplace_back("Content-Security-Policy", kContentSecurityPolicy);
  response.headers.emplace_back("Referrer-Policy", "no-referrer");
  return response;
}

Response jsonResponse(int status, std::string body) {
  Response response;
  response.status = status;
  response.content_type = "application/json";
  response.body = std::move(body);
  return response;
}

Response jsonError(int status, std::string_view text) {
  return jsonResponse(status, renderJsonError(text));
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
      assets_(renderAssets()),
      runbook_(headPart(renderRunbook())),
      routes_(routes()),
      own_metrics_(options_.exporter_metrics),
      histograms_(options_.histograms),
      pages_(std::make_shared<const Pages>(
          renderPages(options_.report, histograms_, options_.telemetry_path))) {}

std::vector<Router::Entry> Router::routes() const {
  std::vector<Entry> entries;
  for (const RoutePath& route : kRoutes) {
    const bool reload = route.route == Route::reload;
    entries.push_back({route.path, reload ? "POST" : kReading, answerOf(route.route)});
  }
  for (const Asset& asset : assets_) {
    entries.push_back({asset.path, kReading, &Router::asset});
  }
  // Last, so that it cannot hide another route.
  entries.push_back({options_.telemetry_path, kReading, &Router::metrics});
  return entries;
}

Router::Answer Router::answerOf(Route route) {
  switch (route) {
    case Route::status:
      return &Router::status;
    case Route::report:
      return &Router::report;
    case Route::explain:
      return &Router::explain;
    case Route::healthy:
      return &Router::healthy;
    case Route::ready:
      return &Router::ready;
    case Route::reload:
      return &Router::reload;
    case Route::runbook:
      return &Router::runbook;
  }
  return nullptr;
}

void Router::publish(const std::shared_ptr<const Report>& report) {
  auto pages =
      std::make_shared<const Pages>(renderPages(report, histograms_, options_.telemetry_path));
  const std::lock_guard lock(mutex_);
  pages_.swap(pages);
}

void Router::setReloadStatus(const ReloadStatus& status) { own_metrics_.setReloadStatus(status); }

std::shared_ptr<const Pages> Router::pages() const {
  const std::lock_guard lock(mutex_);
  return pages_;
}

Response Router::answer(const Request& request) {
  const auto route = std::find_if(routes_.begin(), routes_.end(), [&](const Entry& candidate) {
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

Response Router::status(const Request& request) { return htmlPage(request, pages()->status); }

Response Router::runbook(const Request& request) { return htmlPage(request, runbook_); }

Response Router::asset(const Request& request) {
  const auto asset = std::find_if(assets_.begin(), assets_.end(), [&](const Asset& candidate) {
    return candidate.path == request.path;
  });
  Response response = compressible(request, asset->content_type, asset->content);
  // The path changes with the content.
  response.cache_control = "public, max-age=31536000, immutable";
  return response;
}

Response Router::metrics(const Request& request) {
  Result<MetricsQuery> asked = parseMetricsQuery(request.query);
  if (!asked) {
    return errorResponse(400, asked.error().message());
  }
  const std::shared_ptr<const Pages> published = pages();
  if (!asked->roots.empty()) {
    auto places = placesOf(asked->roots, *published->report);
    if (!places) {
      return errorResponse(400, places.error().message());
    }
    asked->selection.roots = *std::move(places);
  }
  const auto [format, escaping] =
      chooseMetricsFormat(request.accept, published->histograms != HistogramForm::classic);
  const MetricsPart& head = published->metrics.at(static_cast<std::size_t>(format));
  const std::shared_ptr<const MetricsPart> own = own_metrics_.in(format);
  return compressible(
      request, std::string(contentType(format)).append("; escaping=").append(escaping),
      [&, chosen = format](bool gzip) {
        return asked->isPartial() ? selectedBody(head, *own, chosen, asked->selection, gzip)
                                  : body(head, *own, gzip);
      });
}

Response Router::report(const Request& request) {
  return compressible(request, "application/json", pages()->json);
}

Response Router::explain(const Request& request) {
  const Result<ExplainQuery> asked = parseExplainQuery(request.query);
  if (!asked) {
    return jsonError(400, asked.error().message());
  }
  const std::shared_ptr<const Report> report = pages()->report;
  const std::optional<std::string> details =
      asked->inode ? renderInodeDetails(*report, asked->root, *asked->inode)
                   : renderLayerDetails(*report, asked->root, asked->layer);
  if (!details) {
    return jsonError(404, "the report does not hold this " +
                              std::string(asked->inode ? "inode" : "layer") +
                              " of this root; it holds the hottest and the tightest");
  }
  return jsonResponse(200, *details);
}

Response Router::healthy(const Request& /*request*/) {
  Response response;
  response.body = "hardlink_exporter is healthy.\n";
  return response;
}

Response Router::ready(const Request& /*request*/) {
  const std::shared_ptr<const Pages> published = pages();
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
  if (const auto reloaded = reload_ ? reload_() : Result<void>(); !reloaded) {
    return errorResponse(500, "Failed to reload the configuration: " + reloaded.error().message());
  }
  Response response;
  response.body = "Configuration reloaded.\n";
  return response;
}

}  // namespace hardlink
