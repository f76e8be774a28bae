// Dead letters: kept once whatever is repeated, read back as they were written, gone or there
// together with the rest of their transaction.
#include "tests/unit/sinks/conformance/conformance.h"

namespace oncegate::conformance {
namespace {

DeadLetter Letter(const std::string& stream, const std::string& name) {
  DeadLetter letter;
  letter.id = stream + ":" + name;
  letter.stream = stream;
  letter.key = "key of " + name;
  letter.value = "{\"b\":1,  \"a\":1e400}";
  letter.verdict = "rejected";
  letter.code = "sink_rejected";
  letter.detail = "23514: a check";
  letter.written_at = WallTime{1'769'860'800'123'456};
  return letter;
}

DeadLetter LetterOf(const std::string& stream, const std::string& name, const std::string& producer,
                    std::int64_t sequence) {
  DeadLetter letter = Letter(stream, name);
  letter.producer = producer;
  letter.sequence = Sequence{sequence};
  return letter;
}

std::uint64_t Keep(SinkSession& session, const std::vector<DeadLetter>& letters) {
  EXPECT_TRUE(session.Begin().has_value());
  const auto written = session.WriteDeadLetters(letters);
  EXPECT_TRUE(written.has_value()) << written.error().message;
  EXPECT_EQ(session.Commit(), CommitOutcome::kCommitted);
  return written.value();
}

Strings Ids(const std::vector<DeadLetter>& letters) {
  Strings ids;
  for (const DeadLetter& letter : letters) ids.push_back(letter.id);
  return ids;
}

Strings Listed(SinkSession& session, const DeadLetterQuery& query) {
  const auto listed = session.ListDeadLetters(query);
  if (!listed) throw std::runtime_error("ListDeadLetters: " + listed.error().message);
  return Ids(*listed);
}

void ExpectEqual(const DeadLetter& read, const DeadLetter& written) {
  EXPECT_EQ(read.id, written.id);
  EXPECT_EQ(read.stream, written.stream);
  EXPECT_EQ(read.producer, written.producer);
  EXPECT_EQ(read.epoch, written.epoch);
  EXPECT_EQ(read.sequence, written.sequence);
  EXPECT_EQ(read.event_id, written.event_id);
  EXPECT_EQ(read.key, written.key);
  EXPECT_EQ(read.key_is_default, written.key_is_default);
  EXPECT_EQ(read.operation, written.operation);
  EXPECT_EQ(read.version, written.version);
  EXPECT_EQ(read.event_time, written.event_time);
  EXPECT_EQ(read.value, written.value);
  EXPECT_EQ(read.verdict, written.verdict);
  EXPECT_EQ(read.code, written.code);
  EXPECT_EQ(read.detail, written.detail);
  EXPECT_EQ(read.written_at, written.written_at);
}

TEST_P(SinkConformance, ADeadLetterIsReadAsItWasWritten) {
  DeadLetter bare = Letter("orders", "a");
  DeadLetter full = Letter("orders", "b");
  full.producer = "pos-17/\xc3\xa9";
  full.epoch = Epoch{INT64_MAX};
  full.sequence = Sequence{INT64_MAX};
  full.event_id = "id'; --";
  full.key_is_default = true;
  full.version = Version{UINT64_MAX, UINT64_MAX};
  full.event_time = WallTime{-1};
  DeadLetter removal = Letter("orders", "c");
  removal.operation = Operation::kDelete;
  removal.value.clear();
  removal.version = Version{0, 0};
  EXPECT_EQ(Keep(session(), {bare, full, removal}), 3U);
  const auto listed = session().ListDeadLetters({.stream = "orders", .after = {}}).value();
  ASSERT_EQ(listed.size(), 3U);
  ExpectEqual(listed[0], bare);
  ExpectEqual(listed[1], full);
  ExpectEqual(listed[2], removal);
}

TEST_P(SinkConformance, ADeadLetterThatIsKeptAlreadyStaysAsItIs) {
  DeadLetter again = Letter("orders", "a");
  EXPECT_EQ(Keep(session(), {again}), 1U);
  again.detail = "another reason";
  EXPECT_EQ(Keep(session(), {again, Letter("orders", "b")}), 1U);
  const auto listed = session().ListDeadLetters({.stream = "orders", .after = {}}).value();
  ASSERT_EQ(listed.size(), 2U);
  EXPECT_EQ(listed[0].detail, "23514: a check");
}

TEST_P(SinkConformance, DeadLettersShareTheFateOfTheirTransaction) {
  ASSERT_TRUE(session().Begin().has_value());
  ASSERT_TRUE(session().WriteDeadLetters(std::vector{Letter("orders", "a")}).has_value());
  session().Rollback();
  EXPECT_EQ(session().CountDeadLetters("orders").value(), 0U);

  Keep(session(), {Letter("orders", "a")});
  ASSERT_TRUE(session().Begin().has_value());
  EXPECT_EQ(session().DeleteDeadLetters(Strings{"orders:a"}).value(), 1U);
  session().Rollback();
  EXPECT_EQ(session().CountDeadLetters("orders").value(), 1U);
}

TEST_P(SinkConformance, DeadLettersAreLockedAndDeletedByTheirIds) {
  Keep(session(), {Letter("orders", "a"), Letter("orders", "b"), Letter("orders", "c")});
  ASSERT_TRUE(session().Begin().has_value());
  EXPECT_EQ(Ids(session().LockDeadLetters(Strings{"orders:a", "orders:c", "orders:x"}).value()),
            (Strings{"orders:a", "orders:c"}));
  EXPECT_EQ(session().DeleteDeadLetters(Strings{"orders:a", "orders:x"}).value(), 1U);
  DeadLetter changed = Letter("orders", "c");
  changed.detail = "another reason";
  EXPECT_EQ(session().DeleteDeadLetters(Strings{"orders:c"}).value(), 1U);
  EXPECT_EQ(session().WriteDeadLetters(std::vector{changed}).value(), 1U);
  EXPECT_EQ(session().Commit(), CommitOutcome::kCommitted);
  const auto listed = session().ListDeadLetters({.stream = "orders", .after = {}}).value();
  EXPECT_EQ(Ids(listed), (Strings{"orders:b", "orders:c"}));
  EXPECT_EQ(listed[1].detail, "another reason");
}

TEST_P(SinkConformance, DeadLettersAreListedAndCountedByStream) {
  Keep(session(), {Letter("order", "z"), Letter("orders", "a"), Letter("orders", "b"),
                   Letter("orders2", "a"), Letter("orders_", "a")});
  EXPECT_EQ(Listed(session(), {.stream = "orders", .after = {}}),
            (Strings{"orders:a", "orders:b"}));
  EXPECT_EQ(session().CountDeadLetters("orders").value(), 2U);
  EXPECT_EQ(session().CountDeadLetters("none").value(), 0U);
  // In byte order: a digit stands before the colon, a letter and the underscore behind it.
  const Strings all{"order:z", "orders2:a", "orders:a", "orders:b", "orders_:a"};
  for (const std::uint32_t limit : {1U, 2U, 100U}) {
    Strings seen;
    for (;;) {
      const std::string after = seen.empty() ? "" : seen.back();
      const Strings page = Listed(session(), {.stream = {}, .after = after, .limit = limit});
      ASSERT_LE(page.size(), limit);
      if (page.empty()) break;
      seen.insert(seen.end(), page.begin(), page.end());
    }
    EXPECT_EQ(seen, all);
  }
}

TEST_P(SinkConformance, DeadLettersOfForgottenIdentitiesAreDeleted) {
  DeadLetter with_id = Letter("orders", "f");
  with_id.event_id = "the id";
  const std::vector<DeadLetter> letters{
      LetterOf("orders", "a", "p", 4), LetterOf("orders", "b", "p", 5),
      LetterOf("orders", "c", "p", 6), LetterOf("orders", "d", "q", 4),
      Letter("orders", "e"),           with_id,
      LetterOf("others", "a", "p", 4)};
  Keep(session(), letters);
  const auto forget = [this](const DeadLetterOwners& owners) {
    EXPECT_TRUE(session().Begin().has_value());
    const auto forgotten = session().ForgetDeadLetters(owners);
    EXPECT_TRUE(forgotten.has_value()) << forgotten.error().message;
    EXPECT_EQ(session().Commit(), CommitOutcome::kCommitted);
    return forgotten.value();
  };
  const Strings producers{"o", "p"};
  const Strings ids{"the id", "no id"};
  EXPECT_EQ(
      forget({.stream = "orders", .producers = producers, .event_ids = {}, .through_sequence = 5}),
      2U);
  EXPECT_EQ(Listed(session(), {.stream = {}, .after = {}}),
            (Strings{"orders:c", "orders:d", "orders:e", "orders:f", "others:a"}));
  EXPECT_EQ(forget({.stream = "orders", .producers = producers, .event_ids = {}}), 1U);
  EXPECT_EQ(forget({.stream = "orders", .producers = {}, .event_ids = ids}), 1U);
  EXPECT_EQ(Listed(session(), {.stream = {}, .after = {}}),
            (Strings{"orders:d", "orders:e", "others:a"}));
}

TEST_P(SinkConformance, DeadLettersOutliveTheSession) {
  Keep(session(), {Letter("orders", "a")});
  Reconnect();
  EXPECT_EQ(Listed(session(), {.stream = "orders", .after = {}}), Strings{"orders:a"});
}

}  // namespace
}  // namespace oncegate::conformance
