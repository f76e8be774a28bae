#include "server/ingest/batch.h"

#include <utility>

#include "dedupe/types/check.h"
#include "server/ingest/worst_result.h"

namespace oncegate {
namespace {

// What an admitted record costs besides its text: Event, EventResult and the lane's bookkeeping.
constexpr std::size_t kRecordOverheadBytes = 512;

}  // namespace

std::size_t Batch::Bytes() const {
  std::size_t bytes = body.size() + results.size() * kRecordOverheadBytes;
  for (const std::string& text : arena) bytes += text.size();
  return bytes;
}

void Batch::ExpectParts(std::uint32_t parts, std::uint32_t sinks) {
  CHECK(parts >= sinks && sinks > 0 && parts_left_ == 0);
  parts_left_ = parts;
  sinks_ = sinks;
  partial_.clear();
  if (sinks > 1) partial_.resize(results.size());
}

void Batch::FinishPart(std::span<IndexedResult> part) {
  std::unique_lock lock(mutex_);
  CHECK(parts_left_ > 0);
  --parts_left_;
  if (complete_) return;
  for (IndexedResult& item : part) Take(std::move(item));
  if (parts_left_ == 0) Complete(std::move(lock));
}

void Batch::Take(IndexedResult item) {
  if (sinks_ == 1) {
    results[item.index] = std::move(item.result);
    return;
  }
  PartialAnswer& answer = partial_[item.index];
  CHECK(answer.sinks < sinks_);
  answer.worst = answer.sinks == 0 ? std::move(item.result)
                                   : WorseOf(std::move(answer.worst), std::move(item.result));
  if (++answer.sinks == sinks_) results[item.index] = std::move(answer.worst);
}

void Batch::Expire(Code code) {
  std::unique_lock lock(mutex_);
  if (complete_) return;
  for (EventResult& result : results) {
    if (result.verdict == Verdict::kRetry) result.code = code;
  }
  Complete(std::move(lock));
}

void Batch::Complete(std::unique_lock<std::mutex> lock) {
  complete_ = true;
  std::vector<EventResult> answer = std::move(results);
  Completion completion = std::move(on_complete);
  on_complete = nullptr;
  lock.unlock();
  completion(std::move(answer));
}

}  // namespace oncegate
