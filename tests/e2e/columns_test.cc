// target = "columns": fields of values go to the columns of a table that was there before.
#include "tests/e2e/service_test.h"
#include "tests/support/deadline.h"

namespace oncegate::e2e {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr char kGoods[] =
    "CREATE TABLE goods (id INTEGER PRIMARY KEY, name TEXT NOT NULL, price NUMERIC(12,2), "
    "email VARCHAR(99) UNIQUE, weight INTEGER)";
constexpr char kGoodsStream[] = "[streams.goods]\ntarget = \"columns\"\nkey_columns = [\"id\"]\n";

class Columns : public ServiceTest {
 protected:
  /// The service runs once, so that its sink is there, before the table is made.
  void StartWithTable(const std::string& table, const std::string& streams) {
    Start();
    sink().Query(table);
    Restart(streams);
  }
  void Restart(const std::string& streams) {
    process().Kill();
    process().setup().settings = sink().Settings() + streams;
    process().Start();
  }
  std::string FailToStart(const std::string& streams) {
    process().Kill();
    process().setup().settings = sink().Settings() + streams;
    EXPECT_EQ(process().StartAndFail(), 1);
    return process().Log();
  }
  std::int64_t Goods(const std::string& condition) {
    return sink().Count("SELECT count(*) FROM goods WHERE " + condition);
  }
  static std::string Delete(std::int64_t sequence, const std::string& key) {
    return R"({"producer":"p","seq":)" + std::to_string(sequence) + R"(,"key":")" + key +
           R"(","op":"delete"})";
  }
};
ONCEGATE_ON_ALL_SINKS(Columns);

TEST_P(Columns, TheKeyComesFromTheValueAndADuplicateChangesNothing) {
  StartWithTable(kGoods, kGoodsStream);
  const std::string batch = Array({Record("p", 0, R"({"id":7,"name":"lamp","price":12.50})"),
                                   Record("p", 1, R"({"id":8,"name":"desk"})"),
                                   Record("p", 2, R"({"id":7,"name":"lamp","price":11})")});
  ASSERT_THAT(Post("goods", batch), Settles(200, {{"applied", 3}}));
  EXPECT_THAT(Post("goods", batch), Settles(200, {{"duplicate", 3}}));
  EXPECT_EQ(Goods("(id = 7 AND price = 11) OR (id = 8 AND price IS NULL)"), 2);
  EXPECT_EQ(Goods("1 = 1"), 2);
}

TEST_P(Columns, ALateEventDoesNotBringADeletedRowBack) {
  StartWithTable(kGoods, kGoodsStream);
  ASSERT_THAT(Post("goods", Record("p", 0, R"({"id":7,"name":"lamp"})")),
              Settles(200, {{"applied", 1}}));
  ASSERT_THAT(Post("goods", Delete(5, "7")), Settles(200, {{"applied", 1}}));
  EXPECT_THAT(Post("goods", Record("p", 3, R"({"id":7,"name":"late"})")),
              Settles(200, {{"superseded", 1}}));
  EXPECT_EQ(Goods("1 = 1"), 0);
  process().Kill();
  process().Start();
  EXPECT_THAT(Post("goods", Record("p", 4, R"({"id":7,"name":"late"})")),
              Settles(200, {{"superseded", 1}}));
  EXPECT_THAT(Post("goods", Record("p", 6, R"({"id":7,"name":"new"})")),
              Settles(200, {{"applied", 1}}));
  EXPECT_EQ(Goods("name = 'new'"), 1);
}

