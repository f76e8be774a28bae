// An HTTP client for tests: a plain socket that sends exactly the bytes it is given, and answers
// read by Beast's parser, so that our own framing is judged by somebody else.
//
// Every wait ends after kPatience with a failed expectation or an empty result.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace oncegate::testing {

inline constexpr std::chrono::seconds kPatience{10};

struct HttpReply {
  int status = 0;
  int version = 11;
  bool keep_alive = true;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;

  /// Value of the first field of that name (case-insensitive); empty if absent.
  std::string Header(std::string_view name) const;
  bool HasHeader(std::string_view name) const;
};

class RawConnection {
 public:
  explicit RawConnection(std::uint16_t port);
  /// Only the socket; Connect makes it a connection.
  RawConnection();
  ~RawConnection();
  RawConnection(const RawConnection&) = delete;
  RawConnection& operator=(const RawConnection&) = delete;

  void Connect(std::uint16_t port);
  /// False if the server does not take the bytes any more.
  bool Send(std::string_view bytes);
  void ShutdownSend();
  void Reset();  // Closes with RST.

  /// The next answer. Null: the connection ended or broke, or nothing came in time.
  std::optional<HttpReply> Read(bool to_head_request = false);
  /// True once the server has closed and nothing is left to read.
  bool ReadsEnd();
  /// True if something arrives within `wait`.
  bool IsReadable(std::chrono::milliseconds wait);
  int descriptor() const { return socket_; }

 private:
  bool Fill();

  int socket_ = -1;
  std::string received_;
};

struct HttpCall {
  std::string method = "GET";
  std::string target = "/";
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
};

/// The bytes of a request with Host, and with Content-Length where there is a body or the method
/// wants one.
std::string Serialize(const HttpCall& call);

/// One request on a connection of its own.
std::optional<HttpReply> Call(std::uint16_t port, const HttpCall& call);

}  // namespace oncegate::testing
