#include "tests/e2e/load.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <random>

#include "tests/e2e/answer.h"
#include "tests/e2e/service_test.h"
#include "tests/support/deadline.h"
#include "tests/support/http_client.h"

namespace oncegate::e2e {
namespace {

bool IsSettled(const std::string& verdict) {
  return verdict == "applied" || verdict == "duplicate";
}

}  // namespace

Load::Load(LoadShape shape, PortSource port) : shape_(std::move(shape)), port_(std::move(port)) {
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
  for (int client = 0; client < shape_.clients; ++client) {
    threads_.emplace_back([this, client] { Run(client); });
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

std::string Load::KeyOf(const Batch& batch, int record) const {
  return "p" + std::to_string(batch.producer) + "/0/" + std::to_string(batch.first + record);
}

std::string Load::BodyOf(const Batch& batch) const {
  std::vector<std::string> records;
  for (int i = 0; i < shape_.batch_records; ++i) {
    const int sequence = batch.first + i;
    records.push_back(Record("p" + std::to_string(batch.producer), sequence,
                             "{\"n\":" + std::to_string(sequence) + "}"));
  }
  return Lines(records);
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
  return std::all_of(verdicts.begin(), verdicts.end(), IsSettled);
}

void Load::Note(const Batch& batch, const std::vector<std::string>& verdicts) {
  std::lock_guard lock(mutex_);
  for (std::size_t i = 0; i < verdicts.size(); ++i) {
    const std::string key = KeyOf(batch, static_cast<int>(i));
    if (IsSettled(verdicts[i])) {
      settled_.insert(key);
    } else if (verdicts[i] != "retry") {
      surprises_.push_back(key + ": " + verdicts[i]);
    }
    if (verdicts[i] == "applied") ++applied_[key];
  }
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

std::set<std::string> Load::AllKeys() const {
  std::set<std::string> keys;
  for (int producer = 0; producer < shape_.producers; ++producer) {
    for (int i = 0; i < shape_.events_per_producer; ++i) keys.insert(KeyOf({producer, i}, 0));
  }
  return keys;
}

void ExpectEveryEventOnce(const Load& load, SinkSite* sink, const std::string& table) {
  EXPECT_THAT(load.Surprises(), ::testing::IsEmpty());
  EXPECT_EQ(load.SettledKeys(), load.AllKeys());
  std::set<std::string> written;
  for (const auto& [key, writes] : sink->AuditedWrites(table)) {
    EXPECT_EQ(writes, 1) << key << " was written more than once";
    written.insert(key);
  }
  EXPECT_EQ(written, load.AllKeys());
  std::set<std::string> rows;
  for (const DocumentRow& row : sink->Rows(table, "p")) rows.insert(row.key);
  EXPECT_EQ(rows, load.AllKeys());
  for (const auto& [key, answers] : load.AppliedAnswers()) {
    EXPECT_LE(answers, 1) << key << " was answered as applied more than once";
  }
}

}  // namespace oncegate::e2e
