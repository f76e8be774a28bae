#include "server/ingest/ledger_edit.h"

#include <utility>

#include "dedupe/codec/state_codec.h"

namespace oncegate {

SinkStatus CommitOrError(SinkSession* session) {
  switch (session->Commit()) {
    case CommitOutcome::kCommitted:
      return {};
    case CommitOutcome::kAborted:
      return SinkError{SinkErrorClass::kRestart, "the sink rolled the transaction back", ""};
    case CommitOutcome::kInDoubt:
      return SinkError{SinkErrorClass::kConnection, "the connection was lost during COMMIT", ""};
  }
  return SinkError{};
}

SinkResult<LockedProducer> DecodeLedgerRow(const std::string& stream, const LedgerRow& row) {
  LockedProducer locked;
  locked.token = row.token;
  locked.updated_at = row.updated_at;
  if (!row.found) return locked;
  Result<ProducerState> state = DecodeState(row.state);
  if (!state) {
    return SinkError{
        SinkErrorClass::kStream,
        "a ledger row of stream \"" + stream + "\" can not be read: " + state.error().message, ""};
  }
  locked.state = std::move(*state);
  return locked;
}

SinkResult<LockedProducer> ReadLedgerRow(SinkSession* session, const std::string& stream,
                                         const std::string& producer) {
  if (const SinkStatus begun = session->Begin(); !begun) return begun.error();
  const LedgerRequest request{{stream, producer}, false};
  std::vector<LedgerRow> rows;
  if (const SinkStatus read = session->ReadLedger(std::span(&request, 1), &rows); !read) {
    return read.error();
  }
  if (const SinkStatus confirmed = CommitOrError(session); !confirmed) return confirmed.error();
  return DecodeLedgerRow(stream, rows.front());
}

SinkResult<EditReport> EditLedger(SinkSession* session, const std::string& stream,
                                  std::span<const std::string> producers, WallTime now,
                                  Random* random, const EditProducer& edit,
                                  const WorkAlong& along) {
  EditReport report;
  if (producers.empty()) return report;
  if (const SinkStatus begun = session->Begin(); !begun) return begun.error();
  std::vector<LedgerRequest> requests;
  for (const std::string& producer : producers) requests.push_back({{stream, producer}, true});
  std::vector<LedgerRow> rows;
  if (const SinkStatus read = session->ReadLedger(requests, &rows); !read) return read.error();

  std::vector<std::string> encoded;
  encoded.reserve(rows.size());  // Writes view into it.
  std::vector<LedgerWrite> writes;
  std::vector<std::string> changed;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const SinkResult<LockedProducer> locked = DecodeLedgerRow(stream, rows[i]);
    if (!locked) return locked.error();
    const std::optional<ProducerState> state = edit(producers[i], *locked);
    if (!state) continue;
    const auto expected = rows[i].found ? std::optional<Token>(rows[i].token) : std::nullopt;
    encoded.push_back(EncodeState(*state));
    writes.push_back({requests[i].key, expected, random->NewToken(), state->epoch, encoded.back()});
    changed.push_back(producers[i]);
  }
  if (writes.empty()) {
    if (const SinkStatus confirmed = CommitOrError(session); !confirmed) return confirmed.error();
    return report;
  }
  std::vector<std::uint32_t> lost;
  if (const SinkStatus wrote = session->WriteLedger(writes, now, &lost); !wrote) {
    return wrote.error();
  }
  if (!lost.empty()) {
    return SinkError{SinkErrorClass::kRestart, "a locked ledger row changed", ""};
  }
  if (along) {
    if (const SinkStatus done = along(session, changed); !done) return done.error();
  }
  if (const SinkStatus committed = CommitOrError(session); !committed) return committed.error();
  report.changed = writes.size();
  return report;
}

}  // namespace oncegate
