// WebhookReceiver: a real HTTP or HTTPS server on a free port of 127.0.0.1 that takes webhooks. It
// keeps every request, and carries out those that it accepts once for each Idempotency-Key. What it
// answers is for the test to say. It lives in the test's process, so it outlives a service that is
// killed.
//
// Thread-safe. Failures to listen throw std::runtime_error.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace oncegate::test {

struct WebhookRequest {
  std::string key;  // Idempotency-Key.
  std::string target;
  std::string body;
  std::string server_name;                     // That a TLS client asked for (SNI).
  std::map<std::string, std::string> headers;  // Names in lower case.
};

struct WebhookAnswer {
  int status = 200;
  std::vector<std::pair<std::string, std::string>> headers = {};
  std::string body = {};
  bool is_lost = false;  // The connection ends before the answer is sent.
  bool hangs = false;    // No answer, and the connection stays until Stop.
};

/// Of an HTTPS receiver, PEM files.
struct ReceiverCertificate {
  std::filesystem::path certificate;
  std::filesystem::path key;
};

class WebhookReceiver {
 public:
  using Rule = std::function<WebhookAnswer(const WebhookRequest&)>;

  /// Listens; answers 200 until Answer says otherwise.
  WebhookReceiver();
  explicit WebhookReceiver(const ReceiverCertificate& certificate);
  ~WebhookReceiver();
  WebhookReceiver(const WebhookReceiver&) = delete;
  WebhookReceiver& operator=(const WebhookReceiver&) = delete;

  std::uint16_t port() const;
  /// The address of a path, e.g. "/hook".
  std::string Url(const std::string& path = "/hook") const;

  void Answer(Rule rule);
  void AnswerAlways(int status);
  /// Refuses connections until Start, and cuts those that are open.
  void Stop();
  /// Listens again, on the same port.
  void Start();

  /// Everything that arrived, in order.
  std::vector<WebhookRequest> Requests() const;
  /// What was carried out: the first request of each key that was answered 2xx, lost or not.
  std::vector<WebhookRequest> Effects() const;
  /// Drops everything that is kept of requests, their keys too.
  void Forget();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace oncegate::test
