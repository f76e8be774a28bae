#include "tests/unit/server/http/test_server.h"

#include <stdexcept>
#include <utility>

#include "dedupe/types/check.h"
#include "server/http/problem.h"
#include "tests/support/http_client.h"

namespace oncegate::testing {
namespace {

HttpResponse Text(std::string body) {
  HttpResponse response;
  response.content_type = "text/plain";
  response.body = std::move(body);
  return response;
}

}  // namespace

std::string Post(const std::string& path, const std::string& body, const std::string& headers) {
  return "POST " + path + " HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\n" + headers + "\r\n" + body;
}

class RecordingObserver::RouteObserver final : public HttpRouteObserver {
 public:
  RouteObserver(RecordingObserver* parent, std::string_view route)
      : parent_(parent), route_(route) {}
  void OnDone(const HttpExchange& exchange) override {
    const std::lock_guard lock(parent_->mutex_);
    parent_->done_.push_back(route_ + " " + std::string(exchange.method) + " " +
                             std::to_string(exchange.status));
    parent_->changed_.notify_all();
  }

 private:
  RecordingObserver* parent_;
  std::string route_;
};

HttpRouteObserver& RecordingObserver::ForRoute(std::string_view route) {
  const std::lock_guard lock(mutex_);
  auto& observer = routes_[std::string(route)];
  if (!observer) observer = std::make_unique<RouteObserver>(this, route);
  return *observer;
}

void RecordingObserver::OnRejected(std::string_view reason) {
  const std::lock_guard lock(mutex_);
  ++rejected_[std::string(reason)];
}

void RecordingObserver::OnConnectionOpened() {
  const std::lock_guard lock(mutex_);
  ++open_;
}

void RecordingObserver::OnConnectionClosed() {
  const std::lock_guard lock(mutex_);
  --open_;
}

int RecordingObserver::Rejected(const std::string& reason) {
  const std::lock_guard lock(mutex_);
  return rejected_[reason];
}

int RecordingObserver::open_connections() {
  const std::lock_guard lock(mutex_);
  return open_;
}

std::vector<std::string> RecordingObserver::Done() {
  const std::lock_guard lock(mutex_);
  return done_;
}

bool RecordingObserver::WaitForDone(std::size_t count) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, kPatience, [&] { return done_.size() >= count; });
}

SteeredDispatcher::SteeredDispatcher(HttpObserver* observer)
    : route_(&observer->ForRoute("steered")) {}

SteeredDispatcher::~SteeredDispatcher() {
  for (std::thread& thread : threads_) thread.join();
}

Admission SteeredDispatcher::Admit(HttpRequest* request) {
  if (request->path.front() != "missing") return {std::nullopt, route_};
  return {Refuse(ProblemCode::kNotFound, "nothing here"), route_};
}

void SteeredDispatcher::Handle(HttpRequest request, Responder responder) {
  const std::lock_guard lock(mutex_);
  ++handled_;
  const std::string& what = request.path.front();
  if (what == "later") {
    threads_.emplace_back([responder, body = std::move(request.body)] {
      responder->RespondLater([body] { return Text(body); });
    });
  } else if (what == "hold") {
    held_.push_back(std::move(responder));
    held_changed_.notify_all();
  } else if (what == "overdue") {
    held_.push_back(responder);
    responder->WhenOverdue(std::chrono::steady_clock::now() + std::chrono::milliseconds(50),
                           [weak = std::weak_ptr<ResponseSlot>(responder)] {
                             if (const auto slot = weak.lock()) slot->Respond(Text("overdue"));
                           });
  } else if (what == "throw") {
    throw std::runtime_error("on purpose");
  } else if (what == "big") {
    responder->Respond(Text(std::string(std::stoul(request.query.front().name), 'x')));
  } else if (what == "twice") {
    responder->Respond(Text("first"));
    responder->Respond(Text("second"));
  } else if (what != "drop") {
    responder->Respond(Text(std::move(request.body)));
  }
}

bool SteeredDispatcher::WaitForHeld(std::size_t count) {
  std::unique_lock lock(mutex_);
  return held_changed_.wait_for(lock, kPatience, [&] { return held_.size() >= count; });
}

void SteeredDispatcher::Release() {
  std::vector<Responder> held;
  {
    const std::lock_guard lock(mutex_);
    held.swap(held_);
  }
  for (const Responder& responder : held) responder->Respond(Text("released"));
}

std::size_t SteeredDispatcher::handled() {
  const std::lock_guard lock(mutex_);
  return handled_;
}

TestServer::TestServer(HttpLimits limits, std::uint32_t threads)
    : dispatcher_(std::make_unique<SteeredDispatcher>(&observer_)), logger_(LogLevel::kError) {
  auto server = HttpServer::Listen({"127.0.0.1", 0, threads, limits},
                                   {dispatcher_.get(), &observer_, &logger_});
  CHECK(server.has_value());
  server_ = std::move(*server);
  server_->Start();
}

TestServer::~TestServer() { Stop(); }

void TestServer::Stop() { server_.reset(); }

}  // namespace oncegate::testing
