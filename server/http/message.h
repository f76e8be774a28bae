// Requests and responses as handlers see them: plain values, no Asio. An Asio translation unit
// costs several seconds to compile; only the files of the server itself include it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/ingest/clock.h"

namespace oncegate {

/// Header fields in the order received. One buffer and offsets into it: a request costs two
/// allocations however many fields it has, and the list can be moved and copied.
class HeaderList {
 public:
  struct Field {
    std::string_view name;
    std::string_view value;
  };

  void Add(std::string_view name, std::string_view value);
  std::size_t size() const { return entries_.size(); }
  /// Views into the list; valid until it is changed, moved or destroyed.
  Field operator[](std::size_t i) const;
  /// The first field of that name (case-insensitive).
  std::optional<std::string_view> Find(std::string_view name) const;
  std::size_t Count(std::string_view name) const;
  void Reserve(std::size_t fields, std::size_t bytes);

 private:
  struct Entry {
    std::uint32_t name_at = 0;
    std::uint32_t name_size = 0;
    std::uint32_t value_at = 0;
    std::uint32_t value_size = 0;
  };

  bool IsNamed(const Entry& entry, std::string_view name) const;

  std::string bytes_;
  std::vector<Entry> entries_;
};

struct HttpParameter {
  std::string name;
  std::string value;
};

struct HttpRequest {
  std::string method;
  std::string target;                // As sent.
  std::vector<std::string> path;     // Segments, split first and percent-decoded then.
  std::vector<HttpParameter> query;  // Decoded pairs in order.
  HeaderList headers;
  std::string body;        // As sent (not decompressed).
  std::string request_id;  // Taken over or made.
  std::size_t route = 0;   // Set by the dispatcher's Admit, for its own use in Handle.
};

struct HttpHeader {
  std::string name;
  std::string value;
};

struct HttpResponse {
  int status = 200;
  std::string_view content_type;  // A constant; empty: no body.
  std::vector<HttpHeader> headers;
  std::string body;
  bool close = false;
  /// The code under which a refusal of the whole request is counted; empty: not refused.
  std::string_view rejected;
};

/// Where the answer to one request goes. Thread-safe; outlives connection and server if need be.
/// Destroyed without an answer it answers 500, so that a client never waits for ever.
class ResponseSlot {
 public:
  virtual ~ResponseSlot() = default;
  /// The first answer counts, later ones have no effect. Never blocks.
  virtual void Respond(HttpResponse response) = 0;
  /// As above; `build` runs once on a thread of the server, so that a lane builds no text. Not at
  /// all if there is nobody left to answer.
  virtual void RespondLater(std::function<HttpResponse()> build) = 0;
  /// Runs `action` once on a thread of the server if there is no answer shortly after `deadline`.
  /// Only from within Handle, on its thread.
  virtual void WhenOverdue(SteadyTime deadline, std::function<void()> action) = 0;
};

using Responder = std::shared_ptr<ResponseSlot>;

class HttpRouteObserver;

/// What the dispatcher says once the head of a request is read.
struct Admission {
  /// Set: the answer; the body is not wanted.
  std::optional<HttpResponse> refusal;
  HttpRouteObserver* observer = nullptr;  // Never null.
};

/// The application behind a server. Thread-safe.
class HttpDispatcher {
 public:
  virtual ~HttpDispatcher() = default;
  /// After the head, before the body: path, method, and who may. May set request->route.
  virtual Admission Admit(HttpRequest* request) = 0;
  /// The whole request, if Admit had no objection. Must not block; may throw (answered as 500).
  virtual void Handle(HttpRequest request, Responder responder) = 0;
};

}  // namespace oncegate
