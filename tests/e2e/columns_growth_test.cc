// target = "columns" with auto_evolve: tables that get columns while events are written.
#include <thread>

#include "tests/e2e/service_test.h"
#include "tests/support/temporary_folder.h"

namespace oncegate::e2e {
namespace {

using ::testing::HasSubstr;

constexpr char kThings[] = "CREATE TABLE things (id INTEGER PRIMARY KEY, name TEXT)";
constexpr char kThingsStream[] =
    "[streams.things]\ntarget = \"columns\"\nkey_columns = [\"id\"]\nauto_evolve = true\n";

constexpr char kReplay[] = R"({"stream":"things","dry_run":false})";

class GrowingColumns : public ServiceTest {
 protected:
  void StartWithTable(const std::string& streams) {
    Start();
    sink().Query(kThings);
    Restart(sink().Settings() + streams);
  }
  void Restart(const std::string& settings) {
    process().Kill();
    process().setup().settings = settings;
    process().Start();
  }
  std::int64_t Things(const std::string& condition) {
    return sink().Count("SELECT count(*) FROM things WHERE " + condition);
  }
  Answer Letters(const std::string& action, const std::string& body) {
    return service().OpsPost("/admin/v1/dead-letters/" + action, body);
  }
};
ONCEGATE_ON_ALL_SINKS(GrowingColumns);

/// SQLite knows no rights.
class GrowingColumnsWithRights : public GrowingColumns {};
INSTANTIATE_TEST_SUITE_P(On, GrowingColumnsWithRights, ::testing::Values(SinkKind::kPostgres),
                         SinkKindName);

TEST_P(GrowingColumns, ANewFieldGetsItsColumnAndNothingIsLostOrDoubled) {
  StartWithTable(kThingsStream);
  std::vector<std::string> records;
  for (int i = 0; i < 300; ++i) {
    const std::string id = std::to_string(i);
    // Every hundredth event comes with a field that no event had before.
    records.push_back(Record("p", i,
                             R"({"id":)" + id + R"(,"name":"n)" + id + R"(","f)" +
                                 std::to_string(i / 100) + "\":" + id + "}"));
  }
  records[150] = Record("p", 150, R"({"id":150,"Not A Name":1,"unused":1})");
  const std::string batch = Array(records);
  EXPECT_THAT(Post("things", batch), Settles(207, {{"applied", 299}, {"rejected", 1}}));
  EXPECT_THAT(Post("things", batch), Settles(207, {{"duplicate", 299}, {"rejected", 1}}));
  EXPECT_EQ(Things("1 = 1"), 299);
  EXPECT_EQ(Things("(f0 = id AND id < 100) OR (f1 = id AND id < 200) OR f2 = id"), 299);
  EXPECT_THAT(Post("things", Record("p", 300, R"({"id":0,"name":"again"})")),
              Settles(200, {{"applied", 1}}));
  EXPECT_EQ(Things("id = 0 AND name = 'again' AND f0 IS NULL"), 1);
}

TEST_P(GrowingColumns, TwoInstancesAddColumnsAtOnce) {
  StartWithTable(kThingsStream);
  const test::TemporaryFolder folder;
  test::ServiceProcess other(test::ServiceSetup{.program = Program(),
                                                .folder = folder.path(),
                                                .settings = sink().Settings() + kThingsStream,
                                                .environment = {},
                                                .flags = {}});
  other.Start();
  constexpr int kFields = 20;
  const auto feed = [](std::uint16_t port, const std::string& producer, int first_id) {
    for (int i = 0; i < kFields; ++i) {
      const std::string body = Record(producer, i,
                                      R"({"id":)" + std::to_string(first_id + i) + R"(,"f)" +
                                          std::to_string(i) + R"(":)" + std::to_string(i) + "}");
      const testing::HttpCall call{
          "POST", "/v1/streams/things/events", {{"Content-Type", "application/json"}}, body};
      EXPECT_THAT(ReadAnswer(testing::Call(port, call)), Settles(200, {{"applied", 1}}));
    }
  };
  std::thread thread([&] { feed(other.ingest_port(), "b", 100); });
  feed(process().ingest_port(), "a", 0);
  thread.join();
  EXPECT_EQ(Things("1 = 1"), 2 * kFields);
  for (int i = 0; i < kFields; ++i) {
    const std::string column = "f" + std::to_string(i);
    EXPECT_EQ(Things(column + " = id % 100 AND id % 100 = " + std::to_string(i)), 2) << column;
  }
}

