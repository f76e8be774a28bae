#include <filesystem>
#include <fstream>

#include "tests/support/temporary_folder.h"
#include "tests/unit/server/config/config_testing.h"

namespace oncegate {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class Secrets : public testing::Test {
 protected:
  std::string WriteFile(const std::string& text) {
    const std::filesystem::path path = folder_.path() / "url";
    std::ofstream(path, std::ios::binary) << text;
    return path.string();
  }

  static std::string Sink(const std::string& settings) {
    return "[sinks.main]\ntype = \"postgres\"\n" + settings;
  }

  const test::TemporaryFolder folder_;
};

TEST_F(Secrets, AFileGivesTheValueWithoutItsNewline) {
  const std::string path = WriteFile("postgresql://u:hunter2@127.0.0.1/db\n");
  const Config config = LoadGood(Sink("url_file = \"" + path + "\"\n"));
  EXPECT_EQ(config.sinks.at(0).settings.at("url"), "postgresql://u:hunter2@127.0.0.1/db");
  EXPECT_EQ(config.sinks.at(0).settings.count("url_file"), 0U);
}

TEST_F(Secrets, BothSpellingsTogetherAreAFault) {
  const std::string path = WriteFile("postgresql://u@127.0.0.1/db\n");
  EXPECT_THAT(
      FaultsOf(Sink("url = \"postgresql://u@127.0.0.1/db\"\nurl_file = \"" + path + "\"\n")),
      ElementsAre(HasSubstr("oncegate.toml:4:1: sinks.main.url_file: stands beside \"url\"")));
}

TEST_F(Secrets, TheEnvironmentReplacesTheOtherSpellingOfTheFile) {
  ConfigSources sources;
  sources.environment = {
      {"ONCEGATE_SINKS__MAIN__URL_FILE", WriteFile("postgresql://env@127.0.0.1/db")}};
  const Config config = LoadGood(Sink("url = \"postgresql://file@127.0.0.1/db\"\n"), sources);
  EXPECT_EQ(config.sinks.at(0).settings.at("url"), "postgresql://env@127.0.0.1/db");
}

TEST_F(Secrets, AMissingOrEmptyFileIsOneFaultAtItsKey) {
  EXPECT_THAT(FaultsOf(Sink("url_file = \"/nowhere/url\"\n")),
              ElementsAre(HasSubstr("oncegate.toml:3:1: sinks.main.url_file: \"/nowhere/url\"")));
  EXPECT_THAT(FaultsOf(Sink("url_file = \"" + WriteFile("\n") + "\"\n")),
              ElementsAre(HasSubstr("is empty")));
}

TEST_F(Secrets, AFaultyUrlFromAFileIsBlamedOnTheFileWithoutShowingIt) {
  const std::string path = WriteFile("mysql://u:hunter2@127.0.0.1/db");
  EXPECT_THAT(FaultsOf(Sink("url_file = \"" + path + "\"\n")),
              ElementsAre(testing::AllOf(HasSubstr("oncegate.toml:3:1: sinks.main.url_file: "),
                                         Not(HasSubstr("hunter2")))));
}

}  // namespace
}  // namespace oncegate
