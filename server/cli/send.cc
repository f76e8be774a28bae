#include "server/cli/send.h"

#include <unistd.h>

#include <condition_variable>
#include <numeric>
#include <thread>

#include "server/cli/sender.h"

namespace oncegate {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kRedraw{100};
constexpr std::chrono::milliseconds kLineInterval{2'000};  // Where the output is no terminal.

std::chrono::milliseconds Since(SteadyClock::time_point begin) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(SteadyClock::now() - begin);
}

/// Shows totals on a thread of its own from construction to destruction.
class ProgressDisplay {
 public:
  ProgressDisplay(ProgressMode mode, std::optional<std::uint64_t> total, const SendTotals* totals,
                  std::ostream* stream)
      : is_terminal_(isatty(STDERR_FILENO) == 1),
        total_(total),
        totals_(totals),
        stream_(stream),
        begin_(SteadyClock::now()) {
    if (mode == ProgressMode::kNever || (mode == ProgressMode::kAuto && !is_terminal_)) return;
    thread_ = std::jthread([this](const std::stop_token& stop) { Run(stop); });
  }

 private:
  void Run(const std::stop_token& stop) {
    std::mutex mutex;
    std::condition_variable_any wake;
    std::unique_lock lock(mutex);
    while (!stop.stop_requested()) {
      wake.wait_for(lock, stop, is_terminal_ ? kRedraw : kLineInterval, [] { return false; });
      Draw();
    }
    if (is_terminal_) *stream_ << std::endl;
  }
  void Draw() {
    const std::string line = ProgressLine(totals_->Read(), total_, Since(begin_));
    // On a terminal the line is drawn over itself; ESC [ K clears what a longer one left.
    if (is_terminal_) {
      *stream_ << '\r' << line << "\x1b[K" << std::flush;
    } else {
      *stream_ << line << std::endl;
    }
  }

  const bool is_terminal_;
  const std::optional<std::uint64_t> total_;
  const SendTotals* const totals_;
  std::ostream* const stream_;
  const SteadyClock::time_point begin_;
  std::jthread thread_;
};

/// One producer of the run: who it is and what it sends.
struct ProducerPlan {
  SendTarget target;
  std::unique_ptr<BatchSource> source;
};

struct SendPlan {
  std::vector<ProducerPlan> producers;
  std::optional<std::uint64_t> total_records;  // All copies; absent for standard input.
};

/// Asks where the producer is and adopts its epoch; returns the sequence to go on from.
Result<std::int64_t> Resume(const SendCommand& command, SendTarget* target,
                            std::uint64_t first_record, SendTotals* totals) {
  const std::int64_t begin = target->first_sequence + static_cast<std::int64_t>(first_record);
  if (target->producer.empty()) return begin;
  const auto point = AskResumePoint(*target, first_record, totals);
  if (point.has_error()) return point.error();
  if (!target->epoch && point->known) target->epoch = point->epoch;
  // Another epoch's progress says nothing of this one's.
  const bool same_epoch = point->known && target->epoch == point->epoch;
  return command.resume && same_epoch ? point->next_sequence : begin;
}

std::uint64_t CountRecords(const std::vector<BatchSlice>& slices) {
  return std::accumulate(
      slices.begin(), slices.end(), std::uint64_t{0},
      [](std::uint64_t sum, const BatchSlice& slice) { return sum + slice.records; });
}

/// Leaves out the batches that lie wholly below the sequence to go on from.
std::vector<BatchSlice> Remaining(const std::vector<BatchSlice>& slices, const SendTarget& target,
                                  std::int64_t next_sequence) {
  std::vector<BatchSlice> remaining;
  for (const BatchSlice& slice : slices) {
    const auto end = static_cast<std::int64_t>(slice.first_record + slice.records);
    if (target.first_sequence + end > next_sequence) remaining.push_back(slice);
  }
  return remaining;
}

SendTarget MakeTarget(const SendCommand& command, const ServerAddress& address,
                      std::string producer) {
  return {address,        command.stream,         std::move(producer),
          command.epoch,  command.first_sequence, command.retry_for,
          command.timeout};
}

Result<SendPlan> PlanFile(const SendCommand& command, const ServerAddress& address,
                          SendTotals* totals) {
  auto file = RecordFile::Open(command.file);
  if (file.has_error()) return file.error();
  const auto sliced = (*file)->Slice(command.batch_records, command.producers);
  if (sliced.has_error()) return sliced.error();
  const auto& parts = *sliced;
  SendPlan plan;
  plan.total_records = 0;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (parts[i].empty()) continue;
    *plan.total_records += CountRecords(parts[i]) * command.copies;
    const std::string suffix = command.producers > 1 ? "-" + std::to_string(i + 1) : "";
    SendTarget target = MakeTarget(command, address, command.producer + suffix);
    const auto next = Resume(command, &target, parts[i].front().first_record, totals);
    if (next.has_error()) return next.error();
    const auto remaining = Remaining(parts[i], target, *next);
    totals->AddSkipped((CountRecords(parts[i]) - CountRecords(remaining)) * command.copies);
    plan.producers.push_back(
        {std::move(target),
         MakeFileSource(*file, Rehearse(remaining, {command.copies, command.shuffle}))});
  }
  return plan;
}

