#include <netinet/in.h>
#include <pthread.h>
#include <sys/socket.h>

#include <array>
#include <atomic>
#include <csignal>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "base/os/fd.h"
#include "http/client/client.h"
#include "http/server.h"
#include "support/catch.h"
#include "unit/http/client.h"

namespace hardlink {
namespace {

constexpr FetchLimits kLimits{.timeout = std::chrono::seconds(30), .body_bytes = 1000};

/// Accepts one connection on loopback, reads its request and says what it was told to, or, with
/// nothing to say, holds the connection until the client gives up.
class Peer {
 public:
  /// `before_answer` is called on another thread, once the request is there.
  explicit Peer(
      std::string answer, std::function<void()> before_answer = [] {})
      : before_answer_(std::move(before_answer)),
        fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    auto* const raw = reinterpret_cast<sockaddr*>(&address);
    REQUIRE(bind(fd_.get(), raw, length) == 0);
    REQUIRE(listen(fd_.get(), 1) == 0);
    REQUIRE(getsockname(fd_.get(), raw, &length) == 0);
    url_ = {"127.0.0.1", ntohs(address.sin_port), ""};
    thread_ = std::jthread([this, answer = std::move(answer)] { serve(answer); });
  }
  ~Peer() { shutdown(fd_.get(), SHUT_RDWR); }
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;

  [[nodiscard]] const Url& url() const { return url_; }
  /// What the client sent; once it has had its answer.
  [[nodiscard]] std::string request() {
    thread_.join();
    return request_;
  }

 private:
  void serve(const std::string& answer) {
    const Fd client(accept(fd_.get(), nullptr, nullptr));
    std::array<char, 4096> piece{};
    while (request_.find("\r\n\r\n") == std::string::npos || answer.empty()) {
      const ssize_t count =
          retryOnEintr([&] { return recv(client.get(), piece.data(), piece.size(), 0); });
      if (count <= 0) {
        return;
      }
      request_.append(piece.data(), static_cast<std::size_t>(count));
    }
    before_answer_();
    send(client.get(), answer.data(), answer.size(), MSG_NOSIGNAL);
  }

  std::function<void()> before_answer_;
  Fd fd_;
  Url url_;
  std::string request_;
  std::jthread thread_;
};

/// What fetch() says of a peer that answers so.
std::string problemWith(const std::string& answer) {
  const Peer peer(answer);
  const Result<std::string> body = fetch(peer.url(), "/x", kLimits);
  const std::string start = "http://" + peer.url().authority() + "/x: ";
  if (body) {
    return "";
  }
  REQUIRE(body.error().message().find(start) == 0);
  return body.error().message().substr(start.size());
}

std::string fetched(const std::string& answer) {
  const Peer peer(answer);
  const Result<std::string> body = fetch(peer.url(), "/x", kLimits);
  return body ? *body : body.error().message();
}

TEST_CASE("the daemon's own report is fetched, by IPv4, IPv6 and name") {
  const std::string host = GENERATE("127.0.0.1", "::1", "localhost");
  CAPTURE(host);
  ServerOptions options;
  options.listen_addresses = {host == "::1" ? "[::1]:0" : "127.0.0.1:0"};
  const Result<std::unique_ptr<Server>> server = Server::start(options, {});
  REQUIRE(server);
  const auto port = static_cast<std::uint16_t>((*server)->ports().at(0));
  const Result<std::string> body = fetch({host, port, ""}, "/api/v1/report", {});
  REQUIRE(body);
  CHECK(body->find("\"roots\": []") != std::string::npos);
  const Result<std::string> elsewhere = fetch({host, port, "/nowhere"}, "/api/v1/report", {});
  REQUIRE_FALSE(elsewhere);
  CHECK(elsewhere.error().message().find("/nowhere/api/v1/report: answered with status 404") !=
        std::string::npos);
}

// Not under TSan, which may keep a signal back until the system call that it should interrupt is
// over.
#ifndef __SANITIZE_THREAD__
std::atomic<int> signals_handled = 0;

/// Interrupts this thread again and again, while it waits for what a peer says.
class Interruptions {
 public:
  Interruptions() {
    struct sigaction action {};
    action.sa_handler = [](int /*signal*/) { ++signals_handled; };
    REQUIRE(sigaction(SIGUSR1, &action, &before_) == 0);
  }
  ~Interruptions() { sigaction(SIGUSR1, &before_, nullptr); }
  Interruptions(const Interruptions&) = delete;
  Interruptions& operator=(const Interruptions&) = delete;

  void operator()() const {
    for (int i = 0; i < 20; ++i) {
      const int before = signals_handled;
      pthread_kill(waiting_, SIGUSR1);
      while (signals_handled == before) {
        std::this_thread::yield();
      }
    }
  }

