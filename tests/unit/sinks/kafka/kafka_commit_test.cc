// On a real broker: events and marks become visible together, or not at all.
#include "sinks/kafka/settings.h"
#include "tests/unit/sinks/kafka/kafka_fixture.h"

namespace oncegate::kafka_test {
namespace {

using conformance::Delete;
using conformance::From;
using conformance::TokenOf;
using conformance::Upsert;
using Strings = std::vector<std::string>;

class KafkaCommit : public KafkaSinkTest {};

TEST_F(KafkaCommit, EventsAndMarksAreCommittedTogether) {
  const auto sink = NewSink();
  const auto session = Connect(*sink);
  const StreamTarget clicks = Append("clicks");
  ASSERT_TRUE(session->EnsureStream(clicks).has_value());
  ASSERT_TRUE(session->Begin().has_value());
  ASSERT_TRUE(WriteMark(*session, clicks, std::nullopt, TokenOf(1)).has_value());
  ASSERT_TRUE(WriteRows(*session, clicks, {Upsert("a", "1"), Upsert("b", "2")}).has_value());
  EXPECT_EQ(Values(clicks), Strings{}) << "nothing can be read before COMMIT";
  EXPECT_EQ(session->Commit(), CommitOutcome::kCommitted);
  EXPECT_EQ(Values(clicks), (Strings{"1", "2"}));
  EXPECT_EQ(ReadMark(*session, clicks).token, TokenOf(1));

  const auto other = NewSink();
  EXPECT_EQ(ReadMark(*Connect(*other), clicks).token, TokenOf(1));
}

TEST_F(KafkaCommit, WhatIsRolledBackIsNeverRead) {
  const auto sink = NewSink();
  const auto session = Connect(*sink);
  const StreamTarget clicks = Append("clicks");
  ASSERT_TRUE(session->EnsureStream(clicks).has_value());
  ASSERT_TRUE(session->Begin().has_value());
  ASSERT_TRUE(WriteMark(*session, clicks, std::nullopt, TokenOf(1)).has_value());
  ASSERT_TRUE(WriteRows(*session, clicks, {Upsert("a", "1")}).has_value());
  session->Rollback();
  EXPECT_FALSE(ReadMark(*session, clicks).found);
  ASSERT_TRUE(session->Begin().has_value());
  ASSERT_TRUE(WriteRows(*session, clicks, {Upsert("a", "2")}).has_value());
  ASSERT_EQ(session->Commit(), CommitOutcome::kCommitted);
  EXPECT_EQ(Values(clicks), Strings{"2"});
  EXPECT_EQ(Read(clicks, test::Isolation::kReadUncommitted).size(), 2U);
}

TEST_F(KafkaCommit, EventsWhoseMarksCanNotBeWrittenAreNeverRead) {
  const auto sink = NewSink();
  const auto session = Connect(*sink);
  const StreamTarget clicks = Append("clicks");
  ASSERT_TRUE(session->EnsureStream(clicks).has_value());
  const std::string state(kafka::kLedgerRecordBytesMax, 's');
  const LedgerWrite mark{{clicks.stream, "p"}, std::nullopt, TokenOf(1), Epoch{0}, state};
  ASSERT_TRUE(session->Begin().has_value());
  ASSERT_TRUE(session->WriteLedger({&mark, 1}, kNow, nullptr).has_value());
  ASSERT_TRUE(WriteRows(*session, clicks, {Upsert("a", "1")}).has_value());
  EXPECT_EQ(session->Commit(), CommitOutcome::kAborted);
  EXPECT_FALSE(ReadMark(*session, clicks).found);
  EXPECT_EQ(Values(clicks), Strings{});
}

TEST_F(KafkaCommit, AMessageCarriesKeyValueAndIdentity) {
  const auto sink = NewSink();
  const auto session = Connect(*sink);
  const StreamTarget clicks = Append("clicks");
  ASSERT_TRUE(session->EnsureStream(clicks).has_value());
  conformance::Record click = From(Upsert("k", "{\"a\": 1}"), "till-1", 3, 17);
  click.version = Version{0, 12};
  conformance::Record keyless = From(Upsert("default", "2"), "till-1", 3, 18);
  keyless.key_is_default = true;
  ASSERT_TRUE(session->Begin().has_value());
  ASSERT_TRUE(WriteRows(*session, clicks, {click, From(Delete("k"), "till-1", 3, 19), keyless})
                  .has_value());
  ASSERT_EQ(session->Commit(), CommitOutcome::kCommitted);
  const auto messages = Read(clicks);
  ASSERT_EQ(messages.size(), 3U);
  EXPECT_EQ(messages[0].key, "k");
  EXPECT_EQ(messages[0].value, "{\"a\": 1}");
  EXPECT_EQ(messages[0].headers, (std::map<std::string, std::string>{{"op", "upsert"},
                                                                     {"producer-id", "till-1"},
                                                                     {"producer-epoch", "3"},
                                                                     {"producer-seq", "17"},
                                                                     {"version", "12"}}));
  EXPECT_EQ(messages[1].value, std::nullopt);
  EXPECT_EQ(messages[1].headers.at("op"), "delete");
  EXPECT_EQ(messages[2].key, std::nullopt);
}

}  // namespace
}  // namespace oncegate::kafka_test