Result<SendPlan> PlanStream(const SendCommand& command, const ServerAddress& address,
                            std::istream* input, SendTotals* totals) {
  SendTarget target = MakeTarget(command, address, command.producer);
  const auto next = Resume(command, &target, 0, totals);
  if (next.has_error()) return next.error();
  const auto skip = static_cast<std::uint64_t>(*next - command.first_sequence);
  SendPlan plan;
  plan.producers.push_back(
      {std::move(target), MakeStreamSource(input, command.batch_records, skip)});
  return plan;
}

std::string UsageFault(const SendCommand& command) {
  const bool from_input = command.file == "-";
  const bool needs_file = command.producers > 1 || command.copies > 1 || command.shuffle;
  if (from_input && needs_file) {
    return "--producers, --copies and --shuffle need a file, not standard input";
  }
  if (command.producers > 1 && command.producer.empty()) return "--producers needs --producer NAME";
  return "";
}

void RunPlan(const SendCommand& command, SendPlan* plan, SendTotals* totals) {
  std::atomic<bool> stop = false;
  std::vector<std::unique_ptr<Sender>> senders;
  std::vector<std::jthread> threads;
  for (ProducerPlan& producer : plan->producers) {
    senders.push_back(std::make_unique<Sender>(std::move(producer.target),
                                               std::move(producer.source), totals, &stop));
    for (std::uint32_t i = 0; i < command.connections; ++i) {
      threads.emplace_back([sender = senders.back().get()] { sender->Work(); });
    }
  }
  threads.clear();
}

}  // namespace

int RunSend(const SendCommand& command, const ProgramStreams& streams) {
  const auto address = ParseServerUrl(command.url);
  const std::string fault = address.has_error() ? address.error().message : UsageFault(command);
  if (!fault.empty()) {
    *streams.error << "oncegate send: " << fault << std::endl;
    return kExitUsage;
  }
  const auto begin = SteadyClock::now();
  SendTotals totals;
  auto plan = command.file == "-" ? PlanStream(command, *address, streams.input, &totals)
                                  : PlanFile(command, *address, &totals);
  if (plan.has_error()) {
    *streams.error << "oncegate send: " << plan.error().message << std::endl;
    return kExitFailed;
  }
  {
    const ProgressDisplay display(command.progress, plan->total_records, &totals, streams.error);
    RunPlan(command, &*plan, &totals);
  }
  const SendFigures figures = totals.Read();
  *streams.output << SummaryText(figures, Since(begin)) << std::flush;
  const bool incomplete =
      plan->total_records && figures.settled + figures.skipped != *plan->total_records;
  return figures.unsettled == 0 && figures.problems.empty() && !incomplete ? kExitDone
                                                                           : kExitFailed;
}

}  // namespace oncegate
