#include "http/server.h"

#include <civetweb.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <ctime>
#include <exception>
#include <functional>
#include <system_error>

#include "base/log.h"
#include "base/os/threads.h"
#include "http/gate.h"
#include "http/sockets/client_limits.h"
#include "http/sockets/listen.h"
#include "http/tls/tls_listener.h"

namespace hardlink {
namespace {

using std::chrono::steady_clock;

// A client that has sent half a request, or reads no answer, holds a thread until this much time
// has passed without a byte; then it is cut off.
constexpr int kStalledMilliseconds = 2000;
// Half-sent requests that may wait that long; beyond, the oldest are cut off at once. Measured: a
// scrape behind 5000 of them is answered after 0.3 s, behind 5000 idle connections after 0.04 s.
constexpr unsigned kWaitingClients = 64;
// Threads beyond those of requests and of waiting clients: for clients being cut off or turned
// away, and for requests that wait for their turn. An idle thread takes 16 KiB of memory
// (measured).
constexpr unsigned kSpareThreads = 16;
// One more accepts connections.
constexpr unsigned kAcceptingThreads = 1;
// A request beyond those that are answered at once waits this long for its turn, then it is turned
// away: more than a busy machine lets a thread wait for a processor.
constexpr std::chrono::milliseconds kSlotPatience{100};
// A client that has sent nothing holds no thread at all for this long; nor does one that reads no
// answer that fits into the buffer (by default Linux allows 416 KiB; a scrape of one root has 70).
constexpr DawdlingClients kDawdlingClients{.defer_accept = std::chrono::seconds(30),
                                           .send_buffer_bytes = 1 << 20,
                                           .unread_timeout = std::chrono::seconds(10)};
// Waiting connections that the kernel keeps; it lowers this to net.core.somaxconn.
constexpr int kBacklog = 4096;
// An answer takes no longer than this to send, however steadily the client dawdles.
constexpr std::chrono::seconds kSendTimeout{10};
constexpr std::size_t kSendBytes = std::size_t{64} * 1024;
// A body is of no use to any route; one up to this size is read so that closing the connection does
// not reset it before the client has our answer.
constexpr int kIgnoredBodyBytes = 4096;

std::string_view orEmpty(const char* text) { return text == nullptr ? std::string_view{} : text; }

std::string httpDate() {
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  gmtime_r(&now, &utc);
  std::array<char, 64> text{};
  // The C locale, which nothing here changes, has the names that HTTP wants.
  const std::size_t length =
      std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &utc);
  return {text.data(), length};
}

std::string headOf(mg_connection* connection, const Response& response) {
  std::string head = "HTTP/1.1 " + std::to_string(response.status) + " " +
                     mg_get_response_code_text(connection, response.status) +
                     "\r\nDate: " + httpDate() + "\r\nContent-Type: " + response.content_type +
                     "\r\nContent-Length: " + std::to_string(response.body.size()) +
                     "\r\nConnection: close\r\nCache-Control: " + response.cache_control + "\r\n";
  for (const auto& [name, value] : response.headers) {
    head.append(name).append(": ").append(value).append("\r\n");
  }
  return head + "\r\n";
}

void sendBytes(mg_connection* connection, const Response& response, bool with_body) {
  std::string bytes = headOf(connection, response);
  if (with_body) {
    bytes += response.body;
  }
  const auto deadline = steady_clock::now() + kSendTimeout;
  for (std::size_t sent = 0; sent < bytes.size() && steady_clock::now() < deadline;) {
    const std::size_t part = std::min(kSendBytes, bytes.size() - sent);
    if (mg_write(connection, bytes.data() + sent, part) != static_cast<int>(part)) {
      return;
    }
    sent += part;
  }
}

void ignoreBody(mg_connection* connection, const mg_request_info& info) {
  if (info.content_length > 0 && info.content_length <= kIgnoredBodyBytes) {
    std::array<char, kIgnoredBodyBytes> body{};
    mg_read(connection, body.data(), static_cast<std::size_t>(info.content_length));
  }
}

/// A slot for as long as this lives, if there was one.
class Slot {
 public:
  explicit Slot(RequestSlots& slots) : slots_(slots), acquired_(slots.acquire()) {}
  Slot(const Slot&) = delete;
  Slot& operator=(const Slot&) = delete;
  ~Slot() {
    if (acquired_) {
      slots_.release();
    }
  }
  [[nodiscard]] bool acquired() const { return acquired_; }

 private:
  RequestSlots& slots_;
  const bool acquired_;
};

Response tooManyRequests() {
  Response response = errorResponse(503, "Too many requests at once.");
  response.headers.emplace_back("Retry-After", "1");
  return response;
}

/// Names and values in turn, ended by a null pointer; they stay those of `settings`.
std::vector<const char*> civetwebOptions(
    const std::vector<std::pair<std::string, std::string>>& settings) {
  std::vector<const char*> options;
  for (const auto& [name, value] : settings) {
    options.insert(options.end(), {name.c_str(), value.c_str()});
  }
  options.push_back(nullptr);
  return options;
}

}  // namespace

