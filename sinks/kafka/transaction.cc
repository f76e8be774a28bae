#include "sinks/kafka/transaction.h"

#include <utility>

namespace oncegate::kafka {
namespace {

// How old a proof may be for a look at the ledger that nothing is decided by.
constexpr std::chrono::milliseconds kProofAgeMax{1'000};

}  // namespace

SinkError NotCommitted(CommitOutcome outcome) {
  if (outcome == CommitOutcome::kAborted) {
    return {SinkErrorClass::kRestart, "the transaction was taken back", ""};
  }
  return {SinkErrorClass::kConnection, "nobody knows whether the transaction was committed", ""};
}

Transaction::Transaction(const KafkaSettings& settings, std::shared_ptr<Ownership> ownership,
                         std::unique_ptr<Producer> producer)
    : settings_(settings), ownership_(std::move(ownership)), producer_(std::move(producer)) {}

Transaction::~Transaction() {
  Rollback();
  if (IsUsable()) ownership_->GiveBack(std::move(producer_));
}

SinkStatus Transaction::Begin() {
  if (!IsUsable()) {
    return SinkError{SinkErrorClass::kConnection, "this session is over; connect again", ""};
  }
  open_ = true;
  failed_ = false;
  return {};
}

SinkStatus Transaction::Lock(const std::string& key) {
  const auto deadline = std::chrono::steady_clock::now() + settings_.transaction_timeout / 2;
  if (!view().Lock(key, this, deadline)) {
    failed_ = true;
    return SinkError{SinkErrorClass::kRestart, "another session keeps a record of the ledger", ""};
  }
  locked_.push_back(key);
  return {};
}

std::optional<std::string> Transaction::Find(std::string_view key) const {
  if (const auto own = changes_.find(key); own != changes_.end()) return own->second;
  return ownership_->view().Find(key);
}

void Transaction::Put(const std::string& key, std::optional<std::string> value) {
  changes_.insert_or_assign(key, std::move(value));
}

SinkStatus Transaction::Send(const Message& message) {
  SinkStatus sent = producer_->Begin();
  if (sent) sent = producer_->Send(message);
  if (!sent) failed_ = true;
  return sent;
}

SinkStatus Transaction::Flush() {
  SinkStatus flushed = producer_->Flush();
  if (!flushed) failed_ = true;
  return flushed;
}

SinkStatus Transaction::SendChanges() {
  if (SinkStatus begun = producer_->Begin(); !begun) return begun;
  if (changes_.empty()) changes_ = NewProof("session");
  SinkStatus sent = SendRecords(producer_.get(), settings_.ledger_topic, changes_);
  if (!sent) return sent;
  return producer_->Flush();
}

CommitOutcome Transaction::Commit() {
  // Once the ownership has ended the view may be wrong, so what was decided by it is void.
  if (!open_ || failed_ || !IsUsable() || !SendChanges()) {
    Rollback();
    return CommitOutcome::kAborted;
  }
  return FinishCommit();
}

CommitOutcome Transaction::FinishCommit() {
  const auto asked_at = std::chrono::steady_clock::now();
  const CommitOutcome outcome = producer_->Commit();
  if (outcome == CommitOutcome::kCommitted) {
    view().Apply(changes_);
    ownership_->NoteProof(asked_at);
  } else {
    // Before anybody gets the locks: the view lacks what may have been committed.
    GiveUp();
  }
  Close();
  return outcome;
}

void Transaction::Rollback() {
  if (!producer_->Abort()) GiveUp();
  if (producer_->was_fenced() || producer_->was_forgotten()) GiveUp();
  Close();
}

void Transaction::Close() {
  view().Unlock(locked_);
  locked_.clear();
  changes_.clear();
  open_ = false;
}

void Transaction::GiveUp() {
  is_usable_ = false;
  ownership_->End();
}

SinkStatus Transaction::Prove() {
  if (!IsUsable()) {
    return SinkError{SinkErrorClass::kConnection, "this session is over; connect again", ""};
  }
  if (producer_->IsOpen()) return {};  // Its own COMMIT has to prove it.
  LedgerChanges pending = std::exchange(changes_, {});
  SinkStatus sent = SendChanges();
  changes_ = std::move(pending);
  if (!sent) {
    Rollback();
    return sent;
  }
  const auto asked_at = std::chrono::steady_clock::now();
  if (producer_->Commit() != CommitOutcome::kCommitted) {
    GiveUp();
    return NotCommitted(CommitOutcome::kInDoubt);
  }
  ownership_->NoteProof(asked_at);
  return {};
}

SinkStatus Transaction::ProveLately() {
  if (IsUsable() && ownership_->WasProvedWithin(kProofAgeMax)) return {};
  return Prove();
}

}  // namespace oncegate::kafka
