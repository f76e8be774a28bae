// Sender: sends the batches of one producer, each until it is settled or given up.
//
// Thread-safe: several threads may run Work on one Sender, each with a connection of its own.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "server/cli/batch_source.h"
#include "server/cli/http_client.h"
#include "server/cli/send_answer.h"
#include "server/cli/send_progress.h"

namespace oncegate {

struct SendTarget {
  ServerAddress address;
  std::string stream;
  std::string producer;  // Empty: no producer headers.
  std::optional<std::int64_t> epoch;
  std::int64_t first_sequence = 0;  // Of record 0 of the input.
  std::chrono::milliseconds retry_for{};
  std::chrono::milliseconds timeout{};
};

/// Where the producer stands. Retries like a batch; 404 is "unknown", i.e. from the beginning.
/// `record` is the first record that this producer sends.
Result<ResumePoint> AskResumePoint(const SendTarget& target, std::uint64_t record,
                                   SendTotals* totals);

class Sender {
 public:
  /// `stop` is set by whoever finds out that nothing more will be taken, and obeyed by all.
  Sender(SendTarget target, std::unique_ptr<BatchSource> source, SendTotals* totals,
         std::atomic<bool>* stop);

  /// Until the source is empty or `stop` is set.
  void Work();

 private:
  void SendBatchUntilFinal(const SendBatch& batch, HttpClient* client);
  HttpCall ToCall(const SendBatch& batch) const;

  const SendTarget target_;
  const std::unique_ptr<BatchSource> source_;
  SendTotals* const totals_;
  std::atomic<bool>* const stop_;
};

}  // namespace oncegate
