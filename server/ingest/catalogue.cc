#include "server/ingest/catalogue.h"

#include <string_view>

namespace oncegate {
namespace {

std::string Quoted(std::string_view text) { return "\"" + std::string(text) + "\""; }

Error Contradiction(const std::string& stream, const std::string& setting,
                    std::string_view configured, std::string_view written) {
  return {"stream " + Quoted(stream) + ": " + setting + " is configured as " + Quoted(configured) +
          ", but its ledger was written with " + Quoted(written) + "; set " + setting + " = " +
          Quoted(written) + " again, or give the new setting to a stream of another name"};
}

Status Compare(const StreamSpec& spec, const StreamRecord& record) {
  if (spec.mode != record.mode) {
    return Contradiction(spec.name, "dedupe", ToString(spec.mode), ToString(record.mode));
  }
  if (spec.target.kind != record.kind) {
    return Contradiction(spec.name, "target", ToString(spec.target.kind), ToString(record.kind));
  }
  if (spec.target.table != record.table) {
    return Contradiction(spec.name, "table", spec.target.table, record.table);
  }
  return Ok();
}

}  // namespace

Status TakeCatalogue(const std::string& sink, std::span<const StreamRecord> records,
                     const StreamSpec& defaults, StreamRegistry* registry) {
  for (const StreamRecord& record : records) {
    if (const auto known = registry->Find(record.stream)) {
      if (known->spec.sink != sink) continue;  // Moved to another sink; this record is history.
      if (Status same = Compare(known->spec, record); !same) return same;
      continue;
    }
    // Only its configuration says which column takes what; until it is back, nothing is written.
    if (record.kind == TargetKind::kColumns) continue;
    StreamSpec spec = defaults;
    spec.name = record.stream;
    spec.sink = sink;
    spec.mode = record.mode;
    spec.target = {record.stream, record.table, record.mode, record.kind};
    spec.implicit = true;
    registry->Register(spec);
  }
  return Ok();
}

}  // namespace oncegate