/// Joins civetweb, which calls the static functions on its threads, to the router.
class Server::Engine {
 public:
  Engine(ServerOptions options, ServerHooks hooks)
      : router(std::move(options.router), std::move(hooks.reload)),
        gate(std::move(options.access)),
        thread_started_(std::move(hooks.thread_started)),
        max_requests_(std::max(1U, options.max_requests)) {
    callbacks_.init_thread = &Engine::initThread;
    callbacks_.init_connection = &Engine::initConnection;
    callbacks_.begin_request = &Engine::beginRequest;
    callbacks_.connection_close = &Engine::connectionClose;
    callbacks_.http_error = &Engine::httpError;
    callbacks_.log_message = &Engine::logMessage;
    callbacks_.external_ssl_ctx = &Engine::externalTlsContext;
  }
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;
  ~Engine() {
    if (context_ != nullptr) {
      mg_stop(context_);
    }
  }

  /// `listening_ports` in civetweb's form; the error is its own.
  std::optional<Error> start(const std::string& listening_ports);
  [[nodiscard]] bool isRunning() const { return context_ != nullptr; }
  [[nodiscard]] std::vector<int> ports() const;

  Router router;
  Gate gate;

 private:
  static Engine& of(const mg_connection* connection) {
    return *static_cast<Engine*>(mg_get_user_data(mg_get_context(connection)));
  }
  static void* initThread(const mg_context* context, int kind) noexcept;
  static int initConnection(const mg_connection* connection, void** data) noexcept;
  static int beginRequest(mg_connection* connection) noexcept;
  static void connectionClose(const mg_connection* connection) noexcept;
  static int httpError(mg_connection* connection, int status, const char* text) noexcept;
  static int logMessage(const mg_connection* connection, const char* text) noexcept;
  static int externalTlsContext(void** context, void* self) noexcept;
  Response answer(mg_connection* connection, const mg_request_info& info);
  void send(mg_connection* connection, Response response, bool with_body) const;

  mg_callbacks callbacks_{};
  const std::function<void()> thread_started_;
  const unsigned max_requests_;
  RequestSlots slots_{max_requests_, kSpareThreads, kSlotPatience};
  WaitingClients waiting_{kWaitingClients};
  // A handshake holds a thread as half a request does.
  TlsListener tls_{[this](const void* connection) { waiting_.opened(connection); },
                   [this] { return gate.tls(); }};
  mg_context* context_ = nullptr;
};

std::optional<Error> Server::Engine::start(const std::string& listening_ports) {
  static const unsigned library = mg_init_library(MG_FEATURES_DEFAULT);
  static_cast<void>(library);
  const std::vector<std::pair<std::string, std::string>> settings = {
      {"listening_ports", listening_ports},
      {"num_threads", std::to_string(threads(max_requests_) - kAcceptingThreads)},
      {"request_timeout_ms", std::to_string(kStalledMilliseconds)},
      {"listen_backlog", std::to_string(kBacklog)},
      {"enable_keep_alive", "no"},
      {"decode_url", "no"},  // no route needs it, and %00 would cut a path short
      {"enable_directory_listing", "no"},
      {"enable_auth_domain_check", "no"},
      {"tcp_nodelay", "1"},
  };
  std::vector<const char*> options = civetwebOptions(settings);
  mg_init_data init{};
  init.callbacks = &callbacks_;
  init.user_data = this;
  init.configuration_options = options.data();
  std::array<char, 256> text{};
  mg_error_data error{};
  error.text = text.data();
  error.text_buffer_size = text.size();
  context_ = mg_start2(&init, &error);
  if (context_ == nullptr) {
    const std::string reason = text.data();
    const int code = reason.find("thread") == std::string::npos ? 0 : EAGAIN;
    return Error{code, "start the HTTP server: " + reason};
  }
  // civetweb says nothing of the threads that it could not make: then there is none to be had now.
  if (!canMakeThread()) {
    return Error{EAGAIN, "start the HTTP server's threads"};
  }
  waiting_.setPorts(ports());
  for (const int port : ports()) {
    leaveToKernel(port, kDawdlingClients);
  }
  return std::nullopt;
}

std::vector<int> Server::Engine::ports() const {
  std::vector<mg_server_port> found(64);
  const int count = mg_get_server_ports(context_, static_cast<int>(found.size()), found.data());
  found.resize(static_cast<std::size_t>(std::max(0, count)));
  std::vector<int> ports(found.size());
  std::transform(found.begin(), found.end(), ports.begin(),
                 [](const mg_server_port& port) { return port.port; });
  return ports;
}

