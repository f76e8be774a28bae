// HttpServer: one listener with its connections. HTTP/1.1 and HTTP/1.0, keep-alive, pipelining.
//
//     accept -> head -> guard -> Admit -> body -> Handle -> answer -> next request of the
//     connection
//
// Threading: each of `threads` io threads owns its connections; nothing of a connection is shared.
// The dispatcher's Admit and Handle run on them. Public functions are for one thread, the
// application's. Everything handed in outlives the server.
//
// Stopping: BeginDrain (accept nothing more, close idle connections, end the others after their
// answer), then Drain (wait for them, at the latest until a deadline). The destructor closes what
// is left. A Responder may be used even after that; its answer goes nowhere.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "dedupe/types/result.h"
#include "server/config/limits.h"
#include "server/http/message.h"
#include "server/http/observer.h"
#include "server/ingest/clock.h"
#include "server/log/logger.h"

namespace oncegate {

struct HttpLimits {
  std::size_t head_bytes = limits::kHeaderBytes;
  std::size_t body_bytes = limits::kBodyBytes;
  std::size_t bodies_in_flight_bytes = limits::kBodiesInFlightBytes;
  std::uint32_t connections = limits::kConnections;
  std::chrono::milliseconds header_timeout = limits::kHeaderTimeout;
  std::chrono::milliseconds body_timeout = limits::kBodyTimeout;
  std::chrono::milliseconds write_timeout = limits::kWriteTimeout;
  std::chrono::milliseconds idle_timeout = limits::kIdleTimeout;
};

struct HttpServerSettings {
  std::string address = "127.0.0.1";  // Numeric.
  std::uint16_t port = 0;             // 0: any free one.
  std::uint32_t threads = 2;
  HttpLimits limits;
};

struct HttpServerDependencies {
  HttpDispatcher* dispatcher = nullptr;
  HttpObserver* observer = nullptr;
  Logger* logger = nullptr;
};

class HttpServer {
 public:
  /// Binds and listens; connections wait in the kernel's queue until Start. Fails with a message
  /// that names the address and says what to do.
  static Result<std::unique_ptr<HttpServer>> Listen(HttpServerSettings settings,
                                                    HttpServerDependencies dependencies);
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  /// "127.0.0.1:34567" or "[::1]:34567".
  std::string LocalAddress() const;
  std::uint16_t port() const;

  /// Starts the threads. Once.
  void Start();
  void BeginDrain();
  /// True if every connection ended by itself before `deadline`.
  bool Drain(SteadyTime deadline);

 private:
  struct Impl;
  explicit HttpServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace oncegate
