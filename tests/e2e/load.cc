#include "tests/e2e/load.h"

#include <algorithm>
#include <chrono>
#include <random>

#include "tests/e2e/answer.h"
#include "tests/e2e/service_test.h"
#include "tests/support/deadline.h"
#include "tests/support/http_client.h"

namespace oncegate::e2e {
namespace {

/// Of each producer, where its events share rows.
constexpr int kSharedRows = 7;

}  // namespace

Load::Load(LoadShape shape, PortSource port)
    : shape_(std::move(shape)),
      port_(std::move(port)),
      book_(shape_.book.empty() ? nullptr : std::make_unique<AnswerBook>(shape_.book)) {
  for (int producer = 0; producer < shape_.producers; ++producer) {
    for (int first = 0; first < shape_.events_per_producer; first += shape_.batch_records) {
      for (int copy = 0; copy < shape_.copies; ++copy) todo_.push_back({producer, first});
    }
  }
  std::mt19937_64 random(shape_.seed);
  std::shuffle(todo_.begin(), todo_.end(), random);
}

Load::~Load() { Stop(); }

void Load::Start() {
  running_ = shape_.clients;
  for (int client = 0; client < shape_.clients; ++client) {
    threads_.emplace_back([this, client] {
      Run(client);
      --running_;
    });
  }
}

void Load::Stop() {
  stop_ = true;
  Finish();
}

void Load::Finish() {
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

void Load::Run(int client) {
  while (!stop_) {
    Batch batch;
    {
      std::lock_guard lock(mutex_);
      if (todo_.empty()) return;
      batch = todo_.back();
      todo_.pop_back();
    }
    while (!Send(client, batch)) {
      if (!stop_) continue;
      std::lock_guard lock(mutex_);
      todo_.push_back(batch);
      return;
    }
  }
}

std::string Load::NameOf(const LoadEvent& event) const {
  return shape_.prefix + std::to_string(event.producer) + "/0/" + std::to_string(event.sequence);
}

std::string Load::RowOf(const LoadEvent& event) const {
  switch (shape_.content) {
    case LoadContent::kOwnKeys:
    case LoadContent::kIds:
      return NameOf(event);
    case LoadContent::kSharedKeys:
    case LoadContent::kVersions:
      return shape_.prefix + std::to_string(event.producer) + "-" +
             std::to_string(event.sequence % kSharedRows);
  }
  return "";
}

std::string Load::RecordOf(const LoadEvent& event) const {
  const std::string number = std::to_string(event.sequence);
  const std::string value = "{\"n\":" + number + "}";
  const std::string producer = shape_.prefix + std::to_string(event.producer);
  switch (shape_.content) {
    case LoadContent::kOwnKeys:
      return Record(producer, event.sequence, value);
    case LoadContent::kSharedKeys:
      return Record(producer, event.sequence, value, "\"key\":\"" + RowOf(event) + "\"");
    case LoadContent::kIds:
      return "{\"id\":\"" + NameOf(event) + "\",\"value\":" + value + "}";
    case LoadContent::kVersions:
      return "{\"key\":\"" + RowOf(event) + "\",\"version\":" + number + ",\"value\":" + value +
             "}";
  }
  return "";
}

std::string Load::BodyOf(const Batch& batch) const {
  std::vector<std::string> records;
  for (int i = 0; i < shape_.batch_records; ++i) {
    records.push_back(RecordOf({batch.producer, batch.first + i}));
  }
  return Lines(records);
}

/// What was accepted has to come to the sink, too. An event may only be overtaken where another one
/// writes the same row.
bool Load::IsSettled(const std::string& verdict) const {
  const bool shares_rows =
      shape_.content == LoadContent::kSharedKeys || shape_.content == LoadContent::kVersions;
  return verdict == "applied" || verdict == "duplicate" || verdict == "accepted" ||
         (shares_rows && verdict == "superseded");
}

bool Load::Send(int client, const Batch& batch) {
  const std::uint16_t port = port_(client);
  std::optional<testing::HttpReply> reply;
  if (port != 0) {
    reply = testing::Call(port, {"POST",
                                 "/v1/streams/" + shape_.stream + "/events?results=all",
                                 {{"Content-Type", "application/x-ndjson"}},
                                 BodyOf(batch)});
  }
  if (!reply) {
    std::this_thread::sleep_for(test::kPollInterval);  // The service is being restarted.
    return false;
  }
  ++answered_;
  const std::vector<std::string> verdicts = ReadAnswer(reply).Verdicts();
  if (verdicts.empty()) {
    // Refused as a whole: overload, or draining.
    std::lock_guard lock(mutex_);
    if (reply->status != 429 && reply->status != 503) surprises_.push_back(reply->body);
    return false;
  }
  Note(batch, verdicts);
  return std::all_of(verdicts.begin(), verdicts.end(),
                     [this](const std::string& verdict) { return IsSettled(verdict); });
}

void Load::Note(const Batch& batch, const std::vector<std::string>& verdicts) {
  std::vector<std::string> settled;
  std::vector<std::string> surprises;
  std::vector<std::string> applied;
  for (std::size_t i = 0; i < verdicts.size(); ++i) {
    const std::string name = NameOf({batch.producer, batch.first + static_cast<int>(i)});
    if (IsSettled(verdicts[i])) settled.push_back(name);
    if (!IsSettled(verdicts[i]) && verdicts[i] != "retry") {
      surprises.push_back(name + ": " + verdicts[i]);
    }
    if (verdicts[i] == "applied") applied.push_back(name);
  }
  if (book_) book_->Note(settled);
  std::lock_guard lock(mutex_);
  settled_.insert(settled.begin(), settled.end());
  surprises_.insert(surprises_.end(), surprises.begin(), surprises.end());
  for (const std::string& name : applied) ++applied_[name];
}

std::set<std::string> Load::SettledKeys() const {
  std::lock_guard lock(mutex_);
  return settled_;
}

std::map<std::string, int> Load::AppliedAnswers() const {
  std::lock_guard lock(mutex_);
  return applied_;
}

std::vector<std::string> Load::Surprises() const {
  std::lock_guard lock(mutex_);
  return surprises_;
}

std::vector<LoadEvent> Load::AllEvents() const {
  std::vector<LoadEvent> events;
  for (int producer = 0; producer < shape_.producers; ++producer) {
    for (int i = 0; i < shape_.events_per_producer; ++i) events.push_back({producer, i});
  }
  return events;
}

std::set<std::string> Load::AllKeys() const {
  std::set<std::string> names;
  for (const LoadEvent& event : AllEvents()) names.insert(NameOf(event));
  return names;
}

}  // namespace oncegate::e2e
