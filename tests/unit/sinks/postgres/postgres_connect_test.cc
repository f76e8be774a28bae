// Connecting: the ledger's tables are made once, checked every time, and nothing secret is told.
#include <atomic>
#include <thread>

#include "tests/unit/sinks/postgres/postgres_session_test.h"

namespace oncegate::postgres {
namespace {

class PostgresConnect : public PostgresSessionTest {
 protected:
  /// Connect is refused with a message that holds `text`.
  void ExpectRefused(const std::string& text, Settings settings = {}) {
    const auto refused = MakeSink(fixture().url(), std::move(settings))->Connect();
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().error_class, SinkErrorClass::kRefused) << refused.error().message;
    EXPECT_NE(refused.error().message.find(text), std::string::npos) << refused.error().message;
  }
};

TEST_F(PostgresConnect, TwoInstancesMayStartAtOnceOnAnEmptyDatabase) {
  for (int round = 0; round < 20; ++round) {
    const std::string schema = fixture().schema() + "_" + std::to_string(round);
    std::atomic<int> ready{0};
    const auto start = [&] {
      const auto sink = MakeSink(fixture().url(), {{"schema", schema}});
      ++ready;
      while (ready < 2) std::this_thread::yield();
      const auto session = sink->Connect();
      EXPECT_TRUE(session.has_value()) << session.error().message;
      if (!session) return;
      const SinkStatus ensured = (*session)->EnsureStream(orders());
      EXPECT_TRUE(ensured.has_value()) << ensured.error().message;
    };
    std::thread thread(start);
    start();
    thread.join();
    EXPECT_EQ(Rows("\"" + schema + "\".orders"), 0);
    client().Query("DROP SCHEMA \"" + schema + "\" CASCADE");
  }
}

TEST_F(PostgresConnect, TheSchemaOfTheSettingsHoldsEverything) {
  const std::string schema = "Odd \"name\" " + fixture().schema();
  const std::string quoted = "\"Odd \"\"name\"\" " + fixture().schema() + "\"";
  const auto session = Connect({{"schema", schema}});
  ASSERT_TRUE(session->EnsureStream(orders()).has_value());
  ExpectTaken(*session, orders(), "k");
  EXPECT_TRUE(session->Ping().has_value());
  EXPECT_EQ(Rows(quoted + ".orders"), 1);
  EXPECT_EQ(Rows("pg_tables WHERE schemaname = '" + fixture().schema() + "'"), 0);
  client().Query("DROP SCHEMA " + quoted + " CASCADE");
}

TEST_F(PostgresConnect, AnUnloggedLedgerIsRefused) {
  Connect();
  for (const std::string table : {"oncegate_ledger", "oncegate_ids", "oncegate_schema"}) {
    client().Query("ALTER TABLE " + table + " SET UNLOGGED");
    ExpectRefused(table);
    client().Query("ALTER TABLE " + table + " SET LOGGED");
  }
  Connect();
}

TEST_F(PostgresConnect, ALedgerOfANewerVersionIsRefused) {
  Connect();
  client().Query("UPDATE oncegate_schema SET value = '2' WHERE name = 'schema_version'");
  ExpectRefused("schema_version 2");
}

TEST_F(PostgresConnect, AViewInThePlaceOfTheLedgerIsRefused) {
  client().Query("CREATE VIEW oncegate_ledger AS SELECT 1");
  ExpectRefused("oncegate_ledger");
}

TEST_F(PostgresConnect, ADatabaseThatCanNotHoldEveryCharacterIsRefused) {
  client().Query(
      "CREATE DATABASE narrow ENCODING 'LATIN1' LOCALE_PROVIDER libc LOCALE 'C' "
      "TEMPLATE template0");
  const auto refused = MakeSink(SharedServer().Url("narrow"))->Connect();
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().error_class, SinkErrorClass::kRefused);
  EXPECT_NE(refused.error().message.find("UTF8"), std::string::npos);
  SharedServer().DropDatabase("narrow");
}

TEST_F(PostgresConnect, ARoleThatMayNotCreateTablesConnectsOnceTheyAreThere) {
  const std::string role = "plain_" + fixture().schema();
  client().Query("CREATE ROLE " + role + " LOGIN");
  client().Query("GRANT USAGE ON SCHEMA " + fixture().schema() + " TO " + role);
  std::string url = fixture().url();
  url.replace(url.find("postgres@"), 9, role + "@");
  const auto refused = MakeSink(url)->Connect();
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().error_class, SinkErrorClass::kConnection) << "it can be granted";
  EXPECT_EQ(refused.error().sqlstate, "42501");
  Connect();
  client().Query("GRANT ALL ON ALL TABLES IN SCHEMA " + fixture().schema() + " TO " + role);
  EXPECT_TRUE(MakeSink(url)->Connect().has_value());
  client().Query("DROP OWNED BY " + role + "; DROP ROLE " + role);
}

TEST_F(PostgresConnect, NoMessageHoldsThePassword) {
  for (const std::string url : {"postgresql://someone:s3cret@127.0.0.1:1/db",
                                "host=127.0.0.1 port=1 user=someone password=s3cret"}) {
    const auto refused = MakeSink(url)->Connect();
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().error_class, SinkErrorClass::kConnection);
    EXPECT_NE(refused.error().message, "");
    EXPECT_EQ(refused.error().message.find("s3cret"), std::string::npos);
  }
}

TEST_F(PostgresConnect, EverySessionCarriesTimeoutsAndAName) {
  const auto session = Connect({{"statement_timeout", "4321"}, {"lock_timeout", "1234"}});
  ASSERT_TRUE(session->EnsureStream(orders()).has_value());
  client().Query(
      "CREATE TABLE seen (name text, value text);"
      "CREATE FUNCTION look() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO seen "
      "SELECT name, setting FROM pg_settings; RETURN NEW; END $$;"
      "CREATE TRIGGER look BEFORE INSERT ON orders FOR EACH ROW EXECUTE FUNCTION look()");
  ExpectTaken(*session, orders(), "k");
  const auto setting = [&](const std::string& name) {
    return client().QueryValue("SELECT value FROM seen WHERE name = '" + name + "'");
  };
  EXPECT_EQ(setting("application_name"), "oncegate");
  EXPECT_EQ(setting("client_encoding"), "UTF8");
  EXPECT_EQ(setting("statement_timeout"), "4321");
  EXPECT_EQ(setting("lock_timeout"), "1234");
  EXPECT_EQ(setting("idle_in_transaction_session_timeout"), "4000");
}

TEST_F(PostgresConnect, ARestoredDatabaseShowsItsOldState) {
  test::PostgresServer server;
  const auto write = [&](std::optional<Token> expected, Token token) {
    const auto session = ConnectTo(server.Url());
    std::vector<std::uint32_t> lost;
    ASSERT_TRUE(session->Begin().has_value());
    ASSERT_TRUE(
        conformance::WriteMarksOn(*session, {{.expected = expected, .token = token}}, kNow, &lost)
            .has_value());
    ASSERT_EQ(session->Commit(), CommitOutcome::kCommitted);
    ASSERT_TRUE(lost.empty());
  };
  write(std::nullopt, conformance::TokenOf(1));
  server.SnapshotDataDir();
  write(conformance::TokenOf(1), conformance::TokenOf(2));
  server.RestoreDataDir();
  write(conformance::TokenOf(1), conformance::TokenOf(3));
}

}  // namespace
}  // namespace oncegate::postgres
