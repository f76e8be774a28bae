// What Control reports, as answers. Pure.
#pragma once

#include <string>
#include <string_view>

#include "server/http/json_writer.h"
#include "server/http/message.h"
#include "server/http/problem.h"
#include "server/ingest/control.h"

namespace oncegate {

/// `not_found` is the code of a 404 of this call.
HttpResponse AnswerControlError(const ControlError& error, ProblemCode not_found);

void AppendProducer(const ProducerReport& report, std::string* out);
void AppendStream(const StreamReport& report, std::string* out);
void AppendSink(const SinkReport& report, std::string* out);
void AppendPurge(const PurgeReport& report, std::string* out);
void AppendLetter(const DeadLetter& letter, std::string* out);
void AppendReplay(const LetterReport& report, std::string* out);
void AppendDiscard(const LetterReport& report, std::string* out);
void AppendJob(const JobReport& report, std::string* out);

/// {"<name>":[…],"next":null}
template <typename T>
HttpResponse AnswerListing(std::string_view name, const Listing<T>& listing,
                           void (*append)(const T&, std::string*)) {
  std::string body;
  JsonObject object(&body);
  std::string* out = object.Member(name);
  out->push_back('[');
  for (const T& item : listing.items) {
    if (&item != &listing.items.front()) out->push_back(',');
    append(item, out);
  }
  out->push_back(']');
  if (listing.next) {
    object.String("next", *listing.next);
  } else {
    object.Null("next");
  }
  object.Close();
  return MakeJson(200, std::move(body));
}

/// The report if there is one, else the error.
template <typename T>
HttpResponse AnswerReport(const ControlResult<T>& result, ProblemCode not_found,
                          void (*append)(const T&, std::string*)) {
  if (!result) return AnswerControlError(result.error(), not_found);
  std::string body;
  append(*result, &body);
  return MakeJson(200, std::move(body));
}

}  // namespace oncegate