TEST_P(Columns, DeletedRowsAreForgottenAfterTheRetentionAndThoseThatStandAreNot) {
  StartWithTable(kGoods, std::string(kGoodsStream) + "producer_retention = \"1s\"\n");
  // More than one slice of the sweep.
  constexpr int kDeletes = 2'500;
  std::vector<std::string> records;
  for (int i = 0; i < kDeletes; ++i) records.push_back(Delete(i, std::to_string(i)));
  for (const int id : {5, 3'000}) {
    const std::string key = std::to_string(id);
    records.push_back(Record("p", kDeletes + id, R"({"id":)" + key + R"(,"name":"a"})"));
  }
  ASSERT_THAT(Post("goods", Array(records)), Settles(200, {{"applied", kDeletes + 2}}));
  const auto guards = [&](const std::string& condition) {
    return sink().Count("SELECT count(*) FROM oncegate_rows WHERE " + condition);
  };
  EXPECT_TRUE(test::Eventually([&] { return guards("deleted") == 0; }, std::chrono::seconds(20)));
  EXPECT_EQ(guards("NOT deleted"), 2);
  EXPECT_EQ(Goods("1 = 1"), 2);
}

TEST_P(Columns, ABadRowIsRejectedAloneWithTheReason) {
  StartWithTable(kGoods, kGoodsStream);
  std::vector<std::string> records;
  for (int i = 0; i < 500; ++i) {
    const std::string id = std::to_string(i);
    records.push_back(Record("p", i, R"({"id":)" + id + R"(,"name":"n)" + id + R"("})"));
  }
  records[100] = Record("p", 100, R"({"id":100,"name":null})");
  records[200] = Record("p", 200, R"({"id":200,"name":"a","colour":"red"})");
  records[300] = Record("p", 300, R"({"name":"nobody"})");
  const Answer answer = Post("goods", Array(records));
  EXPECT_THAT(answer, Settles(207, {{"applied", 497}, {"rejected", 3}}));
  EXPECT_THAT(answer.reply.body, HasSubstr("colour"));
  EXPECT_EQ(Goods("1 = 1"), 497);
}

TEST_P(Columns, EveryKindOfDedupeGoesWithThem) {
  StartWithTable(kGoods, std::string(kGoodsStream) + "dedupe = \"version\"\n");
  const auto version = [](int number, const std::string& name) {
    return R"({"version":)" + std::to_string(number) + R"(,"value":{"id":1,"name":")" + name +
           R"("}})";
  };
  EXPECT_THAT(Post("goods", version(5, "five")), Settles(200, {{"applied", 1}}));
  EXPECT_THAT(Post("goods", version(5, "five")), Settles(200, {{"duplicate", 1}}));
  EXPECT_THAT(Post("goods", version(5, "other")), Settles(409, {{"conflict", 1}}));
  EXPECT_THAT(Post("goods", version(4, "four")), Settles(200, {{"superseded", 1}}));
  EXPECT_EQ(Goods("name = 'five'"), 1);
  sink().Query("CREATE TABLE calls (id INTEGER PRIMARY KEY, name TEXT)");
  sink().Query("CREATE TABLE latest (id INTEGER PRIMARY KEY, name TEXT)");
  Restart(std::string(kGoodsStream) +
          "dedupe = \"version\"\n[streams.calls]\ntarget = \"columns\"\n"
          "dedupe = \"id\"\nkey_columns = [\"id\"]\n[streams.latest]\ntarget = \"columns\"\n"
          "dedupe = \"off\"\nkey_columns = [\"id\"]\n");
  const std::string call = R"({"id":"x","value":{"id":1,"name":"a"}})";
  EXPECT_THAT(Post("calls", call), Settles(200, {{"applied", 1}}));
  EXPECT_THAT(Post("calls", call), Settles(200, {{"duplicate", 1}}));
  EXPECT_THAT(Post("latest", R"({"value":{"id":1,"name":"a"}})"), Settles(200, {{"applied", 1}}));
  EXPECT_EQ(sink().Count("SELECT count(*) FROM calls WHERE name = 'a'"), 1);
  EXPECT_EQ(sink().Count("SELECT count(*) FROM latest WHERE name = 'a'"), 1);
}

TEST_P(Columns, WhatTheTableLacksIsToldAtTheStart) {
  StartWithTable(kGoods, "");
  EXPECT_THAT(FailToStart("[streams.wares]\ntarget = \"columns\"\nkey_columns = [\"id\"]\n"),
              HasSubstr("there is no table"));
  EXPECT_THAT(FailToStart("[streams.goods]\ntarget = \"columns\"\nkey_columns = [\"sku\"]\n"),
              HasSubstr("no key column"));
  EXPECT_THAT(FailToStart("[streams.goods]\ntarget = \"columns\"\nkey_columns = [\"weight\"]\n"),
              HasSubstr("unique index"));
  Restart(kGoodsStream);
  EXPECT_THAT(FailToStart("[streams.goods]\ntarget = \"columns\"\nkey_columns = [\"email\"]\n"),
              HasSubstr("key_columns"));
}

TEST_P(Columns, AStreamWhoseConfigurationIsGoneWritesNothing) {
  StartWithTable(kGoods, kGoodsStream);
  ASSERT_THAT(Post("goods", Record("p", 0, R"({"id":7,"name":"lamp"})")),
              Settles(200, {{"applied", 1}}));
  Restart("");
  EXPECT_THAT(Post("goods", Record("p", 1, R"({"id":8,"name":"desk"})"), kAll).Verdicts(),
              ElementsAre("rejected"));
  EXPECT_EQ(Goods("1 = 1"), 1);
}

}  // namespace
}  // namespace oncegate::e2e
