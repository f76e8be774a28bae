#include "server/cli/send_progress.h"

#include <algorithm>
#include <cstdio>

namespace oncegate {
namespace {

constexpr std::size_t kBarCells = 30;
constexpr std::size_t kProblemsMax = 10;

std::uint64_t PerSecond(std::uint64_t count, std::chrono::milliseconds elapsed) {
  const auto milliseconds = static_cast<std::uint64_t>(std::max<std::int64_t>(elapsed.count(), 1));
  return count * 1000 / milliseconds;
}

std::string Bar(std::uint64_t done, std::uint64_t total) {
  const std::size_t filled =
      total == 0 ? kBarCells : std::min<std::size_t>(kBarCells, done * kBarCells / total);
  return "[" + std::string(filled, '#') + std::string(kBarCells - filled, '-') + "]";
}

std::string Percent(std::uint64_t done, std::uint64_t total) {
  const std::uint64_t percent = total == 0 ? 100 : std::min<std::uint64_t>(100, done * 100 / total);
  char text[8];
  std::snprintf(text, sizeof text, "%3u %%", static_cast<unsigned>(percent));
  return text;
}

}  // namespace

void SendTotals::AddSkipped(std::uint64_t records) {
  const std::lock_guard lock(mutex_);
  figures_.skipped += records;
}

void SendTotals::AddAnswer(const SendAnswer& answer, std::uint64_t first_record) {
  const std::lock_guard lock(mutex_);
  ++figures_.requests;
  for (const auto& [verdict, count] : answer.counts) {
    if (verdict != "retry") figures_.verdicts[verdict] += count;
  }
  if (answer.decision == SendDecision::kRetry) return;
  for (const SendProblem& problem : answer.problems) {
    if (figures_.problems.size() == kProblemsMax) return;
    figures_.problems.push_back("record " + std::to_string(first_record + problem.index) + ": " +
                                problem.text);
  }
}

void SendTotals::AddRetry(const std::string& trouble) {
  const std::lock_guard lock(mutex_);
  ++figures_.retries;
  figures_.last_trouble = trouble;
}

void SendTotals::AddBatch(std::uint64_t records, std::uint64_t settled) {
  const std::lock_guard lock(mutex_);
  figures_.records += records;
  figures_.settled += settled;
  figures_.unsettled += records - settled;
  if (settled == records) figures_.last_trouble.clear();
}

void SendTotals::AddProblem(std::string text) {
  const std::lock_guard lock(mutex_);
  if (figures_.problems.size() < kProblemsMax) figures_.problems.push_back(std::move(text));
}

SendFigures SendTotals::Read() const {
  const std::lock_guard lock(mutex_);
  return figures_;
}

std::string WithSeparators(std::uint64_t number) {
  std::string text = std::to_string(number);
  for (std::size_t at = text.size(); at > 3; at -= 3) text.insert(at - 3, ",");
  return text;
}

std::string ProgressLine(const SendFigures& figures, std::optional<std::uint64_t> total,
                         std::chrono::milliseconds elapsed) {
  const std::uint64_t done = figures.records + figures.skipped;
  std::string line;
  if (total) line = Bar(done, *total) + " " + Percent(done, *total) + "  ";
  line += WithSeparators(done);
  if (total) line += "/" + WithSeparators(*total);
  line += " records  " + WithSeparators(PerSecond(figures.records, elapsed)) + "/s";
  if (figures.retries > 0) line += "  " + WithSeparators(figures.retries) + " retries";
  if (!figures.last_trouble.empty()) line += "  (" + figures.last_trouble + ")";
  return line;
}

std::string SummaryText(const SendFigures& figures, std::chrono::milliseconds elapsed) {
  char seconds[32];
  std::snprintf(seconds, sizeof seconds, "%.1f", static_cast<double>(elapsed.count()) / 1000);
  std::string text = "records   " + WithSeparators(figures.records + figures.skipped) + " in " +
                     seconds + " s, " + WithSeparators(PerSecond(figures.records, elapsed)) +
                     "/s\n";
  text += "settled   " + WithSeparators(figures.settled) + "\n";
  if (figures.skipped > 0) {
    text += "skipped   " + WithSeparators(figures.skipped) + " settled before\n";
  }
  text += "unsettled " + WithSeparators(figures.unsettled) + "\n";
  text += "requests  " + WithSeparators(figures.requests) + " answered, " +
          WithSeparators(figures.retries) + " sent again\n";
  text += "answers   ";
  std::string separator;
  for (const auto& [verdict, count] : figures.verdicts) {
    text += separator + verdict + " " + WithSeparators(count);
    separator = ", ";
  }
  text += figures.verdicts.empty() ? "none\n" : "\n";
  for (const std::string& problem : figures.problems) text += "  " + problem + "\n";
  return text;
}

}  // namespace oncegate
