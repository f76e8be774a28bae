#include "server/http/server.h"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <optional>
#include <utility>
#include <vector>

#include "server/http/connection.h"
#include "server/http/problem.h"
#include "server/http/worker.h"

namespace oncegate {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

// Connections over the cap that are answered 503 at one time; beyond it they are closed unheard.
constexpr std::uint32_t kTurnedAwayMax = 256;
// Between two attempts while the process has no descriptor or memory left for another connection.
constexpr std::chrono::milliseconds kAcceptBackoff{100};
constexpr std::chrono::seconds kAcceptWarningInterval{10};

Error ListenError(const HttpServerSettings& settings, std::string_view step,
                  const error_code& error) {
  const bool is_v6 = settings.address.find(':') != std::string::npos;
  std::string message = "cannot listen on ";
  message += is_v6 ? "[" + settings.address + "]" : settings.address;
  message += ":" + std::to_string(settings.port) + ": ";
  if (error == asio::error::address_in_use) {
    message += "the port is in use; stop the other process or configure another port";
  } else if (error == asio::error::access_denied) {
    message += "permission denied; ports below 1024 need a privilege";
  } else if (error.value() == EADDRNOTAVAIL) {
    message += "this machine has no such address";
  } else {
    message += std::string(step) + ": " + error.message();
  }
  return {std::move(message)};
}

}  // namespace

ServerContext::ServerContext(HttpServerSettings the_settings,
                             HttpServerDependencies the_dependencies)
    : settings(std::move(the_settings)),
      head_limits{settings.limits.head_bytes,
                  std::min(limits::kTargetBytes, settings.limits.head_bytes), limits::kHeaderCount},
      dependencies(the_dependencies),
      malformed(&dependencies.observer->ForRoute("malformed")),
      bodies(settings.limits.bodies_in_flight_bytes) {}

struct HttpServer::Impl {
  Impl(HttpServerSettings settings, HttpServerDependencies dependencies)
      : context(std::move(settings), dependencies) {
    const std::uint32_t threads = std::max(1U, context.settings.threads);
    for (std::uint32_t i = 0; i < threads; ++i) {
      workers.push_back(std::make_unique<Worker>(&context));
    }
    acceptor.emplace(workers.front()->io());
    backoff.emplace(workers.front()->io());
  }

  Status Open();
  asio::awaitable<void> Accept();
  void Place(tcp::socket socket, Worker* worker);
  void WarnOfExhaustion(const error_code& error);
  void CloseAcceptor();

  ServerContext context;
  std::vector<std::unique_ptr<Worker>> workers;
  // On the first worker's thread from Start on.
  std::optional<tcp::acceptor> acceptor;
  std::optional<asio::steady_timer> backoff;
  SteadyTime next_warning;
  tcp::endpoint local;
  bool started = false;
};

Status HttpServer::Impl::Open() {
  const HttpServerSettings& settings = context.settings;
  error_code error;
  const auto address = asio::ip::make_address(settings.address, error);
  if (error) return ListenError(settings, "not a numeric address", error);
  const tcp::endpoint endpoint(address, settings.port);
  acceptor->open(endpoint.protocol(), error);
  if (error) return ListenError(settings, "socket", error);
  acceptor->set_option(asio::socket_base::reuse_address(true), error);
  if (error) return ListenError(settings, "SO_REUSEADDR", error);
  acceptor->bind(endpoint, error);
  if (error) return ListenError(settings, "bind", error);
  acceptor->listen(asio::socket_base::max_listen_connections, error);
  if (error) return ListenError(settings, "listen", error);
  local = acceptor->local_endpoint(error);
  if (error) return ListenError(settings, "getsockname", error);
  return Ok();
}

asio::awaitable<void> HttpServer::Impl::Accept() {
  for (std::size_t turn = 0; acceptor->is_open(); ++turn) {
    Worker* worker = workers[turn % workers.size()].get();
    tcp::socket socket(worker->io());
    const auto [error] =
        co_await acceptor->async_accept(socket, asio::as_tuple(asio::use_awaitable));
    if (!error) {
      Place(std::move(socket), worker);
      continue;
    }
    if (error == asio::error::operation_aborted || !acceptor->is_open()) co_return;
    if (error == asio::error::connection_aborted) continue;
    WarnOfExhaustion(error);
    backoff->expires_after(kAcceptBackoff);
    co_await backoff->async_wait(asio::as_tuple(asio::use_awaitable));
  }
}

void HttpServer::Impl::Place(tcp::socket socket, Worker* worker) {
  error_code ignored;
  socket.set_option(tcp::no_delay(true), ignored);
  using Kind = ConnectionTicket::Kind;
  if (context.connections.Now() < context.settings.limits.connections) {
    worker->Adopt(std::move(socket), ConnectionTicket(&context, Kind::kServed));
    return;
  }
  context.dependencies.observer->OnRejected(ToString(ProblemCode::kTooManyConnections));
  if (context.turned_away.load() < kTurnedAwayMax) {
    worker->Adopt(std::move(socket), ConnectionTicket(&context, Kind::kTurnedAway));
  }
}

void HttpServer::Impl::WarnOfExhaustion(const error_code& error) {
  const SteadyTime now = std::chrono::steady_clock::now();
  if (now < next_warning) return;
  next_warning = now + kAcceptWarningInterval;
  const std::string message = error.message();
  context.dependencies.logger->Log(LogLevel::kWarning, "connections can not be accepted",
                                   {{"error", std::string_view(message)}});
}

void HttpServer::Impl::CloseAcceptor() {
  error_code ignored;
  acceptor->close(ignored);
  backoff->cancel();
}

HttpServer::HttpServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Result<std::unique_ptr<HttpServer>> HttpServer::Listen(HttpServerSettings settings,
                                                       HttpServerDependencies dependencies) {
  auto impl = std::make_unique<Impl>(std::move(settings), dependencies);
  if (Status opened = impl->Open(); !opened) return opened.error();
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(impl)));
}

HttpServer::~HttpServer() {
  if (impl_->started) {
    BeginDrain();
    // The acceptor lives on the first worker, which therefore ends last.
    for (auto worker = impl_->workers.rbegin(); worker != impl_->workers.rend(); ++worker) {
      (*worker)->Stop();
    }
  }
  impl_->acceptor.reset();
  impl_->backoff.reset();
}

std::string HttpServer::LocalAddress() const {
  const std::string address = impl_->local.address().to_string();
  return (impl_->local.address().is_v6() ? "[" + address + "]" : address) + ":" +
         std::to_string(impl_->local.port());
}

std::uint16_t HttpServer::port() const { return impl_->local.port(); }

void HttpServer::Start() {
  impl_->started = true;
  asio::co_spawn(impl_->workers.front()->io(), impl_->Accept(), asio::detached);
  for (const auto& worker : impl_->workers) worker->Start();
}

void HttpServer::BeginDrain() {
  impl_->context.draining.store(true);
  if (!impl_->started) return;
  asio::post(impl_->workers.front()->io(), [impl = impl_.get()] { impl->CloseAcceptor(); });
  for (const auto& worker : impl_->workers) worker->BeginDrain();
}

bool HttpServer::Drain(SteadyTime deadline) {
  return impl_->context.connections.WaitForNone(deadline);
}

}  // namespace oncegate