/// The context stays tls_'s when the server ends, which the second call, with it, is about.
int Server::Engine::externalTlsContext(void** context, void* self) noexcept {
  constexpr int kProvided = 1;
  constexpr int kFailed = -1;
  *context = static_cast<Engine*>(self)->tls_.context();
  return *context == nullptr ? kFailed : kProvided;
}

void Server::Engine::send(mg_connection* connection, Response response, bool with_body) const {
  gate.addHeaders(response);
  sendBytes(connection, response, with_body);
}

Response Server::Engine::answer(mg_connection* connection, const mg_request_info& info) {
  try {
    if (auto refusal =
            gate.refusal(orEmpty(mg_get_header(connection, "Authorization")), info.remote_addr)) {
      return std::move(*refusal);
    }
    return router.answer({orEmpty(info.request_method), orEmpty(info.local_uri),
                          orEmpty(info.query_string), orEmpty(mg_get_header(connection, "Accept")),
                          orEmpty(mg_get_header(connection, "Accept-Encoding"))});
  } catch (const std::exception& failure) {
    log::error("cannot answer a request", {{"reason", failure.what()}});
    return errorResponse(500, "Internal error.");
  }
}

void* Server::Engine::initThread(const mg_context* context, int /*kind*/) noexcept {
  const auto& started = static_cast<Engine*>(mg_get_user_data(context))->thread_started_;
  if (started) {
    started();
  }
  return nullptr;
}

int Server::Engine::initConnection(const mg_connection* connection, void** /*data*/) noexcept {
  try {
    of(connection).waiting_.opened(connection);
  } catch (const std::exception& failure) {
    log::error("cannot keep account of a connection", {{"reason", failure.what()}});
  }
  return 0;
}

void Server::Engine::connectionClose(const mg_connection* connection) noexcept {
  of(connection).waiting_.closing(connection);
}

int Server::Engine::beginRequest(mg_connection* connection) noexcept {
  constexpr int kHandled = 1;
  // One request per connection: what else was sent is never read, be it a body or a next request.
  mg_disable_keep_alive(connection);
  try {
    Engine& engine = of(connection);
    const mg_request_info& info = *mg_get_request_info(connection);
    engine.waiting_.complete(connection, info.remote_port);
    const Slot slot(engine.slots_);
    ignoreBody(connection, info);
    engine.send(connection, slot.acquired() ? engine.answer(connection, info) : tooManyRequests(),
                orEmpty(info.request_method) != "HEAD");
  } catch (const std::exception& failure) {
    log::error("cannot send an answer", {{"reason", failure.what()}});
  }
  return kHandled;
}

int Server::Engine::httpError(mg_connection* connection, int status, const char* text) noexcept {
  constexpr int kHandled = 0;
  try {
    of(connection).send(connection, errorResponse(status, orEmpty(text)), true);
  } catch (const std::exception& failure) {
    log::error("cannot send an answer", {{"reason", failure.what()}});
  }
  return kHandled;
}

int Server::Engine::logMessage(const mg_connection* /*connection*/, const char* text) noexcept {
  constexpr int kHandled = 1;
  // Most of what civetweb remarks on is the doing of clients.
  try {
    log::debug("HTTP server", {{"message", text}});
  } catch (const std::exception&) {
    // No memory for a line of the least importance.
  }
  return kHandled;
}

Server::Server(std::unique_ptr<Engine> engine) : engine_(std::move(engine)) {}

Server::~Server() = default;

Result<std::unique_ptr<Server>> Server::start(ServerOptions options, ServerHooks hooks) {
  Result<std::string> ports =
      listeningPorts(options.listen_addresses, options.access.tls != nullptr);
  if (!ports) {
    return ports.error();
  }
  auto engine = std::make_unique<Engine>(std::move(options), std::move(hooks));
  if (std::optional<Error> error = engine->start(*ports)) {
    if (engine->isRunning()) {
      (void)engine.release();  // without the thread that accepts, civetweb never stops
    }
    return *error;
  }
  return std::unique_ptr<Server>(new Server(std::move(engine)));
}

void Server::publish(const std::shared_ptr<const Report>& report) {
  engine_->router.publish(report);
}

unsigned Server::threads(unsigned max_requests) {
  return std::max(1U, max_requests) + kWaitingClients + kSpareThreads + kAcceptingThreads;
}

void Server::setReloadStatus(const ReloadStatus& status) {
  engine_->router.setReloadStatus(status);
}

std::optional<Error> Server::setAccess(Access access) {
  return engine_->gate.setAccess(std::move(access));
}

std::vector<int> Server::ports() const { return engine_->ports(); }

}  // namespace hardlink
