#include "server/ingest/producer_report.h"

#include "server/ingest/journal_book.h"

namespace oncegate {
namespace {

constexpr std::size_t kMissingMax = 100;

}  // namespace

ProducerReport MakeReport(const std::string& stream, const std::string& producer,
                          const LockedProducer& row) {
  ProducerReport report;
  report.stream = stream;
  report.producer = producer;
  report.epoch = row.state.epoch;
  report.window = DescribeWindow(row.state.window, kMissingMax);
  report.updated_at = row.updated_at;
  return report;
}

void AddAccepted(const LockedProducer& row, const std::optional<ProducerState>& accepted,
                 ProducerReport* report) {
  report->is_journaled = true;
  const bool adds = accepted && accepted->epoch == row.state.epoch;
  const Window& settled = row.state.window;
  report->accepted_through =
      DescribeWindow(adds ? UniteWindows(settled, accepted->window) : settled, 0)
          .contiguous_through;
}

LockedProducer OnlyAccepted(const ProducerState& accepted, WallTime now) {
  LockedProducer row;
  row.state.known = true;
  row.state.epoch = accepted.epoch;
  row.updated_at = now;
  return row;
}

}  // namespace oncegate
