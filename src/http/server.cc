#include "http/server.h"

#include <civetweb.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <ctime>
#include <exception>
#include <functional>
#include <thread>
#include <utility>

#include "base/log.h"
#include "base/os/threads.h"
#include "http/gate.h"
#include "http/sockets/civetweb_calls.h"
#include "http/sockets/client_limits.h"
#include "http/sockets/listen.h"
#include "http/tls/tls_listener.h"

namespace hardlink {
namespace {

using std::chrono::steady_clock;

// A client that has sent half a request, or does not read its answer, holds a thread. It is cut off
// after this much time without a byte.
constexpr int kStalledMilliseconds = 2000;
// How many half-sent requests may wait that long. If there are more, the oldest are cut off at
// once. Measured: a scrape behind 5000 of them is answered after 0.3 s, behind 5000 idle
// connections after 0.04 s.
constexpr unsigned kWaitingClients = 64;
// More threads, for clients that are being cut off or refused and for requests that wait for their
// turn. An idle thread takes 16 KiB of memory (measured).
constexpr unsigned kSpareThreads = 16;
// One more accepts connections.
constexpr unsigned kAcceptingThreads = 1;
// If max_requests are being answered, a request waits this long for its turn and is then refused.
// That is longer than a thread waits for a processor on a busy machine.
constexpr std::chrono::milliseconds kSlotPatience{100};
// The kernel, not a thread, waits this long for a client that has sent nothing, and for a client
// that does not read an answer that fits into the buffer (Linux allows 416 KiB by default; a scrape
// of one root has 70 KiB).
constexpr DawdlingClients kDawdlingClients{.defer_accept = std::chrono::seconds(30),
                                           .send_buffer_bytes = 1 << 20,
                                           .unread_timeout = std::chrono::seconds(10)};
// Connections that the kernel queues; it lowers this to net.core.somaxconn.
constexpr int kBacklog = 4096;
// Sending an answer takes no longer than this, even if a slow client keeps reading.
constexpr std::chrono::seconds kSendTimeout{10};
constexpr std::size_t kSendBytes = std::size_t{64} * 1024;
// Between two looks for connections that are open still.
constexpr std::chrono::milliseconds kDrainPause{5};
// No route uses a body. One up to this size is read, because closing the connection before that
// would reset it, and the client could lose the answer.
constexpr int kIgnoredBodyBytes = 4096;

std::string_view orEmpty(const char* text) { return text == nullptr ? std::string_view{} : text; }

std::string httpDate() {
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  gmtime_r(&now, &utc);
  std::array<char, 64> text{};
  // HTTP wants English names, which the C locale has. The program does not set another locale.
  const std::size_t length =
      std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &utc);
  return {text.data(), length};
}

std::string headOf(mg_connection* connection, const Response& response) {
  std::string head = fmt::format(
      "HTTP/1.1 {} {}\r\nDate: {}\r\nContent-Type: {}\r\nContent-Length: {}\r\n"
      "Connection: close\r\nCache-Control: {}\r\n",
      response.status, mg_get_response_code_text(connection, response.status), httpDate(),
      response.content_type, response.body.size(), response.cache_control);
  for (const auto& [name, value] : response.headers) {
    head += fmt::format("{}: {}\r\n", name, value);
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

/// Holds a slot, if one was free, until it is destroyed.
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

std::vector<std::string> addressesOf(const std::vector<Fd>& sockets) {
  std::vector<std::string> addresses(sockets.size());
  std::transform(sockets.begin(), sockets.end(), addresses.begin(),
                 [](const Fd& socket) { return addressOf(socket.get()); });
  return addresses;
}

/// `port` may be another one than that of `address`, which can be 0.
std::string urlOf(bool tls, const std::string& address, int port) {
  const std::string host = address.substr(0, address.rfind(':'));
  return fmt::format("{}://{}:{}", tls ? "https" : "http", host.empty() ? "localhost" : host, port);
}

/// Names and values in turn, and a null pointer at the end. They point into `settings`.
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

/// Connects civetweb to the router. civetweb calls the static functions on its threads.
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

  /// Serves `sockets`, which listen; `urls` are theirs.
  [[nodiscard]] Result<void> start(std::vector<Fd> sockets, std::vector<std::string> urls);
  [[nodiscard]] bool isRunning() const { return context_ != nullptr; }
  void drain();
  [[nodiscard]] const std::vector<int>& ports() const { return ports_; }
  [[nodiscard]] const std::vector<std::string>& urls() const { return urls_; }

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
  // A handshake holds a thread, as half a request does.
  TlsListener tls_{[this](const void* connection) { waiting_.opened(connection); },
                   [this] { return gate.tls(); }};
  mg_context* context_ = nullptr;
  std::vector<Fd> sockets_;  // civetweb has descriptors of its own for them
  std::vector<int> ports_;
  std::vector<std::string> urls_;
};

Result<void> Server::Engine::start(std::vector<Fd> sockets, std::vector<std::string> urls) {
  sockets_ = std::move(sockets);
  urls_ = std::move(urls);
  for (const Fd& socket : sockets_) {
    leaveToKernel(socket.get(), kDawdlingClients);
    ports_.push_back(localPort(socket.get()));
  }
  waiting_.setPorts(ports_);
  static const unsigned library = mg_init_library(MG_FEATURES_DEFAULT);
  static_cast<void>(library);
  const std::vector<std::pair<std::string, std::string>> settings = {
      {"listening_ports", listeningPorts(sockets_, gate.tls() != nullptr)},
      {"num_threads", std::to_string(threads(max_requests_) - kAcceptingThreads)},
      {"request_timeout_ms", std::to_string(kStalledMilliseconds)},
      {"listen_backlog", std::to_string(kBacklog)},
      {"enable_keep_alive", "no"},
      {"decode_url", "no"},  // no route needs it, and %00 would cut off the path
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
  // civetweb does not report threads that it could not make. In that case no more can be made now.
  if (!canMakeThread()) {
    return Error{EAGAIN, "start the HTTP server's threads"};
  }
  return {};
}

void Server::Engine::drain() {
  stopAccepting(std::exchange(sockets_, {}));
  const auto deadline = steady_clock::now() + kDrainPatience;
  while (hasConnection(ports_) && steady_clock::now() < deadline) {
    std::this_thread::sleep_for(kDrainPause);
  }
}

/// civetweb calls this again when it ends, to ask who frees the context: tls_ does.
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
  // One request per connection: a body, or another request, is never read.
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
  // Most messages of civetweb are about faults of clients.
  try {
    log::debug("HTTP server", {{"message", text}});
  } catch (const std::exception&) {
    // Without memory, a debug line can be lost.
  }
  return kHandled;
}

Server::Server(std::unique_ptr<Engine> engine) : engine_(std::move(engine)) {}

Server::~Server() = default;

Result<std::unique_ptr<Server>> Server::start(ServerOptions options, ServerHooks hooks,
                                              std::vector<Fd> sockets) {
  if (sockets.empty()) {
    ASSIGN_OR_RETURN(sockets, listenOn(options.listen_addresses));
  } else {
    RETURN_IF_ERROR(adoptSockets(sockets));
    options.listen_addresses = addressesOf(sockets);
  }
  std::vector<std::string> urls;
  for (std::size_t i = 0; i < sockets.size(); ++i) {
    urls.push_back(urlOf(options.access.tls != nullptr, options.listen_addresses[i],
                         localPort(sockets[i].get())));
  }
  auto engine = std::make_unique<Engine>(std::move(options), std::move(hooks));
  if (auto started = engine->start(std::move(sockets), std::move(urls)); !started) {
    if (engine->isRunning()) {
      (void)engine.release();  // mg_stop() would wait forever for a thread that was never made
    }
    return std::move(started).error();
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

void Server::setHistograms(HistogramForm histograms) { engine_->router.setHistograms(histograms); }

Result<void> Server::setAccess(Access access) { return engine_->gate.setAccess(std::move(access)); }

void Server::drain() { engine_->drain(); }

const std::vector<int>& Server::ports() const { return engine_->ports(); }

const std::vector<std::string>& Server::urls() const { return engine_->urls(); }

}  // namespace hardlink
