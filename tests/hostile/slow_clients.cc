#include "tests/hostile/slow_clients.h"

#include <poll.h>
#include <sys/socket.h>

#include "tests/e2e/service_test.h"

namespace oncegate::hostile {
namespace {

// Many more answers than the buffers of both kernels hold.
constexpr int kUnreadRequests = 400;
constexpr int kReceiveBufferBytes = 4096;

std::string Opening(Slowness slowness) {
  const std::string post =
      "POST /v1/streams/orders/events HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n";
  switch (slowness) {
    case Slowness::kHead:
      return post + "X: ";
    case Slowness::kBody:
      return post + "Content-Length: 1000000\r\n\r\n[";
    case Slowness::kChunks:
      return post + "Transfer-Encoding: chunked\r\n\r\n";
    case Slowness::kReader:
      break;
  }
  std::string requests;
  for (int i = 0; i < kUnreadRequests; ++i) {
    requests += "GET /openapi.yaml HTTP/1.1\r\nHost: a\r\n\r\n";
  }
  return requests;
}

}  // namespace

SlowClient::SlowClient(Slowness slowness, std::uint16_t port) : slowness_(slowness) {
  if (slowness == Slowness::kReader) {
    const int bytes = kReceiveBufferBytes;
    setsockopt(connection_.descriptor(), SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
  }
  connection_.Connect(port);
  connection_.Send(Opening(slowness));
}

bool SlowClient::Read() {
  char byte = 0;
  const ssize_t got = recv(connection_.descriptor(), &byte, 1, MSG_DONTWAIT);
  return got > 0 || (got < 0 && errno == EAGAIN);
}

bool SlowClient::Drip() {
  switch (slowness_) {
    case Slowness::kReader:
      // As soon as the service has closed, what it left in the buffers is worth no more reading.
      {
        pollfd entry{connection_.descriptor(), POLLRDHUP, 0};
        if (poll(&entry, 1, 0) == 1) return false;
      }
      return Read();
    case Slowness::kHead:
    case Slowness::kBody:
      if (connection_.IsReadable(std::chrono::milliseconds(0))) return false;
      return connection_.Send(" ");
    case Slowness::kChunks:
      if (connection_.IsReadable(std::chrono::milliseconds(0))) return false;
      return connection_.Send("1\r\n \r\n");
  }
  return false;
}

int SlowClient::Status() {
  const auto reply = connection_.Read();
  return reply && connection_.ReadsEnd() ? reply->status : 0;
}

int GoodClient::Post() {
  const std::string body = e2e::Record(producer_, sequence_++, "1");
  const testing::HttpCall call{
      "POST", "/v1/streams/orders/events", {{"Content-Type", "application/json"}}, body};
  const auto begin = std::chrono::steady_clock::now();
  const auto reply = connection_.Send(Serialize(call)) ? connection_.Read() : std::nullopt;
  latency_ = std::chrono::duration_cast<std::chrono::microseconds>(
      std::chrono::steady_clock::now() - begin);
  return reply ? reply->status : 0;
}

}  // namespace oncegate::hostile
