#include "server/http/connection.h"

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <exception>
#include <utility>

#include "dedupe/types/check.h"
#include "server/http/exchange.h"
#include "server/http/pending_answer.h"
#include "server/http/problem.h"
#include "server/http/response_head.h"

namespace oncegate {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

// How long the rest of a refused body is read and dropped, so that the client gets to see the
// answer before the kernel resets the connection.
constexpr std::chrono::milliseconds kLingerTimeout{5'000};
constexpr std::uint64_t kLingerBytesMax = std::uint64_t{256} * 1024 * 1024;
// What a lane may be late before the request is answered without it.
constexpr std::chrono::milliseconds kOverdueGrace{200};

template <typename Handler>
class HandlerWaiter final : public AnswerWaiter {
 public:
  explicit HandlerWaiter(Handler handler) : handler_(std::move(handler)) {}
  void Resume() override { std::move(handler_)(); }

 private:
  Handler handler_;
};

}  // namespace

Connection::Connection(asio::ip::tcp::socket socket, Worker* worker, ConnectionTicket ticket)
    : socket_(std::move(socket)),
      worker_(worker),
      ticket_(std::move(ticket)),
      position_(worker->Register(this)),
      buffer_(std::max(limits::kConnectionBufferBytes,
                       worker->server().settings.limits.head_bytes + 1024)) {
  error_code ignored;
  socket_.non_blocking(true, ignored);
}

Connection::~Connection() { worker_->Unregister(position_); }

asio::awaitable<void> Connection::Serve() {
  Next next = Next::kNextRequest;
  while (next == Next::kNextRequest && !aborted_) next = co_await ServeOne();
  if (next == Next::kLinger && !aborted_) co_await Linger();
}

asio::awaitable<void> Connection::TurnAway() {
  Exchange exchange(&worker_->server());
  exchange.request_id = worker_->ids().Next();
  exchange.Refuse(ProblemCode::kTooManyConnections, "there are too many connections");
  if (co_await SendResponse(&exchange)) co_await Linger();
}

// ---- Deadlines and stopping ----

void Connection::Enter(Phase phase, std::chrono::milliseconds timeout) {
  phase_ = phase;
  deadline_ = std::chrono::steady_clock::now() + timeout;
  timed_out_ = false;
}

void Connection::CheckDeadline(SteadyTime now) {
  if (now < deadline_) return;
  deadline_ = SteadyTime::max();
  if (phase_ == Phase::kHandling) {
    if (const auto action = std::exchange(overdue_action_, nullptr)) action();
    return;
  }
  timed_out_ = true;
  error_code ignored;
  socket_.cancel(ignored);
}

void Connection::SetOverdue(SteadyTime deadline, std::function<void()> action) {
  deadline_ = deadline + kOverdueGrace;
  overdue_action_ = std::move(action);
}

void Connection::OnDraining() {
  error_code ignored;
  if (phase_ != Phase::kIdle || socket_.available(ignored) > 0) return;
  timed_out_ = true;
  socket_.cancel(ignored);
}

void Connection::Abort() {
  aborted_ = true;
  error_code ignored;
  socket_.close(ignored);
  if (const auto waiter = std::exchange(waiter_, nullptr)) waiter->Resume();
}

// ---- Reading ----

asio::awaitable<Connection::Read> Connection::ReadInto(std::span<char> space,
                                                       std::size_t* received) {
  *received = 0;
  if (timed_out_) co_return Read::kTimeout;
  const auto [error, bytes] = co_await socket_.async_read_some(
      asio::buffer(space.data(), space.size()), asio::as_tuple(asio::use_awaitable));
  *received = bytes;
  if (!error) co_return Read::kBytes;
  co_return timed_out_ ? Read::kTimeout : Read::kEnd;
}

asio::awaitable<Connection::Read> Connection::ReadMore() {
  const std::span<char> space = buffer_.Prepare();
  CHECK(!space.empty());
  std::size_t received = 0;
  const Read outcome = co_await ReadInto(space, &received);
  buffer_.Commit(received);
  co_return outcome;
}

// ---- One request ----

asio::awaitable<Connection::Next> Connection::ServeOne() {
  Exchange exchange(&worker_->server());
  if (!co_await ReceiveHead(&exchange)) co_return Next::kClose;
  if (!exchange.response && exchange.head.framing != BodyFraming::kNone) {
    if (!co_await ReceiveBody(&exchange)) co_return Next::kClose;
  }
  if (!exchange.response) co_await CallHandler(&exchange);
  if (!exchange.response) co_return Next::kClose;
  co_return co_await Finish(&exchange);
}

// False: the connection ended between two requests, without anything to answer.
asio::awaitable<bool> Connection::ReceiveHead(Exchange* exchange) {
  const ServerContext& server = worker_->server();
  HeadScanner scanner;
  HeadScanner::Progress progress = scanner.Scan(buffer_.Unread(), server.head_limits);
  bool idle = scanner.skipped_bytes() == buffer_.Unread().size();
  if (progress == HeadScanner::Progress::kIncomplete) {
    buffer_.ShrinkIfEmpty();
    if (idle) {
      Enter(Phase::kIdle, server.settings.limits.idle_timeout);
    } else {
      Enter(Phase::kTransfer, server.settings.limits.header_timeout);
    }
  }
  while (progress == HeadScanner::Progress::kIncomplete) {
    error_code ignored;
    if (idle && server.draining.load() && socket_.available(ignored) == 0) co_return false;
    const Read outcome = co_await ReadMore();
    if (outcome != Read::kBytes) {
      if (idle || aborted_) co_return false;
      RefuseTruncated(outcome, exchange);
      co_return true;
    }
    progress = scanner.Scan(buffer_.Unread(), server.head_limits);
    if (idle && scanner.skipped_bytes() != buffer_.Unread().size()) {
      idle = false;
      Enter(Phase::kTransfer, server.settings.limits.header_timeout);
    }
  }
  exchange->started = std::chrono::steady_clock::now();
  if (progress == HeadScanner::Progress::kFault) {
    exchange->Refuse(scanner.fault().code, scanner.fault().detail);
    co_return true;
  }
  const std::string_view bytes = buffer_.Unread().substr(0, scanner.end());
  const auto fault =
      ParseHead(bytes.substr(scanner.skipped_bytes()), server.head_limits, &exchange->head);
  buffer_.Consume(scanner.end());
  if (fault) exchange->Refuse(fault->code, fault->detail);
  Examine(exchange);
  co_return true;
}

void Connection::RefuseTruncated(Read outcome, Exchange* exchange) {
  if (outcome == Read::kTimeout) {
    exchange->Refuse(ProblemCode::kRequestTimeout, "the request did not arrive in time");
  } else {
    exchange->Refuse(ProblemCode::kIncompleteRequest, "the request ended before it was complete");
  }
}

// Everything that is known once the head is there.
void Connection::Examine(Exchange* exchange) {
  RequestHead& head = exchange->head;
  exchange->method = MethodName(head.method);
  exchange->request_id = worker_->ids().TakeOverOrMake(head.headers);
  exchange->answers_head = head.method == "HEAD";
  if (exchange->response) return;
  exchange->keep_alive = head.keep_alive && !worker_->server().draining.load();
  ReadTarget(exchange);
  if (exchange->response) return;
  HttpRequest& request = exchange->request;
  request.method = std::move(head.method);
  request.target = std::move(head.target);
  request.headers = std::move(head.headers);
  request.request_id = exchange->request_id;
  Admission admission = worker_->server().dependencies.dispatcher->Admit(&request);
  exchange->observer = admission.observer;
  const std::uint64_t body_bytes_max = worker_->server().settings.limits.body_bytes;
  if (admission.refusal) {
    exchange->response = std::move(admission.refusal);
  } else if (head.content_length > body_bytes_max) {
    exchange->Refuse(ProblemCode::kBodyTooLarge, "the body is larger than limits.body_bytes");
  }
  if (!exchange->response || head.framing == BodyFraming::kNone) return;
  // A small body behind the answer is read and dropped; for anything else the connection ends.
  exchange->unread_body_bytes = head.content_length;
  const bool is_small =
      head.framing == BodyFraming::kLength && head.content_length <= limits::kConnectionBufferBytes;
  if (!is_small || head.expects_continue) exchange->keep_alive = false;
}

void Connection::ReadTarget(Exchange* exchange) {
  std::optional<ParsedTarget> target = ParseTarget(exchange->head.target);
  const bool is_asterisk = target && target->form == TargetForm::kAsterisk;
  if (!target || (is_asterisk && exchange->head.method != "OPTIONS")) {
    exchange->Refuse(ProblemCode::kInvalidTarget, "the request target can not be read");
    return;
  }
  if (is_asterisk) {
    HttpResponse& response = exchange->response.emplace();
    response.status = 204;
    response.headers.push_back({"Allow", "GET, HEAD, POST, OPTIONS"});
    exchange->unread_body_bytes = exchange->head.content_length;
    if (exchange->head.framing != BodyFraming::kNone) exchange->keep_alive = false;
    return;
  }
  exchange->request.path = std::move(target->path);
  exchange->request.query = std::move(target->query);
}

asio::awaitable<void> Connection::CallHandler(Exchange* exchange) {
  answer_.reset();
  ++exchange_number_;
  phase_ = Phase::kHandling;
  deadline_ = SteadyTime::max();
  auto slot =
      std::make_shared<PendingAnswer>(weak_from_this(), worker_->mailbox(), exchange_number_);
  try {
    worker_->server().dependencies.dispatcher->Handle(std::move(exchange->request), slot);
  } catch (const std::exception&) {
    slot->Respond(oncegate::Refuse(ProblemCode::kInternalError, "the request failed"));
  }
  slot.reset();
  if (!answer_ && !aborted_) co_await WaitForAnswer();
  ++exchange_number_;
  overdue_action_ = nullptr;
  exchange->response = std::exchange(answer_, std::nullopt);
}

asio::awaitable<void> Connection::WaitForAnswer() {
  co_await asio::async_initiate<const asio::use_awaitable_t<>&, void()>(
      [this](auto handler) {
        waiter_ = std::make_unique<HandlerWaiter<decltype(handler)>>(std::move(handler));
      },
      asio::use_awaitable);
}

void Connection::TakeAnswer(Letter* letter) {
  if (letter->exchange != exchange_number_ || phase_ != Phase::kHandling || answer_) return;
  if (auto* response = std::get_if<HttpResponse>(&letter->answer)) {
    answer_ = std::move(*response);
  } else {
    try {
      answer_ = std::get<std::function<HttpResponse()>>(letter->answer)();
    } catch (const std::exception&) {
      answer_ = oncegate::Refuse(ProblemCode::kInternalError, "the answer could not be written");
    }
  }
  if (const auto waiter = std::exchange(waiter_, nullptr)) waiter->Resume();
}

// ---- Answering ----

asio::awaitable<Connection::Next> Connection::Finish(Exchange* exchange) {
  if (exchange->request_id.empty()) exchange->request_id = worker_->ids().Next();
  if (exchange->response->close || worker_->server().draining.load()) exchange->keep_alive = false;
  const bool sent = co_await SendResponse(exchange);
  Report(*exchange);
  if (!sent) co_return Next::kClose;
  if (!exchange->keep_alive) co_return Next::kLinger;
  if (exchange->unread_body_bytes == 0) co_return Next::kNextRequest;
  co_return co_await Discard(exchange->unread_body_bytes) ? Next::kNextRequest : Next::kClose;
}

asio::awaitable<bool> Connection::SendResponse(const Exchange* exchange) {
  ResponseFraming framing;
  framing.request_id = exchange->request_id;
  framing.date = worker_->date().Now();
  framing.keep_alive = exchange->keep_alive;
  framing.say_keep_alive = exchange->head.minor_version == 0;
  std::string& head = worker_->scratch();
  head.clear();
  AppendResponseHead(*exchange->response, framing, &head);
  const std::string_view body =
      exchange->answers_head ? std::string_view() : std::string_view(exchange->response->body);
  // Nearly always the kernel takes all of it at once.
  error_code error;
  const std::array<asio::const_buffer, 2> buffers{asio::buffer(head), asio::buffer(body)};
  const std::size_t sent = socket_.write_some(buffers, error);
  if (error && error != asio::error::would_block) co_return false;
  if (sent == head.size() + body.size()) co_return true;
  // The scratch belongs to the thread, so what is left of it can not stay there.
  const std::string head_rest = head.substr(std::min(sent, head.size()));
  const std::size_t body_sent = sent - std::min(sent, head.size());
  co_return co_await SendBytes(head_rest, body.substr(body_sent));
}

asio::awaitable<bool> Connection::SendBytes(std::string_view head, std::string_view body) {
  Enter(Phase::kTransfer, worker_->server().settings.limits.write_timeout);
  const std::array<asio::const_buffer, 2> buffers{asio::buffer(head), asio::buffer(body)};
  const auto [error, bytes] =
      co_await asio::async_write(socket_, buffers, asio::as_tuple(asio::use_awaitable));
  co_return !error && bytes == head.size() + body.size();
}

void Connection::Report(const Exchange& exchange) {
  const auto duration = std::chrono::steady_clock::now() - exchange.started;
  const HttpServerDependencies& dependencies = worker_->server().dependencies;
  if (!exchange.response->rejected.empty()) {
    dependencies.observer->OnRejected(exchange.response->rejected);
  }
  exchange.observer->OnDone({exchange.method, exchange.response->status, duration});
  const LogLevel level = exchange.response->status == 500 ? LogLevel::kError : LogLevel::kDebug;
  if (!dependencies.logger->IsEnabled(level)) return;
  dependencies.logger->Log(level, "request answered",
                           {{"request_id", std::string_view(exchange.request_id)},
                            {"method", exchange.method},
                            {"status", static_cast<std::int64_t>(exchange.response->status)},
                            {"code", exchange.response->rejected}});
}

// Reads until the client closes too: closing with unread bytes would reset the connection, and the
// answer could be lost with it.
asio::awaitable<void> Connection::Linger() {
  error_code ignored;
  socket_.shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
  Enter(Phase::kTransfer, kLingerTimeout);
  buffer_.Consume(buffer_.Unread().size());
  for (std::uint64_t dropped = 0; dropped < kLingerBytesMax;) {
    if (co_await ReadMore() != Read::kBytes) co_return;
    dropped += buffer_.Unread().size();
    buffer_.Consume(buffer_.Unread().size());
  }
}

}  // namespace oncegate
