// The part of Connection that reads request bodies.
#include <algorithm>
#include <boost/asio/awaitable.hpp>

#include "server/http/chunked_body.h"
#include "server/http/connection.h"
#include "server/http/exchange.h"

namespace oncegate {
namespace {

namespace asio = boost::asio;

// A body's memory grows with what has arrived, not with what was promised: otherwise a few clients
// that promise much and send nothing would use up the budget of all.
constexpr std::size_t kFirstWindowBytes = 128 * 1024;
// Room behind the body that the JSON decoder asks for; taken here it saves a copy.
constexpr std::size_t kPaddingBytes = 64;

constexpr std::string_view kBudgetDetail = "too many request bodies are in memory";

}  // namespace

asio::awaitable<bool> Connection::SendContinue() {
  co_return co_await SendBytes("HTTP/1.1 100 Continue\r\n\r\n", "");
}

// False: the connection is lost. Otherwise the body is complete, or the exchange has its answer.
asio::awaitable<bool> Connection::ReceiveBody(Exchange* exchange) {
  const bool is_complete = exchange->head.framing == BodyFraming::kLength &&
                           buffer_.Unread().size() >= exchange->head.content_length;
  if (!is_complete && exchange->head.expects_continue && buffer_.empty()) {
    if (!co_await SendContinue()) co_return false;
  }
  if (!is_complete) Enter(Phase::kTransfer, worker_->server().settings.limits.body_timeout);
  if (exchange->head.framing == BodyFraming::kChunked) {
    co_await ReceiveChunks(exchange);
  } else {
    co_await ReceiveLength(exchange);
  }
  co_return !aborted_;
}

asio::awaitable<void> Connection::ReceiveLength(Exchange* exchange) {
  const auto length = static_cast<std::size_t>(exchange->head.content_length);
  std::string& body = exchange->request.body;
  std::size_t filled = std::min(length, buffer_.Unread().size());
  std::size_t window = std::min(length, std::max(filled, kFirstWindowBytes));
  if (!exchange->memory.GrowTo(window)) {
    exchange->Refuse(ProblemCode::kTooManyBytesInFlight, kBudgetDetail);
    co_return;
  }
  body.reserve(window + kPaddingBytes);
  body.assign(buffer_.Unread().substr(0, filled));
  buffer_.Consume(filled);
  if (filled < length) body.resize(window);
  while (filled < length) {
    if (filled == window) {
      window = std::min(length, window * 2);
      if (!exchange->memory.GrowTo(window)) {
        exchange->Refuse(ProblemCode::kTooManyBytesInFlight, kBudgetDetail);
        co_return;
      }
      body.reserve(window + kPaddingBytes);
      body.resize(window);
    }
    std::size_t received = 0;
    const Read outcome =
        co_await ReadInto(std::span(body).subspan(filled, window - filled), &received);
    if (outcome != Read::kBytes) {
      RefuseTruncated(outcome, exchange);
      co_return;
    }
    filled += received;
  }
}

asio::awaitable<void> Connection::ReceiveChunks(Exchange* exchange) {
  const HttpLimits& limits = worker_->server().settings.limits;
  ChunkedBody decoder({limits.body_bytes, limits.head_bytes});
  while (true) {
    std::string_view rest = buffer_.Unread();
    const std::size_t before = rest.size();
    const ChunkedBody::Progress progress = decoder.Feed(&rest, &exchange->request.body);
    buffer_.Consume(before - rest.size());
    if (progress == ChunkedBody::Progress::kComplete) co_return;
    if (progress == ChunkedBody::Progress::kFault) {
      exchange->Refuse(decoder.fault().code, decoder.fault().detail);
      co_return;
    }
    if (!exchange->memory.GrowTo(exchange->request.body.capacity())) {
      exchange->Refuse(ProblemCode::kTooManyBytesInFlight, kBudgetDetail);
      co_return;
    }
    const Read outcome = co_await ReadMore();
    if (outcome != Read::kBytes) {
      RefuseTruncated(outcome, exchange);
      co_return;
    }
  }
}

// Drops what is left of a body behind an answer that did not need it.
asio::awaitable<bool> Connection::Discard(std::uint64_t bytes) {
  Enter(Phase::kTransfer, worker_->server().settings.limits.body_timeout);
  while (true) {
    const auto dropped =
        static_cast<std::size_t>(std::min<std::uint64_t>(bytes, buffer_.Unread().size()));
    buffer_.Consume(dropped);
    bytes -= dropped;
    if (bytes == 0) co_return true;
    if (co_await ReadMore() != Read::kBytes) co_return false;
  }
}

}  // namespace oncegate
