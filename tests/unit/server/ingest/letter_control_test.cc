// What administrators do with dead letters.
#include "tests/unit/server/ingest/engine_fixture.h"

namespace oncegate::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using enum Verdict;

class KeptLetters : public EngineFixture {
 protected:
  void SetUp() override { StartWith(DedupeMode::kWindow); }

  void StartWith(DedupeMode mode, TargetKind kind = TargetKind::kDocument) {
    StopEngine();
    StreamSpec spec = Stream("orders", mode);
    spec.target.kind = kind;
    spec.keeps_dead_letters = true;
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
    ASSERT_TRUE(StartEngine({spec}).has_value());
    SqlRun(
        "CREATE TRIGGER no_poison BEFORE INSERT ON orders WHEN NEW.value LIKE '\"poison%' "
        "BEGIN SELECT RAISE(ABORT, 'poison'); END");
  }
  void Mend() { SqlRun("DROP TRIGGER no_poison"); }
  static Sent Poison(std::int64_t sequence, std::string key = "") {
    Sent sent = Number(sequence, "\"poison" + std::to_string(sequence) + "\"");
    sent.key = std::move(key);
    return sent;
  }
  std::vector<std::string> Ids(const std::string& stream = "orders") {
    std::vector<std::string> ids;
    const auto listed = ListLetters({stream, {}});
    for (const DeadLetter& letter : listed->items) ids.push_back(letter.id);
    return ids;
  }
  static LetterRequest All(bool dry_run) {
    LetterRequest request;
    request.stream = "orders";
    request.dry_run = dry_run;
    return request;
  }
  static LetterRequest These(std::vector<std::string> ids) {
    LetterRequest request;
    request.ids = std::move(ids);
    request.dry_run = false;
    return request;
  }
};

TEST_F(KeptLetters, AreListedInPages) {
  Send("orders", {Poison(1), Poison(2), Poison(3)});
  const std::vector<std::string> all = Ids();
  ASSERT_THAT(all, SizeIs(3));
  EXPECT_EQ(Ids(""), all);
  const auto first = ListLetters({"", {"", 2}});
  ASSERT_THAT(first->items, SizeIs(2));
  EXPECT_EQ(first->next, all[1]);
  const auto second = ListLetters({"orders", {*first->next, 2}});
  ASSERT_THAT(second->items, SizeIs(1));
  EXPECT_EQ(second->items[0].id, all[2]);
  EXPECT_FALSE(second->next.has_value());
  EXPECT_EQ(ListLetters({"nothing", {}}).error().kind, ControlErrorKind::kUnknownStream);
}

TEST_F(KeptLetters, ADryRunTellsWhatAReplayWouldDoAndDoesNothing) {
  Send("orders", {Poison(1), Poison(2)});
  const auto refused = Replay(All(true));
  EXPECT_EQ(refused->dead_letters, 2U);
  ASSERT_THAT(refused->refused, SizeIs(2));
  EXPECT_THAT(refused->refused[0].detail, HasSubstr("poison"));
  Mend();
  const auto plan = Replay(All(true));
  EXPECT_EQ(plan->applied, 2U);
  EXPECT_TRUE(plan->dry_run);
  EXPECT_EQ(RowCount("orders"), 0);
  EXPECT_THAT(Ids(), SizeIs(2));
}

TEST_F(KeptLetters, AReplayWritesTheRowAndTakesTheLetterAway) {
  Send("orders", {Poison(1), Poison(2)});
  Mend();
  const auto done = Replay(All(false));
  EXPECT_EQ(done->applied, 2U);
  EXPECT_EQ(RowCount("orders"), 2);
  EXPECT_EQ(ValueOf("orders", "p/0/2"), "\"poison2\"");
  EXPECT_THAT(Ids(), IsEmpty());
  EXPECT_EQ(observer_.dead_letters, 0U);
  EXPECT_EQ(Replay(All(false))->dead_letters, 0U);
  EXPECT_EQ(SendOne("orders", Poison(1)), kDuplicate);
  EXPECT_EQ(RowCount("orders"), 2);
}

