// The pure parts: url, key template, settings, guards.
#include <gtest/gtest.h>

#include <algorithm>

#include "sinks/redis/key_template.h"
#include "sinks/redis/letter_codec.h"
#include "sinks/redis/row_guard.h"
#include "sinks/redis/settings.h"
#include "sinks/redis/url.h"

namespace oncegate::redis {
namespace {

std::vector<std::string> FaultsOf(std::map<std::string, std::string> settings) {
  SinkOptions options;
  options.type = "redis";
  settings.try_emplace("url", "redis://127.0.0.1");
  options.settings = std::move(settings);
  std::vector<OptionFault> faults;
  ReadSettings(options, &faults);
  std::vector<std::string> keys;
  for (const OptionFault& fault : faults) keys.push_back(fault.key);
  return keys;
}

TEST(RedisUrl, EveryPartIsRead) {
  const auto address = ParseUrl("redis://us%65r:p%40ss%2f@[::1]:7000/3");
  ASSERT_TRUE(address.has_value());
  EXPECT_EQ(address->user, "user");
  EXPECT_EQ(address->password, "p@ss/");
  EXPECT_EQ(address->host, "::1");
  EXPECT_EQ(address->port, 7000);
  EXPECT_EQ(address->database, 3U);
  EXPECT_EQ(ParseUrl("redis://:secret@cache")->password, "secret");
  EXPECT_EQ(ParseUrl("redis://cache")->port, 6379);
}

TEST(RedisUrl, WhatIsNoUrlIsRefused) {
  for (const std::string text :
       {"", "cache:6379", "redis://", "redis://cache:", "redis://cache:0", "redis://cache:70000",
        "redis://cache/x", "redis://user@cache", "redis://a:%4@cache", "redis://a:%zz@cache",
        "redis://[::1", "redis://[::1]6379"}) {
    EXPECT_FALSE(ParseUrl(text).has_value()) << text;
  }
}

TEST(RedisKeyTemplate, TableAndKeyStandBetweenTexts) {
  const KeyTemplate made = KeyTemplate::Parse("{{shop}}:{table}/{key}!").value();
  EXPECT_EQ(made.HeadOf("orders"), "{shop}:orders/");
  EXPECT_EQ(made.tail(), "!");
  EXPECT_EQ(made.HashTag(), "shop");
}

TEST(RedisKeyTemplate, RowsOfTwoTablesWouldShareAKeyIsRefused) {
  for (const std::string text : {"", "{key}", "{table}:", "{table}{key}", "{key}:{table}",
                                 "{table}:{key}:{key}", "{stream}:{key}", "{table}:{key}}"}) {
    EXPECT_FALSE(KeyTemplate::Parse(text).has_value()) << text;
  }
  const KeyTemplate made = KeyTemplate::Parse("{table}:{key}").value();
  EXPECT_NE(made.WhyNot("a:b", "oncegate"), "");
  EXPECT_NE(made.WhyNot("oncegate", "oncegate"), "") << "rows would stand among the ledger's keys";
  EXPECT_NE(made.WhyNot("", "oncegate"), "");
  EXPECT_EQ(made.WhyNot("orders", "oncegate"), "");
}

TEST(RedisSettings, FaultsNameTheirKeys) {
  using Keys = std::vector<std::string>;
  EXPECT_EQ(FaultsOf({}), Keys{});
  EXPECT_EQ(FaultsOf({{"url", "rediss://cache"}}), Keys{"url"});
  EXPECT_EQ(FaultsOf({{"url", "http://cache"}}), Keys{"url"});
  EXPECT_EQ(FaultsOf({{"prefix", ""}}), Keys{"prefix"});
  EXPECT_EQ(FaultsOf({{"format", "xml"}}), Keys{"format"});
  EXPECT_EQ(FaultsOf({{"durability", "some"}}), Keys{"durability"});
  EXPECT_EQ(FaultsOf({{"key_template", "{key}"}}), Keys{"key_template"});
  EXPECT_EQ(FaultsOf({{"command_timeout", "1"}}), Keys{"command_timeout"});
  EXPECT_EQ(FaultsOf({{"tls", "true"}}), Keys{"tls"});
  EXPECT_EQ(FaultsOf({{"prefix", "{shop}:oncegate"}}), Keys{"key_template"});
  EXPECT_EQ(FaultsOf({{"prefix", "{shop}:o"}, {"key_template", "{{shop}}:{table}:{key}"}}), Keys{});
}

// The bytes of a guard and of a letter as they stand in the server: an older one is still read.
TEST(RedisRowGuard, ItsBytesStayReadable) {
  RowGuard guard;
  guard.deleted = true;
  guard.version = Version{1, 0};
  guard.epoch = 3;
  guard.applied_at = {1'769'860'800'123'456};
  guard.producer = "pos 17";
  const std::string bytes = EncodeGuard(guard, "0123456789abcdef");
  EXPECT_EQ(bytes, "1 0123456789abcdef 1 18446744073709551616 3 - 1769860800123456 pos 17");
  const auto read = DecodeGuard(bytes);
  ASSERT_TRUE(read.has_value());
  EXPECT_TRUE(read->deleted);
  EXPECT_EQ(read->version, guard.version);
  EXPECT_EQ(read->epoch, 3);
  EXPECT_EQ(read->sequence, std::nullopt);
  EXPECT_EQ(read->producer, "pos 17");
  for (const std::string broken :
       {"", "0", "2 0123456789abcdef 0 - - - 1 p", "1 short 0 - - - 1 p",
        "1 0123456789abcdef 2 - - - 1 p", "1 0123456789abcdef 0 - - -"}) {
    EXPECT_FALSE(DecodeGuard(broken).has_value()) << broken;
  }
}

TEST(RedisDeadLetter, ItsBytesStayReadable) {
  const std::string bytes =
      "0123456789abcdef6:orders1:p1:01:70:1:k1:06:upsert0:0:2:{}8:rejected13:sink_rejected3:why1:9";
  const auto letter = DecodeLetter("orders:a", bytes);
  ASSERT_TRUE(letter.has_value());
  EXPECT_EQ(letter->producer, "p");
  EXPECT_EQ(letter->sequence, Sequence{7});
  EXPECT_EQ(letter->value, "{}");
  EXPECT_EQ(EncodeLetter(*letter, "0123456789abcdef"), bytes);
  EXPECT_FALSE(DecodeLetter("orders:a", bytes.substr(0, bytes.size() - 1)).has_value());
}

TEST(RedisRowGuard, NoTwoStampsAreTheSame) {
  std::vector<std::string> stamps;
  for (int i = 0; i < 1'000; ++i) stamps.push_back(NewStamp());
  std::sort(stamps.begin(), stamps.end());
  EXPECT_EQ(std::adjacent_find(stamps.begin(), stamps.end()), stamps.end());
}

}  // namespace
}  // namespace oncegate::redis
