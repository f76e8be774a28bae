// Transaction: what one session reads, locks and changes in the ledger, and the messages that are
// committed with it.
//
// Used by one thread at a time.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sinks/kafka/ownership.h"
#include "sinks/kafka/producer.h"
#include "sinks/kafka/settings.h"
#include "sinks/sink.h"

namespace oncegate::kafka {

class Transaction {
 public:
  Transaction(const KafkaSettings& settings, std::shared_ptr<Ownership> ownership,
              std::unique_ptr<Producer> producer);
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  ~Transaction();

  LedgerView& view() { return ownership_->view(); }
  Producer& producer() { return *producer_; }

  SinkStatus Begin();
  bool IsOpen() const { return open_; }
  /// Keeps the key from all other sessions until the end; kRestart if one of them has it for long.
  SinkStatus Lock(const std::string& key);
  /// What the transaction itself wrote, else what is committed.
  std::optional<std::string> Find(std::string_view key) const;
  /// Precondition: the key is locked.
  void Put(const std::string& key, std::optional<std::string> value);
  /// kStream: the topic can not be written.
  SinkStatus Send(const Message& message);
  SinkStatus Flush();
  /// A transaction that changed nothing commits a proof, so that what it read was true.
  CommitOutcome Commit();
  void Rollback();
  bool IsUsable() const { return is_usable_ && !ownership_->HasEnded(); }

  /// Commits a proof, for what is read without a Commit behind it. Precondition: nothing was sent.
  SinkStatus Prove();
  /// The same, unless one was committed by anybody a moment ago.
  SinkStatus ProveLately();
  /// Begin, `work`, Commit; everything that fails is an error.
  template <typename Work>
  SinkStatus Run(Work work);

 private:
  SinkStatus SendChanges();
  CommitOutcome FinishCommit();
  void Close();
  /// The producer is of no use any more.
  void GiveUp();

  const KafkaSettings& settings_;
  const std::shared_ptr<Ownership> ownership_;
  std::unique_ptr<Producer> producer_;
  bool open_ = false;
  bool failed_ = false;
  bool is_usable_ = true;
  LedgerChanges changes_;
  std::vector<std::string> locked_;
};

SinkError NotCommitted(CommitOutcome outcome);

template <typename Work>
SinkStatus Transaction::Run(Work work) {
  if (SinkStatus begun = Begin(); !begun) return begun;
  if (SinkStatus worked = work(); !worked) {
    Rollback();
    return worked;
  }
  if (const CommitOutcome outcome = Commit(); outcome != CommitOutcome::kCommitted) {
    return NotCommitted(outcome);
  }
  return {};
}

}  // namespace oncegate::kafka
