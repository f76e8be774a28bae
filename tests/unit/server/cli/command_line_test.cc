#include "server/cli/command_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace oncegate {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

template <typename Expected>
Expected Parse(const std::vector<std::string>& arguments) {
  const ParsedCommandLine parsed = ParseCommandLine(arguments);
  EXPECT_TRUE(parsed.command.has_value()) << parsed.error;
  return std::get<Expected>(parsed.command.value());
}

TEST(CommandLine, ServeTakesAFileAndOverrides) {
  const auto serve =
      Parse<ServeCommand>({"serve", "--config", "a.toml", "--data-dir=d", "--log-level", "debug"});
  EXPECT_EQ(serve.config, "a.toml");
  ASSERT_EQ(serve.flags.size(), 2U);
  EXPECT_EQ(serve.flags[0].flag, "--data-dir");
  EXPECT_THAT(serve.flags[0].path, ElementsAre("data_dir"));
  EXPECT_EQ(serve.flags[0].value, "d");
  EXPECT_THAT(serve.flags[1].path, ElementsAre("log", "level"));
  EXPECT_FALSE(Parse<ServeCommand>({"serve"}).config.has_value());
}

TEST(CommandLine, EveryCommandIsRead) {
  Parse<CheckConfigCommand>({"check-config"});
  Parse<RebuildIndexCommand>({"rebuild-index", "--data-dir", "d"});
  Parse<VersionCommand>({"version"});
  EXPECT_EQ(Parse<BenchCommand>({"bench", "trial", "--duration", "2s"}).duration,
            std::chrono::seconds(2));
  EXPECT_EQ(Parse<ProducersCommand>({"producers", "orders", "--prefix", "pos-"}).prefix, "pos-");
}

TEST(CommandLine, DeadLettersAreNamedByStreamOrById) {
  const auto list = Parse<DeadLettersCommand>({"dead-letters", "list", "--json"});
  EXPECT_EQ(list.action, DeadLettersAction::kList);
  EXPECT_TRUE(list.json);
  const auto replay = Parse<DeadLettersCommand>(
      {"dead-letters", "replay", "--stream", "orders", "--yes", "--ops-url", "http://h:1"});
  EXPECT_EQ(replay.action, DeadLettersAction::kReplay);
  EXPECT_EQ(replay.stream, "orders");
  EXPECT_TRUE(replay.confirmed);
  EXPECT_EQ(replay.ops_url, "http://h:1");
  const auto discard = Parse<DeadLettersCommand>({"dead-letters", "discard", "a:1", "a:2"});
  EXPECT_EQ(discard.action, DeadLettersAction::kDiscard);
  EXPECT_EQ(discard.ids, (std::vector<std::string>{"a:1", "a:2"}));
  EXPECT_FALSE(discard.confirmed);
  EXPECT_EQ(ParseCommandLine({"dead-letters", "replay"}).exit_status, 2);
  EXPECT_EQ(ParseCommandLine({"dead-letters", "replay", "--stream", "a", "a:1"}).exit_status, 2);
}

TEST(CommandLine, AnUnknownCommandIsNamed) {
  const ParsedCommandLine parsed = ParseCommandLine({"live-letters", "--stream", "orders"});
  EXPECT_EQ(parsed.exit_status, 2);
  EXPECT_THAT(parsed.error, HasSubstr("no command \"live-letters\""));
}

TEST(CommandLine, SendHasDefaultsThatKeepTheOrder) {
  const auto send = Parse<SendCommand>({"send", "orders"});
  EXPECT_EQ(send.stream, "orders");
  EXPECT_EQ(send.file, "-");
  EXPECT_EQ(send.connections, 1U);
  EXPECT_EQ(send.copies, 1U);
  EXPECT_FALSE(send.shuffle.has_value());
  EXPECT_FALSE(send.epoch.has_value());
  EXPECT_TRUE(send.resume);
}

TEST(CommandLine, SendTakesEveryOption) {
  const auto send = Parse<SendCommand>({"send",        "orders",
                                        "a.ndjson",    "--url",
                                        "http://h:1",  "--producer",
                                        "p",           "--epoch",
                                        "3",           "--batch",
                                        "10",          "--producers",
                                        "4",           "--connections",
                                        "2",           "--copies",
                                        "2",           "--shuffle",
                                        "9",           "--no-resume",
                                        "--retry-for", "5s",
                                        "--timeout",   "1m",
                                        "--first-seq", "7",
                                        "--progress",  "never"});
  EXPECT_EQ(send.file, "a.ndjson");
  EXPECT_EQ(send.url, "http://h:1");
  EXPECT_EQ(send.producer, "p");
  EXPECT_EQ(send.epoch, 3);
  EXPECT_EQ(send.first_sequence, 7);
  EXPECT_EQ(send.batch_records, 10U);
  EXPECT_EQ(send.producers, 4U);
  EXPECT_EQ(send.connections, 2U);
  EXPECT_EQ(send.copies, 2U);
  EXPECT_EQ(send.shuffle, 9U);
  EXPECT_FALSE(send.resume);
  EXPECT_EQ(send.retry_for, std::chrono::seconds(5));
  EXPECT_EQ(send.timeout, std::chrono::minutes(1));
  EXPECT_EQ(send.progress, ProgressMode::kNever);
}

TEST(CommandLine, PurgeShowsThePlanUnlessConfirmed) {
  const auto purge = Parse<PurgeCommand>({"purge", "orders", "--producer", "p"});
  EXPECT_FALSE(purge.confirmed);
  EXPECT_EQ(purge.mode, "seal");
  EXPECT_EQ(purge.producer, "p");
  EXPECT_TRUE(Parse<PurgeCommand>(
                  {"purge", "orders", "--ids-older-than", "168h", "--mode", "forget", "--yes"})
                  .confirmed);
}

TEST(CommandLine, WrongUsageIsStatusTwoAndSaysWhy) {
  const std::vector<std::vector<std::string>> wrong{
      {},
      {"sevre"},
      {"serve", "--colour", "blue"},
      {"serve", "--config"},
      {"send"},
      {"send", "orders", "--batch", "0"},
      {"send", "orders", "--epoch", "-1"},
      {"send", "orders", "--retry-for", "soon"},
      {"purge", "orders"},
      {"purge", "orders", "--producer", "p", "--producer-prefix", "q"},
      {"purge", "orders", "--producer", "p", "--mode", "burn"},
  };
  for (const auto& arguments : wrong) {
    const ParsedCommandLine parsed = ParseCommandLine(arguments);
    EXPECT_FALSE(parsed.command.has_value());
    EXPECT_EQ(parsed.exit_status, 2);
    EXPECT_FALSE(parsed.error.empty());
    EXPECT_THAT(parsed.output, IsEmpty());
  }
}

TEST(CommandLine, HelpOfEachCommandIsStatusZero) {
  EXPECT_THAT(ParseCommandLine({"--help"}).output, HasSubstr("check-config"));
  for (const std::string command : {"serve", "check-config", "send", "producers", "purge", "bench",
                                    "rebuild-index", "version"}) {
    const ParsedCommandLine parsed = ParseCommandLine({command, "--help"});
    EXPECT_EQ(parsed.exit_status, 0) << command;
    EXPECT_FALSE(parsed.command.has_value()) << command;
    EXPECT_THAT(parsed.output, HasSubstr(command));
    EXPECT_THAT(parsed.error, IsEmpty());
  }
}

}  // namespace
}  // namespace oncegate
