// Totals of a `send` run, and how they are shown while it runs.
//
// SendTotals: thread-safe.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "server/cli/send_answer.h"

namespace oncegate {

struct SendFigures {
  std::uint64_t records = 0;  // Finished: settled, refused or given up.
  std::uint64_t settled = 0;
  std::uint64_t skipped = 0;  // Settled by an earlier run.
  std::uint64_t unsettled = 0;
  std::uint64_t requests = 0;
  std::uint64_t retries = 0;
  std::map<std::string, std::uint64_t> verdicts;  // Over all answers, without "retry".
  std::vector<std::string> problems;              // The first few.
  std::string last_trouble;                       // Why the last retry was needed; empty: none.
};

class SendTotals {
 public:
  void AddSkipped(std::uint64_t records);
  void AddAnswer(const SendAnswer& answer, std::uint64_t first_record);
  void AddRetry(const std::string& trouble);
  /// The batch is finished: `settled` of its `records` are settled.
  void AddBatch(std::uint64_t records, std::uint64_t settled);
  void AddProblem(std::string text);
  SendFigures Read() const;

 private:
  mutable std::mutex mutex_;
  SendFigures figures_;  // Guarded by mutex_.
};

/// `[#####-----]  50 %  500/1,000 records  45,000/s`, without a newline. `total` absent: no bar.
std::string ProgressLine(const SendFigures& figures, std::optional<std::uint64_t> total,
                         std::chrono::milliseconds elapsed);

/// What the run came to, several lines.
std::string SummaryText(const SendFigures& figures, std::chrono::milliseconds elapsed);

/// 1234567 -> "1,234,567".
std::string WithSeparators(std::uint64_t number);

}  // namespace oncegate
