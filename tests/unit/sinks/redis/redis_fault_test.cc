// Faults of the server and of single keys: none of the former is taken for a fault of a row, and
// everything goes on once it is mended.
#include "tests/unit/sinks/redis/redis_session_test.h"

namespace oncegate::redis {
namespace {

using conformance::AppendTarget;
using conformance::Target;
using conformance::TokenOf;
using conformance::Upsert;

class RedisFault : public RedisSessionTest {
 protected:
  SinkError RefusalOf(const std::string& url, Settings settings = {}) {
    const auto session = MakeSink(url, std::move(settings))->Connect();
    EXPECT_FALSE(session.has_value());
    return session.has_error() ? session.error() : SinkError{};
  }
};

TEST_F(RedisFault, ForeignKeysAreNamedAsBadAndLeftAlone) {
  for (const std::string format : {"json", "hash"}) {
    client().Run({"FLUSHALL"});
    const auto session = Connect({{"format", format}});
    ASSERT_TRUE(session->EnsureStream(orders()).has_value());
    client().Run({"RPUSH", "orders:b", "theirs"});
    client().Run({"SET", "orders:c", "theirs"});
    client().Run({"HSET", "orders:d", "field", "theirs"});
    RowsOutcome outcome;
    ASSERT_TRUE(session->Begin().has_value());
    ASSERT_TRUE(
        Write(*session, orders(),
              {Upsert("a", "1"), Upsert("b", "1"), Upsert("c", "1"), conformance::Delete("d")},
              &outcome)
            .has_value());
    session->Rollback();
    ASSERT_EQ(outcome.bad.size(), 3U);
    for (std::uint32_t i = 0; i < 3; ++i) {
      EXPECT_EQ(outcome.bad[i].row, i + 1);
      EXPECT_EQ(outcome.bad[i].verdict, Verdict::kRejected);
      EXPECT_NE(outcome.bad[i].detail.find("WRONGTYPE"), std::string::npos);
    }
    EXPECT_EQ(WriteGroup(*session, std::nullopt, TokenOf(1), {Upsert("a", "1")}),
              CommitOutcome::kCommitted);
    EXPECT_EQ(client().Text({"GET", "orders:c"}), "theirs");
  }
}

TEST_F(RedisFault, AnOwnRowThatSomebodyReplacedIsBadAtTheSameVersionAlone) {
  const StreamTarget versions = Target("orders", DedupeMode::kVersion);
  const auto at = [](const std::string& key, std::uint64_t version) {
    return conformance::WithVersion(Upsert(key, "1"), version);
  };
  for (const std::string format : {"json", "hash"}) {
    client().Run({"FLUSHALL"});
    const auto session = Connect({{"format", format}});
    ASSERT_TRUE(session->EnsureStream(versions).has_value());
    RowsOutcome outcome;
    ASSERT_TRUE(session->Begin().has_value());
    ASSERT_TRUE(Write(*session, versions, {at("a", 1), at("b", 1)}, &outcome).has_value());
    ASSERT_EQ(session->Commit(), CommitOutcome::kCommitted);
    client().Run({"DEL", "orders:a"});
    client().Run({"RPUSH", "orders:a", "theirs"});

    ASSERT_TRUE(session->Begin().has_value());
    const SinkStatus written = Write(*session, versions, {at("a", 1), at("b", 1)}, &outcome);
    ASSERT_TRUE(written.has_value()) << written.error().message;
    session->Rollback();
    ASSERT_EQ(outcome.bad.size(), 1U);
    EXPECT_EQ(outcome.bad[0].row, 0U);
    EXPECT_EQ(outcome.bad[0].verdict, Verdict::kRejected);
    EXPECT_NE(outcome.bad[0].detail.find("WRONGTYPE"), std::string::npos);

    ASSERT_TRUE(session->Begin().has_value());
    ASSERT_TRUE(Write(*session, versions, {at("a", 2)}, &outcome).has_value());
    EXPECT_TRUE(outcome.bad.empty());
    EXPECT_EQ(session->Commit(), CommitOutcome::kCommitted);
    EXPECT_EQ(client().Text({"TYPE", "orders:a"}), format == "json" ? "string" : "hash");
  }
}

TEST_F(RedisFault, AForeignKeyThatAppearsLateTakesTheGroupBack) {
  const auto session = Connect();
  ASSERT_TRUE(session->EnsureStream(orders()).has_value());
  RowsOutcome outcome;
  ASSERT_TRUE(session->Begin().has_value());
  ASSERT_TRUE(
      Write(*session, orders(), {Upsert("a", "1"), Upsert("b", "1")}, &outcome).has_value());
  client().Run({"SET", "orders:b", "theirs"});
  EXPECT_EQ(session->Commit(), CommitOutcome::kAborted);
  EXPECT_EQ(client().Text({"GET", "orders:b"}), "theirs");
  EXPECT_EQ(client().Number({"EXISTS", "orders:a"}), 0);
}

TEST_F(RedisFault, AFullServerIsDownUntilThereIsRoom) {
  const auto session = Connect();
  ASSERT_TRUE(session->EnsureStream(orders()).has_value());
  client().Run({"CONFIG", "SET", "maxmemory", "1"});
  EXPECT_EQ(WriteGroup(*session, std::nullopt, TokenOf(1), {Upsert("k", "1")}),
            CommitOutcome::kAborted);
  const SinkStatus begun = session->Begin();
  ASSERT_FALSE(begun.has_value());
  EXPECT_EQ(begun.error().error_class, SinkErrorClass::kConnection);
  EXPECT_EQ(begun.error().sqlstate, "OOM") << begun.error().message;
  EXPECT_EQ(RefusalOf(SharedServer().Url()).error_class, SinkErrorClass::kConnection);
  client().Run({"CONFIG", "SET", "maxmemory", "0"});
  EXPECT_EQ(WriteGroup(*session, std::nullopt, TokenOf(1), {Upsert("k", "1")}),
            CommitOutcome::kCommitted);
}

TEST_F(RedisFault, AServerThatMayEvictMarksIsRefused) {
  client().Run({"CONFIG", "SET", "maxmemory", "1gb"});
  client().Run({"CONFIG", "SET", "maxmemory-policy", "allkeys-lru"});
  EXPECT_EQ(RefusalOf(SharedServer().Url()).error_class, SinkErrorClass::kRefused);
  client().Run({"CONFIG", "SET", "maxmemory-policy", "volatile-lru"});
  EXPECT_TRUE(Connect()->Ping().has_value());
  client().Run({"CONFIG", "SET", "maxmemory-policy", "noeviction"});
  client().Run({"CONFIG", "SET", "maxmemory", "0"});
}

TEST_F(RedisFault, ADurabilityThatIsOffOrUnknownIsRefusedUnlessItIsWrittenOut) {
  const std::string port = std::to_string(SharedServer().port());
  client().Run({"CONFIG", "SET", "appendfsync", "everysec"});
  const SinkError weak = RefusalOf(SharedServer().Url());
  EXPECT_EQ(weak.error_class, SinkErrorClass::kRefused);
  EXPECT_NE(weak.message.find("appendfsync everysec"), std::string::npos) << weak.message;
  EXPECT_TRUE(Connect({{"durability", "as_is"}})->Ping().has_value());
  client().Run({"CONFIG", "SET", "appendfsync", "always"});
  client().Run({"CONFIG", "SET", "no-appendfsync-on-rewrite", "yes"});
  EXPECT_NE(RefusalOf(SharedServer().Url()).message.find("no-appendfsync-on-rewrite"),
            std::string::npos);
  EXPECT_TRUE(Connect({{"durability", "as_is"}})->Ping().has_value());
  client().Run({"CONFIG", "SET", "no-appendfsync-on-rewrite", "no"});
  for (const std::string command : {"-info", "-config"}) {
    client().Run({"ACL", "SETUSER", "blind", "reset", "on", ">secret", "~*", "+@all", command});
    const std::string url = "redis://blind:secret@127.0.0.1:" + port;
    EXPECT_NE(RefusalOf(url).message.find("is forbidden"), std::string::npos);
    EXPECT_TRUE(ConnectTo(url, {{"durability", "as_is"}})->Ping().has_value());
  }
  test::RedisServer forgetful({"--appendonly", "no"});
  EXPECT_NE(RefusalOf(forgetful.Url()).message.find("appendonly"), std::string::npos);
}

TEST_F(RedisFault, ThePasswordIsInNoMessage) {
  client().Run({"ACL", "SETUSER", "named", "reset", "on", ">secret", "~*", "+@all"});
  const std::string port = std::to_string(SharedServer().port());
  const SinkError wrong = RefusalOf("redis://named:not-it%21@127.0.0.1:" + port);
  EXPECT_EQ(wrong.sqlstate, "WRONGPASS");
  EXPECT_EQ(wrong.message.find("not-it"), std::string::npos);
  EXPECT_TRUE(ConnectTo("redis://named:secret@127.0.0.1:" + port)->Ping().has_value());
}

TEST_F(RedisFault, AStreamWithoutRightsStopsAlone) {
  const auto session = Connect();
  const StreamTarget returns = Target("returns");
  ASSERT_TRUE(session->EnsureStream(orders()).has_value());
  ASSERT_TRUE(session->EnsureStream(returns).has_value());
  client().Run(
      {"ACL", "SETUSER", "part", "reset", "on", ">secret", "+@all", "~oncegate:*", "~orders:*"});
  const auto part =
      ConnectTo("redis://part:secret@127.0.0.1:" + std::to_string(SharedServer().port()));
  RowsOutcome outcome;
  ASSERT_TRUE(part->Begin().has_value());
  const SinkStatus written = Write(*part, returns, {Upsert("k", "1")}, &outcome);
  part->Rollback();
  ASSERT_FALSE(written.has_value());
  EXPECT_EQ(written.error().error_class, SinkErrorClass::kStream) << written.error().message;
  EXPECT_EQ(WriteGroup(*part, std::nullopt, TokenOf(1), {Upsert("k", "1")}),
            CommitOutcome::kCommitted);
}

TEST_F(RedisFault, AnEmptiedServerIsFilledAgain) {
  const auto session = Connect();
  ASSERT_TRUE(session->EnsureStream(orders()).has_value());
  client().Run({"FLUSHALL"});
  RowsOutcome outcome;
  ASSERT_TRUE(session->Begin().has_value());
  const SinkStatus written = Write(*session, orders(), {Upsert("k", "1")}, &outcome);
  session->Rollback();
  ASSERT_FALSE(written.has_value());
  EXPECT_EQ(written.error().error_class, SinkErrorClass::kStream);
  ASSERT_TRUE(session->EnsureStream(orders()).has_value());
  EXPECT_EQ(WriteGroup(*session, std::nullopt, TokenOf(1), {Upsert("k", "1")}),
            CommitOutcome::kCommitted);
}

TEST_F(RedisFault, ADeadLetterThatTheServerDoesNotTakeIsSaidBeforeTheCommit) {
  test::RedisServer server({"--proto-max-bulk-len", "1mb"});
  const auto session = ConnectTo(server.Url());
  ASSERT_TRUE(session->EnsureStream(orders()).has_value());
  const std::string value(1'200'000, '1');
  RowsOutcome outcome;
  ASSERT_TRUE(session->Begin().has_value());
  ASSERT_TRUE(Write(*session, orders(), {Upsert("k", value)}, &outcome).has_value());
  ASSERT_EQ(outcome.bad.size(), 1U);
  session->Rollback();
  DeadLetter letter;
  letter.id = "orders:a";
  letter.stream = "orders";
  letter.value = value;
  EXPECT_FALSE(session->CanKeep(letter));
  letter.value.resize(1'000'000);
  EXPECT_TRUE(session->CanKeep(letter));
  letter.value = value;
  ASSERT_TRUE(session->Begin().has_value());
  const auto written = session->WriteDeadLetters({&letter, 1});
  session->Rollback();
  ASSERT_FALSE(written.has_value());
  EXPECT_EQ(written.error().error_class, SinkErrorClass::kStream);
  EXPECT_NE(written.error().message.find("proto-max-bulk-len"), std::string::npos);
  EXPECT_TRUE(session->Ping().has_value());
}

TEST_F(RedisFault, TheRightsInTheManualAreEnough) {
  client().Run({"ACL",          "SETUSER",   "modest",       "reset",   "on",    ">secret",
                "~oncegate:*",  "~orders:*", "+@connection", "+select", "+info", "+config|get",
                "+script|load", "+evalsha",  "+eval",        "+get",    "+set",  "+mset",
                "+del",         "+exists",   "+type",        "+hget",   "+hset", "+hsetnx",
                "+hmget",       "+hdel",     "+hgetall",     "+zadd",   "+zrem", "+zrangebylex",
                "+zlexcount"});
  const std::string url =
      "redis://modest:secret@127.0.0.1:" + std::to_string(SharedServer().port());
  for (const std::string format : {"json", "hash"}) {
    client().Run({"FLUSHALL"});
    const auto session = ConnectTo(url, {{"format", format}});
    ASSERT_TRUE(session->EnsureStream(orders()).has_value());
    ASSERT_EQ(ReadMark(*session, true).found, false);
    ASSERT_EQ(WriteGroup(*session, std::nullopt, TokenOf(1),
                         {Upsert("a", "1"), Upsert("b", "1"), conformance::Delete("c")}),
              CommitOutcome::kCommitted);
    const IdClaim claim = conformance::JustId("i");
    std::vector<IdOutcome> outcomes;
    DeadLetter letter;
    letter.id = "orders:a";
    letter.stream = "orders";
    ASSERT_TRUE(session->Begin().has_value());
    ASSERT_TRUE(session->ClaimIds("orders", {&claim, 1}, kNow, &outcomes).has_value());
    ASSERT_TRUE(session->WriteDeadLetters({&letter, 1}).has_value());
    ASSERT_EQ(session->Commit(), CommitOutcome::kCommitted);
    ASSERT_TRUE(session->Begin().has_value());
    ASSERT_TRUE(session->DeleteDeadLetters({&letter.id, 1}).has_value());
    ASSERT_EQ(session->Commit(), CommitOutcome::kCommitted);
    EXPECT_TRUE(session->ListStreams().has_value());
    EXPECT_TRUE(
        session->ListProducers({.stream = "orders", .prefix = {}, .after = {}}).has_value());
    EXPECT_TRUE(session->CountIds("orders").has_value());
    EXPECT_EQ(
        session->SweepIds({.stream = "orders", .cutoff = {kNow.microseconds + 1}, .after = {}})
            ->ids.size(),
        1U);
    EXPECT_TRUE(session->Ping().has_value());
  }
}

TEST_F(RedisFault, WhatIsCommittedSurvivesAKilledServer) {
  test::RedisServer server;
  auto session = ConnectTo(server.Url());
  ASSERT_TRUE(session->EnsureStream(orders()).has_value());
  ASSERT_EQ(WriteGroup(*session, std::nullopt, TokenOf(1), {Upsert("k", "1")}),
            CommitOutcome::kCommitted);
  server.Kill();
  EXPECT_FALSE(session->Ping().has_value());
  EXPECT_FALSE(session->IsUsable());
  EXPECT_EQ(RefusalOf(server.Url()).error_class, SinkErrorClass::kConnection);
  server.Start();
  session = ConnectTo(server.Url());
  EXPECT_EQ(ReadMark(*session).token, TokenOf(1));
  EXPECT_EQ(server.Client().Text({"GET", "orders:k"}), "1");
}

TEST_F(RedisFault, AReplicaIsNotWrittenTo) {
  test::RedisServer replica({"--replicaof", "127.0.0.1", std::to_string(SharedServer().port())});
  const SinkError error = RefusalOf(replica.Url());
  EXPECT_EQ(error.error_class, SinkErrorClass::kConnection);
  EXPECT_EQ(error.sqlstate, "READONLY");
}

TEST_F(RedisFault, WhatTheSinkCanNotKeepIsRefusedByName) {
  const auto session = Connect();
  const SinkStatus ensured = session->EnsureStream(AppendTarget("events"));
  ASSERT_FALSE(ensured.has_value());
  EXPECT_EQ(ensured.error().error_class, SinkErrorClass::kRefused);
  EXPECT_NE(ensured.error().message.find("append"), std::string::npos);
  StreamTarget split = Target("split");
  split.table = "a:b";
  EXPECT_FALSE(session->EnsureStream(split).has_value());
  const SinkError moved = RefusalOf(SharedServer().Url(), {{"key_template", "rows/{table}/{key}"}});
  EXPECT_EQ(moved.error_class, SinkErrorClass::kRefused);
  ASSERT_TRUE(session->EnsureStream(orders()).has_value());
  const SinkStatus other = Connect({{"format", "hash"}})->EnsureStream(orders());
  ASSERT_FALSE(other.has_value());
  EXPECT_NE(other.error().message.find("format"), std::string::npos);
}

}  // namespace
}  // namespace oncegate::redis