TEST_F(KeptLetters, WhatIsStillRefusedStaysWithTheNewReason) {
  Send("orders", {Poison(1), Poison(2)});
  Mend();
  SqlRun(
      "CREATE TRIGGER other BEFORE INSERT ON orders WHEN NEW.seq = 2 "
      "BEGIN SELECT RAISE(ABORT, 'another reason'); END");
  const auto done = Replay(All(false));
  EXPECT_EQ(done->applied, 1U);
  ASSERT_THAT(done->refused, SizeIs(1));
  const auto left = ListLetters({"orders", {}});
  ASSERT_THAT(left->items, SizeIs(1));
  EXPECT_EQ(left->items[0].id, done->refused[0].id);
  EXPECT_THAT(left->items[0].detail, HasSubstr("another reason"));
}

TEST_F(KeptLetters, AReplayDoesNotOverwriteWhatIsNewer) {
  Send("orders", {Poison(1, "k"), Poison(2, "k")});
  Sent newer = Number(3, "3");
  newer.key = "k";
  Send("orders", {newer});
  Mend();
  EXPECT_EQ(Replay(All(false))->superseded, 2U);
  EXPECT_EQ(ValueOf("orders", "k"), "3");
  EXPECT_THAT(Ids(), IsEmpty());
}

TEST_F(KeptLetters, AReplayKeepsTheOrderOfAProducer) {
  Send("orders", {Poison(1, "k"), Poison(3, "k"), Poison(2, "k")});
  Mend();
  const auto done = Replay(All(false));
  EXPECT_EQ(done->applied, 3U);
  EXPECT_EQ(ValueOf("orders", "k"), "\"poison3\"");
}

TEST_F(KeptLetters, AReplayOfAVersionThatIsThereTellsDuplicateFromConflict) {
  StartWith(DedupeMode::kVersion);
  const auto row = [](std::string value) {
    Sent sent;
    sent.key = "k";
    sent.version = 5;
    sent.value = std::move(value);
    return sent;
  };
  Send("orders", {row("\"poison a\""), row("\"poison b\"")});
  Mend();
  EXPECT_EQ(SendOne("orders", row("\"poison a\"")), kApplied);
  const auto done = Replay(All(false));
  EXPECT_EQ(done->duplicate, 1U);
  ASSERT_THAT(done->refused, SizeIs(1));
  EXPECT_EQ(done->refused[0].verdict, kConflict);
  EXPECT_EQ(ValueOf("orders", "k"), "\"poison a\"");
}

TEST_F(KeptLetters, AReplayWhoseCommitGetsNoAnswerAppendsOnce) {
  StartWith(DedupeMode::kWindow, TargetKind::kAppend);
  Send("orders", {Poison(1), Poison(2)});
  Mend();
  faults_.commits_lost_after = 1;
  EXPECT_EQ(Replay(All(false))->applied, 2U);
  EXPECT_EQ(RowCount("orders"), 2);
  EXPECT_THAT(Ids(), IsEmpty());
}

TEST_F(KeptLetters, AreReplayedAndDiscardedByTheirIds) {
  Send("orders", {Poison(1), Poison(2), Poison(3)});
  Mend();
  const std::vector<std::string> ids = Ids();
  const auto done = Replay(These({ids[0], ids[0], "orders:no", "nothing:x", "nonsense"}));
  EXPECT_EQ(done->dead_letters, 1U);
  EXPECT_EQ(done->applied, 1U);
  EXPECT_EQ(Discard(These({ids[1], ids[0]}))->dead_letters, 1U);
  EXPECT_THAT(Ids(), ElementsAre(ids[2]));
  EXPECT_EQ(RowCount("orders"), 1);
}

TEST_F(KeptLetters, ADiscardIsPlannedFirst) {
  Send("orders", {Poison(1), Poison(2)});
  EXPECT_EQ(Discard(All(true))->dead_letters, 2U);
  EXPECT_THAT(Ids(), SizeIs(2));
  EXPECT_EQ(Discard(All(false))->dead_letters, 2U);
  EXPECT_THAT(Ids(), IsEmpty());
  // The mark stays: the event was settled.
  EXPECT_EQ(SendOne("orders", Poison(1)), kDuplicate);
}

