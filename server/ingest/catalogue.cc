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

/// What the first POST made, in this process or an earlier one. It goes where new streams go,
/// unless its ledger says otherwise.
StreamSpec SpecOf(const StreamRecord& record, const std::string& sink, const StreamSpec& defaults) {
  StreamSpec spec = defaults;
  spec.name = record.stream;
  spec.mode = record.mode;
  spec.target = {record.stream, record.table, record.mode, defaults.target.kind};
  spec.implicit = true;
  if (!GoesTo(defaults, sink) || record.mode != defaults.mode) {
    spec.sink = sink;
    spec.further_sinks.clear();
  }
  if (spec.sink == sink) spec.target.kind = record.kind;
  for (FurtherSink& further : spec.further_sinks) {
    if (further.sink == sink) further.kind = record.kind;
  }
  return spec;
}

}  // namespace

Status TakeCatalogue(const std::string& sink, std::span<const StreamRecord> records,
                     const StreamSpec& defaults, StreamRegistry* registry) {
  for (const StreamRecord& record : records) {
    if (registry->Find(record.stream)) {
      const auto known = registry->FindOn(record.stream, sink);
      if (!known) continue;  // It goes to other sinks now; this record is history.
      if (Status same = Compare(known->spec, record); !same) return same;
      continue;
    }
    // Only its configuration says which column takes what; until it is back, nothing is written.
    if (record.kind == TargetKind::kColumns) continue;
    registry->Register(SpecOf(record, sink, defaults));
  }
  return Ok();
}

}  // namespace oncegate
