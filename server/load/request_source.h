// RequestSource: the requests of an event load, for any of the loops that send them.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace oncegate {

/// Who sends the events of a request.
enum class ProducerChoice : std::uint8_t {
  /// Connection c sends as producer c % producers. With fewer producers than connections their
  /// sequences are interleaved over the connections, and arrive out of order.
  kByConnection,
  /// All producers take turns, event by event.
  kByEvent,
};

struct EventLoad {
  std::string stream{};
  /// Producers are named so, with a number behind.
  std::string producer_prefix = "bench-";
  std::uint32_t connections = 8;
  std::uint32_t events_per_request = 500;
  std::chrono::milliseconds duration{5000};
  std::uint32_t producers = UINT32_MAX;  // More than connections only with kByEvent.
  ProducerChoice choice = ProducerChoice::kByConnection;
  /// The settled ranges that every producer (kByConnection) keeps, or one less: it leaves gaps of a
  /// request's size in its sequence and fills them later. 0: in order.
  std::uint32_t ranges = 0;
  std::uint32_t value_bytes = 0;  // 0: about 150, see rows.h.
  /// Of what is sent, for sending it again.
  std::size_t kept_bytes_per_connection = std::size_t{16} * 1024 * 1024;
};

class RequestSource {
 public:
  /// `first_row`: see rows.h; the events get one row after the other.
  RequestSource(EventLoad load, std::uint64_t first_row);

  /// The next request; every producer counts from its sequence 0 on.
  std::string Next(std::uint32_t connection);

 private:
  std::string EventsOfOneProducer(std::uint32_t producer);
  std::string EventsOfAll();
  void AppendEvent(std::uint64_t sequence, std::string* body);
  std::string Request(const std::string& producer_header, const std::string& body) const;

  const EventLoad load_;
  std::uint64_t next_row_;
  std::uint64_t next_producer_ = 0;              // kByEvent.
  std::vector<std::uint64_t> next_by_producer_;  // Requests so far; with kByEvent events.
};

}  // namespace oncegate
