#include "server/cli/config_commands.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "dedupe/store/leveldb_store.h"
#include "server/config/data_dir.h"
#include "tests/support/temporary_folder.h"

namespace oncegate {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr WallTime kNoon{1'769'860'800'000'000};  // 2026-01-31T12:00:00Z

class ConfigCommands : public testing::Test {
 protected:
  std::filesystem::path WriteConfig(const std::string& text) {
    std::ofstream(folder_.path() / "oncegate.toml") << text;
    return folder_.path() / "oncegate.toml";
  }
  RebuildIndexCommand Rebuild() const {
    RebuildIndexCommand command;
    command.flags = {{"--data-dir", {"data_dir"}, folder_.path().string()}};
    return command;
  }

  const test::TemporaryFolder folder_;
  std::istringstream input_;
  std::ostringstream output_;
  std::ostringstream error_;
  ProgramStreams streams_{&input_, &output_, &error_};
};

TEST_F(ConfigCommands, CheckConfigPraisesAGoodFile) {
  CheckConfigCommand command;
  command.config = WriteConfig("[streams.orders]\n");
  EXPECT_EQ(RunCheckConfig(command, streams_), kExitDone) << error_.str();
  EXPECT_THAT(output_.str(), HasSubstr("oncegate.toml: no faults, 1 sink, 1 stream"));
}

TEST_F(ConfigCommands, CheckConfigListsEveryFaultAndFails) {
  CheckConfigCommand command;
  command.config = WriteConfig("colour = 1\n[ingest]\nlisten = 1\n");
  EXPECT_EQ(RunCheckConfig(command, streams_), kExitFailed);
  EXPECT_THAT(output_.str(), IsEmpty());
  EXPECT_THAT(error_.str(), AllOf(HasSubstr("oncegate.toml:1:1: colour: unknown key"),
                                  HasSubstr("oncegate.toml:3:1: ingest.listen: ")));
}

TEST_F(ConfigCommands, RebuildIndexSetsTheFolderAside) {
  const std::filesystem::path index = IndexDirectory(folder_.path());
  { ASSERT_TRUE(LevelDbStore::Open({index}).has_value()); }
  EXPECT_EQ(RunRebuildIndex(Rebuild(), kNoon, streams_), kExitDone) << error_.str();
  EXPECT_FALSE(std::filesystem::exists(index));
  std::size_t set_aside = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(folder_.path()))
    ++set_aside;
  EXPECT_EQ(set_aside, 1U);
}

TEST_F(ConfigCommands, RebuildIndexWithoutAnIndexHasNothingToDo) {
  EXPECT_EQ(RunRebuildIndex(Rebuild(), kNoon, streams_), kExitDone);
  EXPECT_THAT(output_.str(), HasSubstr("nothing to do"));
}

TEST_F(ConfigCommands, RebuildIndexIsRefusedWhileTheStoreIsInUse) {
  const std::filesystem::path index = IndexDirectory(folder_.path());
  const auto store = LevelDbStore::Open({index});
  ASSERT_TRUE(store.has_value());
  EXPECT_EQ(RunRebuildIndex(Rebuild(), kNoon, streams_), kExitFailed);
  EXPECT_TRUE(std::filesystem::exists(index));
  EXPECT_THAT(error_.str(), HasSubstr(std::to_string(getpid())));
}

}  // namespace
}  // namespace oncegate
