// Clients that do not behave: none may keep a scrape from being answered.

#include <sys/resource.h>

#include <algorithm>
#include <condition_variable>
#include <future>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "http/server.h"
#include "support/catch.h"
#include "unit/http/client.h"

namespace hardlink {
namespace {

std::unique_ptr<Server> start(ServerOptions options = {}, ServerHooks hooks = {}) {
  options.listen_addresses = {"127.0.0.1:0"};
  Result<std::unique_ptr<Server>> server = Server::start(std::move(options), std::move(hooks));
  REQUIRE(server);
  return std::move(*server);
}

int portOf(const Server& server) { return server.ports().at(0); }

bool answers(const Server& server) {
  return request(portOf(server), "GET", "/metrics").status == 200;
}

/// Clients and server are one process here, which needs more descriptors than the usual 1024.
void allowDescriptors(rlim_t count) {
  rlimit limit{};
  REQUIRE(getrlimit(RLIMIT_NOFILE, &limit) == 0);
  limit.rlim_cur = std::max(limit.rlim_cur, std::min(count, limit.rlim_max));
  REQUIRE(setrlimit(RLIMIT_NOFILE, &limit) == 0);
  REQUIRE(limit.rlim_cur >= count);
}

TEST_CASE("a thousand idle clients and a thousand half-sent requests do not hold up a scrape") {
  allowDescriptors(3000);
  const std::unique_ptr<Server> server = start();
  std::vector<Connection> idle;
  std::vector<Connection> half;
  for (int i = 0; i < 1000; ++i) {
    idle.emplace_back(portOf(*server));
    half.emplace_back(portOf(*server));
    half.back().send("GET /metrics HTTP/1.1\r\nHost: ");
  }
  CHECK(answers(*server));
}

TEST_CASE("of too many half-sent requests the oldest is cut off and the newest can be completed") {
  allowDescriptors(1000);
  const std::unique_ptr<Server> server = start();
  std::vector<Connection> half;
  for (int i = 0; i < 200; ++i) {
    half.emplace_back(portOf(*server));
    half.back().send("GET /-/healthy HTTP/1.1\r\n");
  }
  CHECK(half.front().readReply().status == 400);
  Connection newest(portOf(*server));
  newest.send("GET /-/healthy HTTP/1.1\r\n");
  newest.send("\r\n");
  CHECK(newest.readReply().status == 200);
}

TEST_CASE("a request that never ends is answered with an error and cut off") {
  const std::unique_ptr<Server> server = start();
  Connection connection(portOf(*server));
  connection.send("GET /metrics HTT");
  CHECK(connection.readReply().status == 400);
}

TEST_CASE("a header beyond 16 KiB is refused") {
  const std::unique_ptr<Server> server = start();
  Connection connection(portOf(*server));
  connection.send("GET /metrics HTTP/1.1\r\nX-Long: " + std::string(20'000, 'a') + "\r\n\r\n");
  const Reply reply = connection.readReply();
  CHECK(reply.status >= 400);
  CHECK(reply.status < 500);
  CHECK(answers(*server));
}

TEST_CASE("bytes that are not HTTP are refused or cut off, and the next request is served") {
  const std::unique_ptr<Server> server = start();
  const std::string junk = GENERATE(
      as<std::string>{}, "\r\n\r\n", "GET\r\n\r\n", "GET /metrics\r\n\r\n",
      "GET /metrics HTTP/9.9\r\n\r\n", "BREW /metrics HTTP/1.1\r\n\r\n",
      "GET metrics HTTP/1.1\r\n\r\n", "GET * HTTP/1.1\r\n\r\n",
      "GET http://elsewhere/metrics HTTP/1.1\r\n\r\n", "GET /metrics HTTP/1.1\r\nno colon\r\n\r\n",
      "GET /metrics HTTP/1.1\r\nContent-Length: -5\r\n\r\n",
      "GET /metrics HTTP/1.1\r\nTransfer-Encoding: junk\r\n\r\n",
      "\x16\x03\x01\x02\x01\x01\xfc\r\n\r\n", "\x01\x02\x03\r\n\r\n",
      "GET /%00%ff%zz HTTP/1.1\r\n\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
  CAPTURE(junk);
  Connection connection(portOf(*server));
  connection.send(junk);
  const std::string reply = connection.readToEnd();
  CHECK((reply.empty() || reply.rfind("HTTP/1.1 4", 0) == 0 || reply.rfind("HTTP/1.1 5", 0) == 0));
  CHECK(answers(*server));
}

TEST_CASE("of several requests on a connection the first is answered and the connection closed") {
  const std::unique_ptr<Server> server = start();
  Connection connection(portOf(*server));
  connection.send(
      "GET /-/healthy HTTP/1.1\r\nHost: a\r\nConnection: keep-alive\r\n\r\n"
      "GET /-/healthy HTTP/1.1\r\nHost: a\r\n\r\n\x01\x02 junk");
  const std::string all = connection.readToEnd();
  CHECK(all.rfind("HTTP/1.1 200 ", 0) == 0);
  CHECK(all.find("HTTP/1.1", 1) == std::string::npos);
}

TEST_CASE("a body that is announced but never sent does not delay the answer") {
  const std::unique_ptr<Server> server = start();
  const char* length = GENERATE(as<const char*>{}, "4000", "99999999999");
  CAPTURE(length);
  Connection connection(portOf(*server));
  connection.send("POST /metrics HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::string(length) +
                  "\r\n\r\n");
  CHECK(connection.readReply().status == 405);
}

TEST_CASE("requests beyond the limit get a 503, and those within it are answered") {
  std::mutex mutex;
  std::condition_variable changed;
  bool entered = false;
  bool release = false;
  ServerOptions options;
  options.max_requests = 1;
  options.router.enable_lifecycle = true;
  const std::unique_ptr<Server> server = start(options, {[&]() -> Result<void> {
                                                 std::unique_lock lock(mutex);
                                                 entered = true;
                                                 changed.notify_all();
                                                 changed.wait(lock, [&] { return release; });
                                                 return {};
                                               }});
  Connection busy(portOf(*server));
  busy.send("POST /-/reload HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n");
  {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return entered; });
  }
  const Reply refused = request(portOf(*server), "GET", "/metrics");
  {
    const std::lock_guard lock(mutex);
    release = true;
    changed.notify_all();
  }
  CHECK(refused.status == 503);
  CHECK(refused.body == "Too many requests at once.\n");
  CHECK(refused.headers.at("retry-after") == "1");
  CHECK(busy.readReply().status == 200);
  CHECK(answers(*server));
}

TEST_CASE("clients up to the limit that ask again after each answer are all answered") {
  constexpr unsigned kClients = 2;
  ServerOptions options;
  options.max_requests = kClients;
  const std::unique_ptr<Server> server = start(options);
  std::vector<std::future<int>> clients;
  for (unsigned client = 0; client < kClients; ++client) {
    clients.push_back(std::async(std::launch::async, [&server] {
      constexpr std::string_view kExpected = "HTTP/1.1 200";
      int turned_away = 0;
      for (int number = 0; number < 1000; ++number) {
        Connection connection(portOf(*server));
        connection.send("GET /-/healthy HTTP/1.1\r\nHost: a\r\n\r\n");
        // Like those who stop at Content-Length: the server has still to close this connection.
        turned_away += connection.read(kExpected.size()) != kExpected ? 1 : 0;
      }
      return turned_away;
    }));
  }
  for (std::future<int>& client : clients) {
    CHECK(client.get() == 0);
  }
}

TEST_CASE("stopping cuts off clients that are still connected") {
  std::unique_ptr<Server> server = start();
  std::vector<Connection> open;
  for (int i = 0; i < 20; ++i) {
    open.emplace_back(portOf(*server));
    if (i % 2 == 0) {
      open.back().send("GET /metrics HTTP/1.1\r\n");
    }
  }
  REQUIRE(answers(*server));
  server.reset();
  for (Connection& connection : open) {
    connection.send("Host: a\r\n\r\n");
    CHECK(connection.readToEnd().find("200") == std::string::npos);
  }
}

TEST_CASE("a client that disconnects during its answer does not end the process") {
  constexpr int kClients = 50;
  ServerOptions options;
  options.max_requests = kClients + 1;  // none is turned away
  const std::unique_ptr<Server> server = start(options);
  for (int i = 0; i < kClients; ++i) {
    Connection connection(portOf(*server));
    connection.send("GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n");
  }
  CHECK(answers(*server));
}

}  // namespace
}  // namespace hardlink
