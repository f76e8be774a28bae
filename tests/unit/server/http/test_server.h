// A server on a free port with a dispatcher that tests steer by path.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "server/http/observer.h"
#include "server/http/server.h"
#include "server/log/logger.h"

namespace oncegate::testing {

/// The bytes of a request. `headers` are whole lines.
std::string Post(const std::string& path, const std::string& body, const std::string& headers = "");

class RecordingObserver final : public HttpObserver {
 public:
  HttpRouteObserver& ForRoute(std::string_view route) override;
  void OnRejected(std::string_view reason) override;
  void OnConnectionOpened() override;
  void OnConnectionClosed() override;

  int Rejected(const std::string& reason);
  int open_connections();
  /// "route method status" of everything answered.
  std::vector<std::string> Done();
  /// Waits, with patience, until `count` exchanges are done.
  bool WaitForDone(std::size_t count);

 private:
  class RouteObserver;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::string, std::unique_ptr<HttpRouteObserver>, std::less<>> routes_;
  std::map<std::string, int, std::less<>> rejected_;
  std::vector<std::string> done_;
  int open_ = 0;
};

/// POST or GET of
///   /echo      the body, at once            /later    the body, from another thread
///   /hold      answered by Release()        /overdue  "overdue" by WhenOverdue after 50 ms
///   /throw     throws                       /drop     drops the responder
///   /big?n     n bytes                      /missing  refused by Admit
///   /twice     answers twice
class SteeredDispatcher final : public HttpDispatcher {
 public:
  explicit SteeredDispatcher(HttpObserver* observer);
  ~SteeredDispatcher() override;

  Admission Admit(HttpRequest* request) override;
  void Handle(HttpRequest request, Responder responder) override;

  /// Waits, with patience, until `count` requests of /hold wait.
  bool WaitForHeld(std::size_t count);
  void Release();
  std::size_t handled();

 private:
  HttpRouteObserver* route_;
  std::mutex mutex_;
  std::condition_variable held_changed_;
  std::vector<Responder> held_;
  std::vector<std::thread> threads_;
  std::size_t handled_ = 0;
};

class TestServer {
 public:
  explicit TestServer(HttpLimits limits = {}, std::uint32_t threads = 2);
  ~TestServer();

  std::uint16_t port() const { return server_->port(); }
  HttpServer& server() { return *server_; }
  RecordingObserver& observer() { return observer_; }
  SteeredDispatcher& dispatcher() { return *dispatcher_; }
  /// Ends the server before the dispatcher, as the destructor does.
  void Stop();

 private:
  RecordingObserver observer_;
  std::unique_ptr<SteeredDispatcher> dispatcher_;
  Logger logger_;
  std::unique_ptr<HttpServer> server_;
};

}  // namespace oncegate::testing
