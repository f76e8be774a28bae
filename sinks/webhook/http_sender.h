// HttpSender: POSTs one request after another to the receiver, over one connection that is kept
// open. Redirects are not followed.
//
// One thread at a time; Cancel alone from any thread.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "dedupe/types/result.h"
#include "sinks/webhook/settings.h"

namespace oncegate::webhook {

struct Request {
  std::string message_id;
  std::string content_type;
  std::string body;
};

struct Answer {
  int status = 0;
  std::optional<std::chrono::seconds> retry_after;
};

/// What verifies the receiver of an https address.
struct TlsTrust;
/// Null for an http address. Fails where the file of trusted certificates can not be used.
Result<std::shared_ptr<TlsTrust>> LoadTrust(const Settings& settings);

class HttpSender {
 public:
  /// `settings` outlives the sender.
  HttpSender(const Settings& settings, std::shared_ptr<TlsTrust> trust);
  ~HttpSender();
  HttpSender(const HttpSender&) = delete;
  HttpSender& operator=(const HttpSender&) = delete;

  /// An error means that the outcome is unknown: the receiver may have taken the request. Answers
  /// within `time_left` or the timeouts of the settings, whichever is less.
  Result<Answer> Send(const Request& request, std::chrono::milliseconds time_left);
  /// Ends the Send under way, and every later one, with an error.
  void Cancel();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace oncegate::webhook
