#include "sinks/kafka/session.h"

#include <utility>

#include "sinks/kafka/catalogue.h"
#include "sinks/kafka/dead_letters.h"
#include "sinks/kafka/ids.h"
#include "sinks/kafka/records.h"
#include "sinks/kafka/row_writer.h"

namespace oncegate::kafka {
namespace {

std::string KeyOf(const LedgerKey& key) {
  return RecordKey(RecordKind::kProducer, key.stream, key.producer);
}

SinkError Unreadable(std::string_view stream) {
  return {SinkErrorClass::kStream,
          "a ledger record of stream \"" + std::string(stream) + "\" can not be read", ""};
}

}  // namespace

KafkaSession::KafkaSession(const KafkaSettings& settings, std::shared_ptr<Ownership> ownership,
                           std::unique_ptr<Producer> producer)
    : settings_(settings), transaction_(settings_, std::move(ownership), std::move(producer)) {}

SinkResult<std::vector<StreamRecord>> KafkaSession::ListStreams() {
  if (const SinkStatus proved = transaction_.ProveLately(); !proved) return proved.error();
  return kafka::ListStreams(transaction_.view());
}

SinkStatus KafkaSession::EnsureStream(const StreamTarget& target) {
  return kafka::EnsureStream(settings_, target, &transaction_);
}

SinkStatus KafkaSession::ReadLedger(std::span<const LedgerRequest> requests,
                                    std::vector<LedgerRow>* rows) {
  rows->assign(requests.size(), LedgerRow{});
  bool locks = false;
  for (const LedgerRequest& request : requests) {
    if (!request.lock) continue;
    locks = true;
    if (SinkStatus locked = transaction_.Lock(KeyOf(request.key)); !locked) return locked;
  }
  // What is read may be a reason to refuse and roll back, so that no COMMIT would tell that the
  // view is outdated.
  SinkStatus proved = locks ? transaction_.Prove() : transaction_.ProveLately();
  if (!proved) return proved;
  for (std::size_t i = 0; i < requests.size(); ++i) {
    const std::string key = KeyOf(requests[i].key);
    const std::optional<std::string> stored = transaction_.Find(key);
    if (!stored) continue;
    std::optional<LedgerRow> row = DecodeLedgerRow(*stored);
    if (!row) return Unreadable(requests[i].key.stream);
    (*rows)[i] = std::move(*row);
  }
  return {};
}

SinkStatus KafkaSession::WriteLedger(std::span<const LedgerWrite> writes, WallTime now,
                                     std::vector<std::uint32_t>* lost) {
  if (lost != nullptr) lost->clear();
  for (std::uint32_t i = 0; i < writes.size(); ++i) {
    const std::string key = KeyOf(writes[i].key);
    if (SinkStatus locked = transaction_.Lock(key); !locked) return locked;
    std::optional<Token> token;
    if (const std::optional<std::string> stored = transaction_.Find(key)) {
      const std::optional<LedgerRow> row = DecodeLedgerRow(*stored);
      if (!row) return Unreadable(writes[i].key.stream);
      token = row->token;
    }
    if (token == writes[i].expected) {
      transaction_.Put(key, EncodeLedgerRow(writes[i], now));
    } else if (lost != nullptr) {
      lost->push_back(i);
    } else {
      return SinkError{SinkErrorClass::kRestart, "a ledger record was changed meanwhile", ""};
    }
  }
  return {};
}

SinkStatus KafkaSession::ClaimIds(std::string_view stream, std::span<const IdClaim> claims,
                                  WallTime now, std::vector<IdOutcome>* outcomes) {
  return kafka::ClaimIds(stream, claims, now, &transaction_, outcomes);
}

SinkStatus KafkaSession::UpsertRows(const StreamTarget& target, std::span<const Event* const> rows,
                                    WallTime, RowsOutcome* outcome) {
  return WriteRows(settings_, target, rows, &transaction_, outcome);
}

bool KafkaSession::CanKeep(const DeadLetter& letter) const { return kafka::CanKeep(letter); }

SinkResult<std::uint64_t> KafkaSession::WriteDeadLetters(std::span<const DeadLetter> letters) {
  return kafka::WriteDeadLetters(letters, &transaction_);
}

SinkResult<std::vector<DeadLetter>> KafkaSession::LockDeadLetters(
    std::span<const std::string> ids) {
  return kafka::LockDeadLetters(ids, &transaction_);
}

SinkResult<std::uint64_t> KafkaSession::DeleteDeadLetters(std::span<const std::string> ids) {
  return kafka::DeleteDeadLetters(ids, &transaction_);
}

SinkResult<std::uint64_t> KafkaSession::ForgetDeadLetters(const DeadLetterOwners& owners) {
  return kafka::ForgetDeadLetters(owners, &transaction_);
}

SinkResult<std::vector<ListedProducer>> KafkaSession::ListProducers(const LedgerQuery& query) {
  if (const SinkStatus proved = transaction_.ProveLately(); !proved) return proved.error();
  const std::string stream = KeyPrefix(RecordKind::kProducer, query.stream);
  const std::string after = query.after.empty() ? "" : stream + std::string(query.after);
  std::vector<ListedProducer> producers;
  bool readable = true;
  const auto take = [&](std::string_view key, const std::string& value) {
    if (producers.size() == query.limit) return false;
    std::optional<LedgerRow> row = DecodeLedgerRow(value);
    readable = readable && row.has_value();
    if (!row) return false;
    producers.push_back({std::string(key.substr(stream.size())), std::move(*row)});
    return true;
  };
  transaction_.view().Scan(stream + std::string(query.prefix), after, take);
  if (!readable) return Unreadable(query.stream);
  return producers;
}

SinkResult<std::uint64_t> KafkaSession::Count(const std::string& prefix) {
  if (const SinkStatus proved = transaction_.ProveLately(); !proved) return proved.error();
  std::uint64_t count = 0;
  transaction_.view().Scan(prefix, "", [&](std::string_view, const std::string&) {
    ++count;
    return true;
  });
  return count;
}

SinkResult<std::uint64_t> KafkaSession::CountProducers(std::string_view stream) {
  return Count(KeyPrefix(RecordKind::kProducer, stream));
}

SinkResult<std::uint64_t> KafkaSession::CountIds(std::string_view stream) {
  return Count(KeyPrefix(RecordKind::kId, stream));
}

SinkResult<IdSweepResult> KafkaSession::SweepIds(const IdSweep& sweep) {
  IdSweepResult result;
  const SinkStatus done = transaction_.Run([&]() -> SinkStatus {
    SinkResult<IdSweepResult> swept = kafka::SweepIds(sweep, &transaction_);
    if (!swept) return swept.error();
    result = std::move(*swept);
    return {};
  });
  if (!done) return done.error();
  return result;
}

SinkResult<std::vector<DeadLetter>> KafkaSession::ListDeadLetters(const DeadLetterQuery& query) {
  if (const SinkStatus proved = transaction_.ProveLately(); !proved) return proved.error();
  return kafka::ListDeadLetters(query, transaction_.view());
}

SinkResult<std::uint64_t> KafkaSession::CountDeadLetters(std::string_view stream) {
  return Count(LetterPrefix(stream));
}

SinkStatus KafkaSession::Ping() {
  return transaction_.Run([]() -> SinkStatus { return {}; });
}

}  // namespace oncegate::kafka
