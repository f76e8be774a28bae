#include "sinks/redis/ids.h"

#include <utility>

#include "sinks/redis/bytes.h"
#include "sinks/redis/indexed_hash.h"

namespace oncegate::redis {

std::string EncodeClaim(Fingerprint fingerprint, WallTime committed_at) {
  std::string bytes;
  AppendInteger(fingerprint.high, &bytes);
  AppendInteger(fingerprint.low, &bytes);
  AppendInteger(static_cast<std::uint64_t>(committed_at.microseconds), &bytes);
  return bytes;
}

IdOutcome DecodeClaim(std::string_view bytes) {
  IdOutcome outcome;
  if (bytes.size() != 3 * kIntegerBytes) return outcome;
  outcome.stored = {ReadInteger(bytes), ReadInteger(bytes.substr(kIntegerBytes))};
  outcome.committed_at = {static_cast<std::int64_t>(ReadInteger(bytes.substr(2 * kIntegerBytes)))};
  return outcome;
}

SinkResult<std::vector<std::optional<std::string>>> ReadClaims(
    Connection& connection, const Names& names, std::span<const std::string> fields) {
  auto values = ReadFields(connection, names.Ids(), fields);
  if (!values) return ToSinkError(values.error());
  return std::move(*values);
}

SinkResult<IdSweepResult> Sweep(Connection& connection, const Names& names, const IdSweep& sweep) {
  const std::string stream = Names::Field(sweep.stream, "");
  const std::string after = sweep.after.empty() ? "" : stream + std::string(sweep.after);
  const auto fields = ListFields(connection, names.Ids(), {stream, after, sweep.limit});
  if (!fields) return ToSinkError(fields.error());
  const auto claims = ReadClaims(connection, names, *fields);
  if (!claims) return claims.error();
  IdSweepResult result;
  if (fields->size() == sweep.limit) result.next = fields->back().substr(stream.size());
  Arguments removed;
  for (std::size_t i = 0; i < fields->size(); ++i) {
    const std::optional<std::string>& claim = (*claims)[i];
    if (claim && DecodeClaim(*claim).committed_at >= sweep.cutoff) continue;
    if (claim) result.ids.push_back((*fields)[i].substr(stream.size()));
    removed.Add((*fields)[i]);
    removed.Add(claim.value_or(""));
  }
  if (sweep.dry_run || removed.count() == 0) return result;
  const auto swept =
      connection.Eval(Script::kSweepIds, {names.Ids(), Names::OrderOf(names.Ids())}, removed);
  if (!swept) return ToSinkError(swept.error());
  return result;
}

}  // namespace oncegate::redis