TEST_P(GrowingColumns, ADeadLetterIsReplayedOnceTheTableTakesIt) {
  Start();
  sink().Query(
      "CREATE TABLE things (id INTEGER PRIMARY KEY, name TEXT, price INTEGER, "
      "CHECK (price < 100))");
  const std::string stream =
      "[streams.things]\ntarget = \"columns\"\nkey_columns = [\"id\"]\n"
      "on_reject = \"dead_letter\"\n";
  Restart(sink().Settings() + stream);
  // One that the table refuses, and one with a field that has no column.
  const std::string batch = Array({Record("p", 0, R"({"id":1,"name":"a","price":5})"),
                                   Record("p", 1, R"({"id":2,"name":"b","price":500})"),
                                   Record("p", 2, R"({"id":3,"name":"c","colour":"red"})")});
  EXPECT_THAT(Post("things", batch), Settles(200, {{"applied", 1}, {"dead_lettered", 2}}));
  EXPECT_THAT(Post("things", batch), Settles(200, {{"duplicate", 3}}));
  EXPECT_EQ(Things("1 = 1"), 1);
  EXPECT_EQ(Letters("replay", kReplay).Member("applied"), "0");
  sink().Query("DROP TABLE things");
  sink().Query("CREATE TABLE things (id INTEGER PRIMARY KEY, name TEXT, price INTEGER)");
  Restart(sink().Settings() + stream + "auto_evolve = true\n");
  EXPECT_EQ(Letters("replay", R"({"stream":"things"})").Member("applied"), "2") << "a dry run";
  EXPECT_EQ(Things("1 = 1"), 0);
  const Answer replayed = Letters("replay", kReplay);
  EXPECT_EQ(replayed.Member("applied"), "2") << replayed.reply.body;
  EXPECT_EQ(Things("(id = 2 AND price = 500 AND colour IS NULL) OR (id = 3 AND colour = 'red')"),
            2);
  EXPECT_EQ(Letters("replay", kReplay).Member("applied"), "0");
}

TEST_P(GrowingColumnsWithRights, WithoutTheRightTheEventIsRejectedUntilItIsGiven) {
  StartWithTable(kThingsStream);
  sink().Query(
      "CREATE ROLE writer LOGIN; GRANT ALL ON SCHEMA public TO writer; "
      "GRANT ALL ON ALL TABLES IN SCHEMA public TO writer");
  std::string settings = sink().Settings() + kThingsStream;
  settings.replace(settings.find("postgres:", settings.find("//")), 8, "writer");
  Restart(settings);
  const std::string batch = Array(
      {Record("p", 0, R"({"id":1,"colour":"red"})"), Record("p", 1, R"({"id":2,"name":"a"})")});
  const Answer refused = Post("things", batch);
  EXPECT_THAT(refused, Settles(207, {{"applied", 1}, {"rejected", 1}}));
  EXPECT_THAT(refused.reply.body, HasSubstr("owner"));
  sink().Query("ALTER TABLE things OWNER TO writer");
  EXPECT_THAT(Post("things", batch), Settles(200, {{"applied", 1}, {"duplicate", 1}}));
  EXPECT_EQ(Things("colour = 'red' OR name = 'a'"), 2);
  process().Kill();
  sink().Query("ALTER TABLE things OWNER TO postgres; DROP OWNED BY writer; DROP ROLE writer");
}

}  // namespace
}  // namespace oncegate::e2e
