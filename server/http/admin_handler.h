// The administration of streams, producers, sinks and jobs.
//
// Thread-safe; called on io threads.
#pragma once

#include <cstddef>
#include <optional>

#include "server/http/message.h"
#include "server/ingest/control.h"

namespace oncegate {

class AdminHandler {
 public:
  AdminHandler(Control* control, Clock* clock, std::size_t body_bytes_max);

  /// 404 for names that no stream can have.
  std::optional<HttpResponse> CheckStreamPath(const HttpRequest& request) const;

  void ListStreams(const HttpRequest& request, const Responder& responder) const;
  void ListProducers(const HttpRequest& request, const Responder& responder) const;
  void Purge(const HttpRequest& request, const Responder& responder) const;
  void ListDeadLetters(const HttpRequest& request, const Responder& responder) const;
  void ReplayDeadLetters(const HttpRequest& request, const Responder& responder) const;
  void DiscardDeadLetters(const HttpRequest& request, const Responder& responder) const;
  void ReadJob(const HttpRequest& request, const Responder& responder) const;
  void ListSinks(const HttpRequest& request, const Responder& responder) const;
  void PauseSink(const HttpRequest& request, const Responder& responder) const;
  void ResumeSink(const HttpRequest& request, const Responder& responder) const;

 private:
  using LetterCall = void (Control::*)(const LetterRequest& request, SteadyTime deadline,
                                       ControlCallback<LetterReport> done);
  void CallForLetters(const HttpRequest& request, const Responder& responder, LetterCall call,
                      void (*append)(const LetterReport&, std::string*)) const;
  std::optional<HttpResponse> CheckSinkMutation(const HttpRequest& request) const;

  Control* control_;
  Clock* clock_;
  std::size_t body_bytes_max_;
};

}  // namespace oncegate
