// Prints what the program knows of its contract as JSON: routes, verdicts and codes, for
// openapi_test.py.
#include <cstdio>
#include <string>

#include "dedupe/types/verdict.h"
#include "server/http/ingest_routes.h"
#include "server/http/json_writer.h"
#include "server/http/ops_routes.h"
#include "server/http/problem.h"

namespace oncegate {
namespace {

void AppendRoutes(const std::vector<Route>& routes, std::string* out) {
  for (const Route& route : routes) {
    if (out->back() != '[') out->push_back(',');
    out->push_back('[');
    AppendJsonString(out, route.method);
    out->push_back(',');
    AppendJsonString(out, route.pattern);
    out->push_back(']');
  }
}

void AppendName(std::string_view name, std::string* out) {
  if (out->back() != '[') out->push_back(',');
  AppendJsonString(out, name);
}

std::string Dump() {
  std::string out;
  JsonObject object(&out);
  object.Member("routes")->push_back('[');
  AppendRoutes(MakeIngestRoutes({}, {}), &out);
  AppendRoutes(MakeOpsRoutes({}, {}), &out);
  out.push_back(']');
  object.Member("verdicts")->push_back('[');
  for (int i = 0; i < kVerdictCount; ++i) AppendName(ToString(static_cast<Verdict>(i)), &out);
  out.push_back(']');
  object.Member("record_codes")->push_back('[');
#define ONCEGATE_APPEND(name, text) AppendName(text, &out);
  ONCEGATE_CODES(ONCEGATE_APPEND)
#undef ONCEGATE_APPEND
  out.push_back(']');
  object.Member("problem_codes")->push_back('[');
#define ONCEGATE_APPEND(name, text, status) AppendName(text, &out);
  ONCEGATE_PROBLEMS(ONCEGATE_APPEND)
#undef ONCEGATE_APPEND
  out.push_back(']');
  object.Member("problem_statuses")->push_back('[');
#define ONCEGATE_APPEND(name, text, status) AppendName(#status, &out);
  ONCEGATE_PROBLEMS(ONCEGATE_APPEND)
#undef ONCEGATE_APPEND
  out.push_back(']');
  object.Close();
  return out;
}

}  // namespace
}  // namespace oncegate

int main() {
  std::puts(oncegate::Dump().c_str());
  return 0;
}
