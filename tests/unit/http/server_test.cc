#include "http/server.h"

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "http/sockets/listen.h"
#include "support/catch.h"
#include "unit/http/client.h"
#include "unit/http/inflate.h"

namespace hardlink {
namespace {

constexpr const char* kAcceptOpenMetrics =
    "Accept: application/openmetrics-text;version=1.0.0;q=0.5,text/plain;q=0.3\r\n";

std::unique_ptr<Server> start(ServerOptions options = {}, ServerHooks hooks = {}) {
  options.listen_addresses = {"127.0.0.1:0"};
  Result<std::unique_ptr<Server>> server = Server::start(std::move(options), std::move(hooks));
  REQUIRE(server);
  return std::move(*server);
}

int portOf(const Server& server) { return server.ports().at(0); }

RootReport root(std::string name, std::optional<bool> up, std::uint64_t max_links = 0) {
  RootReport result;
  result.name = std::move(name);
  result.path = "/srv";
  result.status.up = up;
  if (up == true) {
    result.census.emplace().max_links = max_links;
  }
  return result;
}

std::shared_ptr<const Report> report(std::vector<RootReport> roots) {
  return std::make_shared<const Report>(Report{std::move(roots)});
}

std::string header(const Reply& reply, const std::string& name) {
  const auto found = reply.headers.find(name);
  return found == reply.headers.end() ? "" : found->second;
}

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

TEST_CASE("a scrape has the metrics of the published report, the exporter and the process") {
  const std::unique_ptr<Server> server = start();
  server->publish(report({root("docker", true, 64854)}));
  const Reply reply = request(portOf(*server), "GET", "/metrics");
  CHECK(reply.status == 200);
  CHECK(header(reply, "content-type") ==
        "text/plain; version=0.0.4; charset=utf-8; escaping=underscores");
  CHECK(header(reply, "vary") == "Accept, Accept-Encoding");
  CHECK(header(reply, "content-encoding").empty());
  CHECK(contains(reply.body, "\nhardlink_max_links{root=\"docker\"} 64854\n"));
  CHECK(contains(reply.body, "\nhardlink_config_last_reload_successful 1\n"));
  CHECK(contains(reply.body, "\nprocess_open_fds "));
  CHECK_FALSE(contains(reply.body, "# EOF"));
}

TEST_CASE("a client that asks for OpenMetrics gets it with its end marker") {
  const std::unique_ptr<Server> server = start();
  server->publish(report({root("docker", true, 7)}));
  const Reply reply = request(portOf(*server), "GET", "/metrics", kAcceptOpenMetrics);
  CHECK(reply.status == 200);
  CHECK(header(reply, "content-type") ==
        "application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=underscores");
  CHECK(contains(reply.body, "\nhardlink_max_links{root=\"docker\"} 7\n"));
  CHECK(contains(reply.body, "\nprocess_open_fds "));
  CHECK(reply.body.find("# EOF\n") == reply.body.size() - 6);
}

TEST_CASE("a compressed scrape is one gzip member with the same text") {
  const std::unique_ptr<Server> server = start();
  server->publish(report({root("docker", true, 64854)}));
  const std::string accept = GENERATE(as<std::string>{}, "", kAcceptOpenMetrics);
  const Reply reply =
      request(portOf(*server), "GET", "/metrics", accept + "Accept-Encoding: gzip\r\n");
  CHECK(header(reply, "content-encoding") == "gzip");
  CHECK(header(reply, "content-length") == std::to_string(reply.body.size()));
  const std::string text = gunzip(reply.body);
  CHECK(contains(text, "\nhardlink_max_links{root=\"docker\"} 64854\n"));
  CHECK(contains(text, "\nprocess_open_fds "));
  CHECK(contains(text, "# EOF\n") == !accept.empty());
}

TEST_CASE("a scrape of some groups and roots has these, in every format and encoding") {
  const std::unique_ptr<Server> server = start();
  server->publish(report({root("docker", true, 64854), root("disk \xff", true, 7)}));
  const std::string accept = GENERATE(as<std::string>{}, "", kAcceptOpenMetrics);
  const auto scrape = [&](const std::string& query) {
    const std::string target = "/metrics?" + query;
    const Reply plain = request(portOf(*server), "GET", target, accept);
    CHECK(plain.status == 200);
    CHECK(contains(plain.body, "# EOF\n") == !accept.empty());
    const Reply zipped =
        request(portOf(*server), "GET", target, accept + "Accept-Encoding: gzip\r\n");
    CHECK(contains(gunzip(zipped.body), "hardlink_max_links") ==
          contains(plain.body, "hardlink_max_links"));
    return plain.body;
  };
  const std::string docker = scrape("root[]=docker&exclude[]=process");
  CHECK(contains(docker, "\nhardlink_max_links{root=\"docker\"} 64854\n"));
  CHECK(contains(docker, "\nhardlink_exporter_build_info{"));
  CHECK_FALSE(contains(docker, "root=\"disk"));
  CHECK_FALSE(contains(docker, "process_"));
  const std::string process = scrape("collect[]=process");
  CHECK(contains(process, "process_threads "));
  CHECK_FALSE(contains(process, "hardlink_"));
  CHECK(contains(scrape("root[]=disk+%5cxff"), "hardlink_max_links{root=\"disk \\\\xff\"} 7\n"));
}

TEST_CASE("a scrape of an unknown group or root, or with both lists, gets 400 and the reason") {
  const std::unique_ptr<Server> server = start();
  server->publish(report({root("docker", true)}));
  const auto reason = [&](const std::string& query) {
    const Reply reply = request(portOf(*server), "GET", "/metrics?" + query);
    CHECK(reply.status == 400);
    return reply.body;
  };
  CHECK(contains(reason("collect[]=layer"), "expected one of layers, images,"));
  CHECK(reason("root[]=docke%0ar") == "root[]: there is no root \"docke\\nr\"\n");
  CHECK(reason("collect[]=layers&exclude[]=images") ==
        "expected collect[] or exclude[], got both\n");
  CHECK(request(portOf(*server), "HEAD", "/metrics?collect[]=x").status == 400);
}

TEST_CASE("a server knows its roots before the first report") {
  ServerOptions options;
  options.router.report = report({root("docker", std::nullopt)});
  const std::unique_ptr<Server> server = start(std::move(options));
  CHECK(request(portOf(*server), "GET", "/metrics?root[]=docker").status == 200);
  CHECK(request(portOf(*server), "GET", "/-/ready").status == 503);
}

TEST_CASE("a server without the exporter's own metrics has no process metrics") {
  ServerOptions options;
  options.router.exporter_metrics = false;
  const std::unique_ptr<Server> server = start(std::move(options));
  const Reply reply = request(portOf(*server), "GET", "/metrics");
  CHECK(contains(reply.body, "hardlink_exporter_build_info{"));
  CHECK_FALSE(contains(reply.body, "process_"));
  CHECK(request(portOf(*server), "GET", "/metrics?collect[]=process").body.empty());
}

TEST_CASE("a client that refuses gzip gets none") {
  const std::unique_ptr<Server> server = start();
  const Reply reply =
      request(portOf(*server), "GET", "/metrics", "Accept-Encoding: gzip;q=0, *;q=0\r\n");
  CHECK(header(reply, "content-encoding").empty());
  CHECK(contains(reply.body, "process_open_fds"));
}

TEST_CASE("the status page and the JSON report are served with their types, compressed or not") {
  const std::unique_ptr<Server> server = start();
  server->publish(report({root("docker", true, 64854)}));
  const Reply page = request(portOf(*server), "GET", "/");
  CHECK(page.status == 200);
  CHECK(header(page, "content-type") == "text/html; charset=utf-8");
  CHECK(header(page, "cache-control") == "no-store");
  CHECK(contains(page.body, "docker"));
  const Reply json = request(portOf(*server), "GET", "/api/v1/report");
  CHECK(json.status == 200);
  CHECK(header(json, "content-type") == "application/json");
  CHECK(contains(json.body, "64854"));
  const Reply compressed =
      request(portOf(*server), "GET", "/api/v1/report", "Accept-Encoding: gzip\r\n");
  CHECK(gunzip(compressed.body) == json.body);
}

/// The address of the first file of the status page that ends so, as the page says it.
std::string assetPath(int port, const std::string& ending) {
  const std::string page = request(port, "GET", "/").body;
  const std::size_t start = page.find("./assets/");
  REQUIRE(start != std::string::npos);
  const std::size_t slash = page.find('/', start + std::string("./assets/").size());
  return page.substr(start + 1, slash - start) + ending;
}

TEST_CASE("the runbook is a page, compressed or not") {
  const std::unique_ptr<Server> server = start();
  const Reply page = request(portOf(*server), "GET", "/runbook");
  CHECK(page.status == 200);
  CHECK(header(page, "content-type") == "text/html; charset=utf-8");
  CHECK(contains(page.body, "<h2 id=\"hardlinkextractionslow\">"));
  const Reply compressed = request(portOf(*server), "GET", "/runbook", "Accept-Encoding: gzip\r\n");
  CHECK(gunzip(compressed.body) == page.body);
  CHECK(request(portOf(*server), "POST", "/runbook").status == 405);
}

TEST_CASE("a page may load its own files and nothing else, and runs no script of its own") {
  const std::unique_ptr<Server> server = start();
  const Reply page = request(portOf(*server), "GET", GENERATE("/", "/runbook"));
  const std::string policy = header(page, "content-security-policy");
  for (const char* part : {"default-src 'none'", "script-src 'self'", "style-src 'self'",
                           "connect-src 'self'", "base-uri 'none'", "form-action 'none'",
                           "frame-ancestors 'none'", "require-trusted-types-for 'script'"}) {
    CAPTURE(part);
    CHECK(contains(policy, part));
  }
  CHECK_FALSE(contains(policy, "unsafe"));
  CHECK(header(page, "x-content-type-options") == "nosniff");
  CHECK(header(page, "referrer-policy") == "no-referrer");
}

TEST_CASE("the files of the status page are served with their types and may be cached for ever") {
  const std::unique_ptr<Server> server = start();
  const auto [name, type] =
      GENERATE(table<std::string, std::string>({{"status.css", "text/css; charset=utf-8"},
                                                {"status.js", "text/javascript; charset=utf-8"},
                                                {"histogram.js", "text/javascript; charset=utf-8"},
                                                {"icon-low.svg", "image/svg+xml"}}));
  const std::string path = assetPath(portOf(*server), name);
  CAPTURE(path);
  const Reply plain = request(portOf(*server), "GET", path);
  CHECK(plain.status == 200);
  CHECK(header(plain, "content-type") == type);
  CHECK(header(plain, "cache-control") == "public, max-age=31536000, immutable");
  CHECK(header(plain, "x-content-type-options") == "nosniff");
  const Reply compressed = request(portOf(*server), "GET", path, "Accept-Encoding: gzip\r\n");
  CHECK(gunzip(compressed.body) == plain.body);
  CHECK(request(portOf(*server), "POST", path).status == 405);
}

TEST_CASE("a file of another version of the status page is not found") {
  const std::unique_ptr<Server> server = start();
  CHECK(request(portOf(*server), "GET", "/assets/0123456789abcdef/status.css").status == 404);
  CHECK(request(portOf(*server), "GET", "/assets/status.css").status == 404);
  CHECK(request(portOf(*server), "GET", assetPath(portOf(*server), "root.html")).status == 404);
}

RootReport rootWithLayer(const std::string& layer) {
  RootReport made = root("a b", true, 7);
  made.census->tightest_layers.resize(1);
  made.census->tightest_layers[0].name = layer;
  made.census->hot_inodes.resize(1);
  made.census->hot_inodes[0].inode = 44;
  return made;
}

TEST_CASE("a layer or an inode that the report holds is explained") {
  const std::unique_ptr<Server> server = start();
  server->publish(report({rootWithLayer("new\n&=+%")}));
  const std::string query = GENERATE(as<std::string>{}, "root=a%20b&layer=new%0A%26%3d%2B%25",
                                     "layer=new%0a%26=%2B%25&root=a+b", "root=a+b&inode=44");
  CAPTURE(query);
  const Reply reply = request(portOf(*server), "GET", "/api/v1/explain?" + query);
  CHECK(reply.status == 200);
  CHECK(header(reply, "content-type") == "application/json");
  CHECK(header(reply, "cache-control") == "no-store");
  CHECK(contains(reply.body, "\"root\": \"a b\""));
}

TEST_CASE("a layer or an inode that the report does not hold gets a 404 in JSON") {
  const std::unique_ptr<Server> server = start();
  server->publish(report({rootWithLayer("l")}));
  const std::string query =
      GENERATE(as<std::string>{}, "root=a+b&layer=m", "root=c&layer=l", "root=a+b&inode=45");
  CAPTURE(query);
  const Reply reply = request(portOf(*server), "GET", "/api/v1/explain?" + query);
  CHECK(reply.status == 404);
  CHECK(header(reply, "content-type") == "application/json");
  CHECK(contains(reply.body, "{\n  \"error\": \"the report does not hold this "));
}

TEST_CASE("a query that makes no sense gets an error that says what was expected") {
  const std::unique_ptr<Server> server = start();
  server->publish(report({rootWithLayer("l")}));
  const std::string query = GENERATE(
      as<std::string>{}, "", "?", "?root=a+b", "?layer=l", "?root=a+b&layer=l&inode=44",
      "?root=a+b&layer=", "?root=a+b&inode=", "?root=a+b&inode=-1", "?root=a+b&inode=44x",
      "?root=a+b&inode=99999999999999999999", "?root=a+b&layer=%", "?root=a+b&layer=%4",
      "?root=a+b&layer=%+4", "?root=a+b&layer=l&layer=l", "?root=a+b&path=l", "?root&layer=l");
  CAPTURE(query);
  const Reply reply = request(portOf(*server), "GET", "/api/v1/explain" + query);
  CHECK(reply.status == 400);
  CHECK(contains(reply.body, "expected root=NAME and either layer=NAME or inode=N"));
}

TEST_CASE("a query does not change the route") {
  const std::unique_ptr<Server> server = start();
  CHECK(request(portOf(*server), "GET", "/-/healthy?verbose=1").status == 200);
}

TEST_CASE("the metrics are at the telemetry path and nowhere else") {
  ServerOptions options;
  options.router.telemetry_path = "/probe/m";
  const std::unique_ptr<Server> server = start(options);
  CHECK(contains(request(portOf(*server), "GET", "/probe/m").body, "process_open_fds"));
  CHECK(request(portOf(*server), "GET", "/metrics").status == 404);
  CHECK(contains(request(portOf(*server), "GET", "/").body, "probe/m"));
}

TEST_CASE("every route that is reserved is served, and no telemetry path hides it") {
  for (const RoutePath& route : kRoutes) {
    CAPTURE(route.path);
    ServerOptions options;
    options.router.telemetry_path = route.path;
    const std::unique_ptr<Server> server = start(options);
    const std::string method = route.route == Route::reload ? "POST" : "GET";
    const Reply reply = request(portOf(*server), method, std::string(route.path));
    CHECK_FALSE(contains(reply.body, "process_open_fds"));
    CHECK(reply.status != 404);
  }
}

TEST_CASE("civetweb removes from requests what a telemetry path may not contain") {
  const std::unique_ptr<Server> server = start();
  for (const char* const path : {"//metrics", "/metrics.", "/./metrics", "/x/../metrics"}) {
    CAPTURE(path);
    CHECK(request(portOf(*server), "GET", path).status == 200);
  }
  CHECK(request(portOf(*server), "GET", "/%6detrics").status == 404);
  CHECK(request(portOf(*server), "GET", "/metrics/").status == 404);
}

TEST_CASE("HEAD gets the headers of GET and no body, on every route") {
  const std::unique_ptr<Server> server = start();
  server->publish(report({root("docker", true, 64854)}));
  const std::string path = GENERATE(as<std::string>{}, "/", "/runbook", "/api/v1/report",
                                    "/api/v1/explain", "/-/healthy", "/-/ready", "/nowhere");
  Reply got = request(portOf(*server), "GET", path);
  Reply head = request(portOf(*server), "HEAD", path);
  CHECK(head.status == got.status);
  CHECK(head.body.empty());
  CHECK(header(head, "content-length") == std::to_string(got.body.size()));
  got.headers.erase("date");
  head.headers.erase("date");
  CHECK(head.headers == got.headers);
}

TEST_CASE("HEAD of the metrics has a length and no body") {
  const std::unique_ptr<Server> server = start();
  const Reply head = request(portOf(*server), "HEAD", "/metrics");
  CHECK(head.status == 200);
  CHECK(std::stoi(header(head, "content-length")) > 100);
  CHECK(head.body.empty());
}

TEST_CASE("any other path gets a 404, and no file is ever served") {
  const std::unique_ptr<Server> server = start();
  const std::string path = GENERATE(as<std::string>{}, "/nowhere", "/metrics/", "/-/", "/api/v1",
                                    "/etc/passwd", "/../../etc/passwd", "/%2e%2e/etc/passwd",
                                    "//etc/passwd", "/.htpasswd", "/index.html");
  CAPTURE(path);
  for (const char* method : {"GET", "PUT", "DELETE", "PROPFIND", "OPTIONS"}) {
    const Reply reply = request(portOf(*server), method, path);
    CHECK(reply.status == 404);
    CHECK(reply.body == "Not found\n");
  }
}

TEST_CASE("a method that a route does not have gets the list of its methods") {
  const std::unique_ptr<Server> server = start();
  const std::string method =
      GENERATE(as<std::string>{}, "POST", "PUT", "DELETE", "OPTIONS", "PATCH");
  for (const char* path : {"/", "/metrics", "/api/v1/report", "/-/healthy", "/-/ready"}) {
    CAPTURE(method, path);
    const Reply reply = request(portOf(*server), method, path);
    CHECK(reply.status == 405);
    CHECK(header(reply, "allow") == "GET, HEAD");
  }
  const Reply reload = request(portOf(*server), "GET", "/-/reload");
  CHECK(reload.status == 405);
  CHECK(header(reload, "allow") == "POST");
}

TEST_CASE("every answer forbids sniffing and caching and does not say what server this is") {
  const std::unique_ptr<Server> server = start();
  for (const char* path : {"/", "/metrics", "/nowhere", "/-/ready"}) {
    const Reply reply = request(portOf(*server), "GET", path);
    CHECK(header(reply, "x-content-type-options") == "nosniff");
    CHECK(header(reply, "cache-control") == "no-store");
    CHECK(header(reply, "connection") == "close");
    CHECK(header(reply, "server").empty());
    CHECK(contains(header(reply, "date"), " GMT"));
  }
}

TEST_CASE("the server is ready when the first census of every root has ended, even with an error") {
  ServerOptions options;
  options.router.report = report({root("a", std::nullopt)});
  const std::unique_ptr<Server> server = start(std::move(options));
  CHECK(request(portOf(*server), "GET", "/-/ready").status == 503);
  server->publish(report({root("a", true), root("b", std::nullopt), root("c", std::nullopt)}));
  const Reply waiting = request(portOf(*server), "GET", "/-/ready");
  CHECK(waiting.status == 503);
  CHECK(waiting.body == "Not ready; the first census has not ended of:\nb\nc\n");
  server->publish(report({root("a", true), root("b", false), root("c", true)}));
  CHECK(request(portOf(*server), "GET", "/-/ready").status == 200);
  CHECK(request(portOf(*server), "GET", "/-/healthy").status == 200);
}

TEST_CASE("a reload is refused unless the lifecycle API is enabled") {
  std::atomic<int> reloads{0};
  const auto hook = [&]() -> Result<void> {
    ++reloads;
    return {};
  };
  {
    const std::unique_ptr<Server> server = start({}, {hook});
    const Reply reply = request(portOf(*server), "POST", "/-/reload", "Content-Length: 0\r\n");
    CHECK(reply.status == 403);
    CHECK(contains(reply.body, "--web.enable-lifecycle"));
    CHECK(reloads == 0);
  }
  ServerOptions options;
  options.router.enable_lifecycle = true;
  const std::unique_ptr<Server> server = start(options, {hook});
  CHECK(request(portOf(*server), "POST", "/-/reload", "Content-Length: 0\r\n").status == 200);
  CHECK(reloads == 1);
}

TEST_CASE("a reload that fails says why, and the next scrape shows it") {
  ServerOptions options;
  options.router.enable_lifecycle = true;
  Server* serving = nullptr;
  const std::unique_ptr<Server> server =
      start(options, {[&]() -> Result<void> {
              serving->setReloadStatus({false, {}});
              return Error{0, "config.yml:3: roots: expected a list"};
            }});
  serving = server.get();
  Connection connection(portOf(*server));
  connection.send("POST /-/reload HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello");
  const Reply reply = connection.readReply();
  CHECK(reply.status == 500);
  CHECK(contains(reply.body, "config.yml:3: roots: expected a list"));
  CHECK(contains(request(portOf(*server), "GET", "/metrics").body,
                 "\nhardlink_config_last_reload_successful 0\n"));
}

TEST_CASE("a hook that throws does not end the server") {
  ServerOptions options;
  options.router.enable_lifecycle = true;
  const std::unique_ptr<Server> server =
      start(options, {[]() -> Result<void> { throw std::runtime_error("unforeseen"); }});
  CHECK(request(portOf(*server), "POST", "/-/reload", "Content-Length: 0\r\n").status == 500);
  CHECK(request(portOf(*server), "GET", "/-/healthy").status == 200);
}

TEST_CASE("the error names a port that is in use, and the server that uses it goes on") {
  const std::unique_ptr<Server> first = start();
  const std::string address = "127.0.0.1:" + std::to_string(portOf(*first));
  ServerOptions options;
  options.listen_addresses = {address};
  const Result<std::unique_ptr<Server>> second = Server::start(options, {});
  REQUIRE_FALSE(second);
  CHECK(second.error().message() == "listen on " + address + ": Address already in use");
  CHECK(request(portOf(*first), "GET", "/-/healthy").status == 200);
}

TEST_CASE("the error names one of two addresses that exclude each other") {
  int port = 0;
  {
    const std::unique_ptr<Server> server = start();
    port = portOf(*server);
  }
  const std::string address = "127.0.0.1:" + std::to_string(port);
  ServerOptions options;
  options.listen_addresses = {address, address};
  const Result<std::unique_ptr<Server>> server = Server::start(options, {});
  REQUIRE_FALSE(server);
  CHECK(server.error().message() == "listen on " + address + ": Address already in use");
}

TEST_CASE("a port alone serves IPv4, and IPv6 where the system has it") {
  ServerOptions options;
  options.listen_addresses = {":0"};
  const Result<std::unique_ptr<Server>> server = Server::start(options, {});
  REQUIRE(server);
  const int port = portOf(**server);
  CHECK(request(port, "GET", "/-/healthy").status == 200);
  if (listenOn({"[::1]:0"})) {
    Connection connection(port, "::1");
    connection.send("GET /-/healthy HTTP/1.1\r\nHost: [::1]\r\n\r\n");
    CHECK(connection.readReply().status == 200);
  } else {
    WARN("no IPv6 here: not tried");
  }
}

TEST_CASE("several addresses are served, and ports() lists them in order") {
  ServerOptions options;
  options.listen_addresses = {"127.0.0.1:0", "127.0.0.2:0"};
  const Result<std::unique_ptr<Server>> server = Server::start(options, {});
  REQUIRE(server);
  const std::vector<int> ports = (*server)->ports();
  REQUIRE(ports.size() == 2);
  CHECK(request(ports[0], "GET", "/-/healthy").status == 200);
  Connection second(ports[1], "127.0.0.2");
  second.send("GET /-/healthy HTTP/1.1\r\nHost: a\r\n\r\n");
  CHECK(second.readReply().status == 200);
}

TEST_CASE("a socket that listens already is served, and its URL is that of its address") {
  std::vector<Fd> sockets = *listenOn({"127.0.0.1:0"});
  const int port = localPort(sockets[0].get());
  const Result<std::unique_ptr<Server>> server = Server::start({}, {}, std::move(sockets));
  REQUIRE(server);
  CHECK((*server)->ports() == std::vector{port});
  CHECK((*server)->urls() == std::vector{"http://127.0.0.1:" + std::to_string(port)});
  CHECK(request(port, "GET", "/-/healthy").status == 200);
}

TEST_CASE("a drained server answers what it has accepted and leaves the rest to the next one") {
  const std::vector<Fd> kept = *listenOn({"127.0.0.1:0"});
  const int port = localPort(kept[0].get());
  const auto start_on = [](int socket) {
    std::vector<Fd> sockets;
    sockets.emplace_back(dup(socket));
    return *Server::start({}, {}, std::move(sockets));
  };
  std::unique_ptr<Server> first = start_on(kept[0].get());
  CHECK(request(port, "GET", "/-/healthy").status == 200);
  first->drain();
  Connection waiting(port);
  waiting.send("GET /-/healthy HTTP/1.1\r\nHost: a\r\n\r\n");
  first.reset();
  const std::unique_ptr<Server> second = start_on(kept[0].get());
  CHECK(waiting.readReply().status == 200);
}

TEST_CASE("scrapes during publications see one report or the other, never a mixture") {
  const std::unique_ptr<Server> server = start();
  const auto figures = [](std::uint64_t links) {
    return report({root("a", true, links), root("b", true, links)});
  };
  server->publish(figures(1));
  std::atomic<bool> stop{false};
  std::thread publisher([&] {
    for (std::uint64_t i = 0; !stop; ++i) {
      server->publish(figures(1 + i % 2));
    }
  });
  std::atomic<int> mixed{0};
  std::vector<std::thread> scrapers(4);
  for (std::thread& scraper : scrapers) {
    scraper = std::thread([&] {
      for (int i = 0; i < 25; ++i) {
        const std::string text =
            gunzip(request(portOf(*server), "GET", "/metrics", "Accept-Encoding: gzip\r\n").body);
        const bool ones = contains(text, "hardlink_max_links{root=\"a\"} 1\n") &&
                          contains(text, "hardlink_max_links{root=\"b\"} 1\n");
        const bool twos = contains(text, "hardlink_max_links{root=\"a\"} 2\n") &&
                          contains(text, "hardlink_max_links{root=\"b\"} 2\n");
        mixed += ones == twos ? 1 : 0;
      }
    });
  }
  for (std::thread& scraper : scrapers) {
    scraper.join();
  }
  stop = true;
  publisher.join();
  CHECK(mixed == 0);
}

}  // namespace
}  // namespace hardlink
