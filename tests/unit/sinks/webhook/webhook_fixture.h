// WebhookTest: a webhook sink on a folder of its own, and a real receiver.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "sinks/registry.h"
#include "sinks/sink.h"
#include "tests/support/deadline.h"
#include "tests/support/webhook_receiver.h"
#include "tests/unit/sinks/conformance/records.h"
#include "tests/unit/sinks/sqlite/scratch_folder.h"

namespace oncegate::webhook {

using test::Eventually;
using test::WebhookAnswer;
using test::WebhookReceiver;
using test::WebhookRequest;
using OptionMap = std::map<std::string, std::string>;

inline constexpr char kSecret[] = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

SinkOptions OptionsFor(const std::filesystem::path& data_dir, OptionMap settings,
                       std::chrono::milliseconds request_timeout = std::chrono::seconds(8));

/// Event `sequence` of a producer; its value is the sequence.
conformance::Record Numbered(const std::string& producer, std::int64_t sequence);

class WebhookTest : public ::testing::Test {
 protected:
  const std::filesystem::path& folder() const { return folder_.path(); }
  WebhookReceiver& receiver() { return receiver_; }

  /// Makes the sink of the test; `url` is the receiver's unless it is given.
  void MakeSink(OptionMap settings = {});
  /// One that waits for the receiver for half a second only.
  void MakeHastySink(OptionMap settings = {});
  /// Ends the sink with its sessions, as the end of the process does.
  void EndSink();
  Sink& sink() { return *sink_; }
  /// The session of the test; connects where there is none that is usable.
  SinkSession& session();
  void DropSession() { session_.reset(); }
  /// Takes its files away, whoever has them open.
  void RemoveOutbox() const;

  /// One group: marks of the producers, and the events.
  CommitOutcome Commit(const std::vector<conformance::Record>& records) {
    return CommitOn(session(), records);
  }
  static CommitOutcome CommitOn(SinkSession& session,
                                const std::vector<conformance::Record>& records);
  /// Begin and Rollback succeed: nothing is left to deliver.
  bool Begins();
  DeliveryReport Report() const { return sink_->Delivery().value(); }

  std::vector<std::string> EffectKeys() const;
  /// The `seq` of every event that took effect, in order.
  std::vector<std::int64_t> EffectSequences() const;
  /// The same of every event in every request, whatever became of it.
  std::vector<std::int64_t> SentSequences() const;
  std::vector<DeadLetter> DeadLetters();

  static const StreamTarget& orders();

 private:
  sqlite::ScratchFolder folder_;
  WebhookReceiver receiver_;
  void Make(OptionMap settings, std::chrono::milliseconds request_timeout);

  std::unique_ptr<Sink> sink_;
  std::unique_ptr<SinkSession> session_;
};

}  // namespace oncegate::webhook
