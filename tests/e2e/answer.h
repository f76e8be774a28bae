// Answer: a reply of the service with its JSON body read, and matchers that say what it should be.
#pragma once

#include <gmock/gmock.h>

#include <boost/json/value.hpp>
#include <cstdint>
#include <map>
#include <ostream>
#include <string>
#include <vector>

#include "tests/support/http_client.h"

namespace oncegate::e2e {

using Counts = std::map<std::string, std::int64_t>;

struct Answer {
  int status = 0;  // 0: no answer came.
  testing::HttpReply reply;
  boost::json::value json;  // Null unless the type is one of JSON.

  std::string Header(std::string_view name) const { return reply.Header(name); }
  bool Has(std::string_view member) const;
  /// The member as JSON text; "absent" if there is none.
  std::string Member(std::string_view name) const;
  /// `counts`; empty if there are none.
  Counts VerdictCounts() const;
  /// `items` by position in the list; empty if there are none.
  std::vector<boost::json::object> Items() const;
  /// The verdict of each item of a request with results=all.
  std::vector<std::string> Verdicts() const;
  /// The member `code` of a problem.
  std::string Code() const;
};

Answer ReadAnswer(const std::optional<testing::HttpReply>& reply);

/// A member of a JSON object as JSON text; "absent" if there is none.
std::string Text(const boost::json::object& object, std::string_view member);

void PrintTo(const Answer& answer, std::ostream* out);

/// The status is `status` and the verdicts are these.
::testing::Matcher<const Answer&> Settles(int status, const Counts& counts);
/// The status is `status`, and the body a problem of RFC 9457 with this code.
::testing::Matcher<const Answer&> IsProblem(int status, const std::string& code);

}  // namespace oncegate::e2e