TEST_F(KeptLetters, APageOfAStreamNamesWhereTheNextOneBegins) {
  Send("orders", {Poison(1), Poison(2), Poison(3)});
  LetterRequest page = All(false);
  page.page.limit = 2;
  const auto first = Discard(page);
  EXPECT_EQ(first->dead_letters, 2U);
  ASSERT_TRUE(first->next.has_value());
  page.page.after = *first->next;
  const auto second = Discard(page);
  EXPECT_EQ(second->dead_letters, 1U);
  EXPECT_FALSE(second->next.has_value());
}

TEST_F(KeptLetters, ForgettingAProducerDiscardsItsLetters) {
  Sent other = Poison(2);
  other.producer = "q";
  Send("orders", {Poison(1), Poison(5), other});
  PurgeRequest forget;
  forget.stream = "orders";
  forget.producer = "p";
  forget.mode = PurgeMode::kForget;
  forget.through_sequence = 3;
  forget.dry_run = false;
  ASSERT_TRUE(Purge(forget).has_value());
  EXPECT_EQ(SqlText("SELECT group_concat(seq) FROM (SELECT seq FROM oncegate_dead_letters "
                    "ORDER BY seq)"),
            "2,5");
  forget.through_sequence.reset();
  ASSERT_TRUE(Purge(forget).has_value());
  EXPECT_EQ(SqlText("SELECT group_concat(producer) FROM oncegate_dead_letters"), "q");
  EXPECT_EQ(SendOne("orders", Poison(5)), kDeadLettered);
}

TEST_F(KeptLetters, SealingAProducerKeepsItsLetters) {
  Send("orders", {Poison(1)});
  PurgeRequest seal;
  seal.stream = "orders";
  seal.producer = "p";
  seal.dry_run = false;
  ASSERT_TRUE(Purge(seal).has_value());
  EXPECT_THAT(Ids(), SizeIs(1));
}

TEST_F(KeptLetters, ForgettingIdsDiscardsTheirLetters) {
  StartWith(DedupeMode::kId);
  const auto with_id = [](std::string id) {
    Sent sent;
    sent.id = std::move(id);
    sent.value = "\"poison\"";
    return sent;
  };
  Send("orders", {with_id("old")});
  clock_.AdvanceWall(std::chrono::hours(2));
  Send("orders", {with_id("new")});
  PurgeRequest forget;
  forget.stream = "orders";
  forget.ids_older_than = std::chrono::hours(1);
  forget.dry_run = false;
  ASSERT_TRUE(Purge(forget).has_value());
  EXPECT_EQ(SqlText("SELECT group_concat(event_id) FROM oncegate_dead_letters"), "new");
}

TEST_F(KeptLetters, WhatIsDoneToThemLeavesAnAuditRecordAndAPlanNone) {
  Send("orders", {Poison(1), Poison(2)});
  const std::vector<std::string> ids = Ids();
  Replay(All(true));
  Discard(All(true));
  Replay(All(false));
  Discard(These({ids[0]}));
  StopEngine();
  LevelDbStoreOptions options;
  options.directory = folder_ / "index";
  auto store = LevelDbStore::Open(options);
  ASSERT_TRUE(store.has_value());
  const auto audit = (*store)->ReadAudit(10);
  ASSERT_TRUE(audit.has_value());
  ASSERT_THAT(*audit, SizeIs(2));
  EXPECT_THAT((*audit)[0].json, HasSubstr("discard"));
  EXPECT_THAT((*audit)[0].json, HasSubstr(ids[0]));
  EXPECT_THAT((*audit)[1].json, HasSubstr("replay"));
}

TEST_F(KeptLetters, AReplayWaitsForASinkThatIsAway) {
  Send("orders", {Poison(1)});
  Mend();
  faults_.away = true;
  std::optional<ControlErrorKind> kind;
  std::atomic<bool> answered{false};
  engine().control().ReplayDeadLetters(All(false), clock_.Now() + std::chrono::milliseconds(150),
                                       [&](const ControlResult<LetterReport>& report) {
                                         if (!report) kind = report.error().kind;
                                         answered = true;
                                         answered.notify_one();
                                       });
  answered.wait(false);
  EXPECT_EQ(kind, ControlErrorKind::kUnavailable);
  faults_.away = false;
  EXPECT_EQ(Replay(All(false))->applied, 1U);
}

}  // namespace
}  // namespace oncegate::testing