 private:
  struct sigaction before_ {};
  const pthread_t waiting_ = pthread_self();
};

TEST_CASE("a client goes on waiting for its answer when signals interrupt it") {
  const Interruptions interrupt;
  const std::string answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
  SECTION("that of check --url") {
    const Peer peer(answer, [&] { interrupt(); });
    const Result<std::string> body = fetch(peer.url(), "/x", kLimits);
    CHECK((body ? *body : body.error().message()) == "ok");
  }
  SECTION("that of the tests") {
    const Peer peer(answer, [&] { interrupt(); });
    CHECK(request(peer.url().port, "GET", "/x").body == "ok");
  }
}
#endif

TEST_CASE("the request names the host and asks for nothing compressed or in chunks") {
  Peer peer("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  const Result<std::string> body =
      fetch({peer.url().host, peer.url().port, "/prefix"}, "/x", kLimits);
  REQUIRE(body);
  const std::string request = peer.request();
  CHECK(request.find("GET /prefix/x HTTP/1.0\r\n") == 0);
  CHECK(request.find("\r\nHost: " + peer.url().authority() + "\r\n") != std::string::npos);
  CHECK(request.find("\r\nAccept-Encoding: identity\r\n") != std::string::npos);
}

TEST_CASE("a login is sent, and not shown") {
  Peer peer("HTTP/1.0 401 Unauthorized\r\n\r\n");
  Url url = peer.url();
  url.login = {"alice", "a:b"};
  const Result<std::string> body = fetch(url, "/x", kLimits);
  REQUIRE_FALSE(body);
  CHECK(body.error().message() == "http://" + url.authority() + "/x: answered with status 401");
  CHECK(peer.request().find("\r\nAuthorization: Basic YWxpY2U6YTpi\r\n") != std::string::npos);
}

TEST_CASE("https to a peer that does not speak TLS is an error") {
  const Peer peer("HTTP/1.0 400 Bad Request\r\n\r\n");
  Url url = peer.url();
  url.tls = true;
  const Result<std::string> body =
      fetch(url, "/x", {.timeout = std::chrono::milliseconds(50), .body_bytes = 1000});
  REQUIRE_FALSE(body);
  // A hello has no empty line, so that this peer waits for more.
  CHECK(body.error().message() == "https://" + url.authority() + "/x: TLS: no answer in time");
}

TEST_CASE("a body ends where its length or the connection ends") {
  CHECK(fetched("HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello, there") == "hello");
  CHECK(fetched("HTTP/1.0 200 OK\r\n\r\nhello, there") == "hello, there");
  CHECK(fetched("HTTP/1.1 200\r\ncontent-length:\t5 \r\nX:\r\n\r\nhello") == "hello");
  CHECK(fetched("HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n").empty());
  CHECK(fetched("HTTP/1.0 200 OK\r\n\r\n" + std::string(1000, 'x')).size() == 1000);
}

TEST_CASE("an answer that is cut short or too long is an error") {
  CHECK(problemWith("HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhell") ==
        "the answer is cut short");
  CHECK(problemWith("HTTP/1.0 200 OK\r\n\r\n" + std::string(1001, 'x')) ==
        "the answer is too long");
  CHECK(problemWith("HTTP/1.0 200 OK\r\nContent-Length: 9223372036854775807\r\n\r\n" +
                    std::string(1001, 'x')) == "the answer is too long");
  CHECK(problemWith("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n") ==
        "answered in chunks");
}

TEST_CASE("any status but 200 is an error, a redirect too") {
  const std::string status = GENERATE("204", "301", "401", "404", "500", "503");
  CHECK(problemWith("HTTP/1.0 " + status +
                    " Text\r\nLocation: http://127.0.0.1/\r\n"
                    "Content-Length: 0\r\n\r\n") == "answered with status " + status);
}

TEST_CASE("an answer that is not HTTP is an error") {
  const std::string answer =
      GENERATE(as<std::string>{}, "garbage", "\r\n\r\n", "SSH-2.0-OpenSSH\r\n\r\n",
               "HTTP/1.0\r\n\r\n", "HTTP/1.0 200 OK\r\nContent-Length: -1\r\n\r\n",
               "HTTP/1.0 200 OK\r\nContent-Length: x\r\n\r\n",
               "HTTP/1.0 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nabc",
               "HTTP/1.0 200 OK\r\nno header\r\n\r\n", "HTTP/1.0 20 OK\r\n\r\n",
               "HTTP/1.0 2000 OK\r\n\r\n", "HTTP/2 200 OK\r\n\r\n", "HTTP/1.0 200 OK\r\n");
  CAPTURE(answer);
  CHECK(problemWith(answer) == "no answer in HTTP");
  CHECK(problemWith("HTTP/1.0 200 OK\r\nX: " + std::string(100'000, 'x')) == "no answer in HTTP");
}

TEST_CASE("fetching from a peer that never answers ends with an error") {
  const Peer peer("");
  const Result<std::string> body =
      fetch(peer.url(), "/x", {.timeout = std::chrono::milliseconds(50), .body_bytes = 1000});
  REQUIRE_FALSE(body);
  CHECK(body.error().message().find("no answer in time") != std::string::npos);
}

TEST_CASE("if no server listens, the error names the address") {
  Url url;
  {
    const Peer peer("gone");
    url = peer.url();
  }
  const Result<std::string> body = fetch(url, "/x", kLimits);
  REQUIRE_FALSE(body);
  CHECK(body.error().message().find("http://" + url.authority() + "/x: connect: ") == 0);
}

}  // namespace
}  // namespace hardlink
