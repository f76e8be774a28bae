#include <algorithm>

#include "sinks/files/files_sink.h"
#include "sinks/registry.h"
#include "tests/unit/sinks/files/files_fixture.h"

namespace oncegate::files {
namespace {

using Keys = std::vector<std::string>;

Keys FaultyKeys(SettingMap settings) {
  SinkOptions options;
  options.name = "lake";
  options.type = "files";
  options.data_dir = "data";
  options.request_timeout = std::chrono::seconds(10);
  options.settings = std::move(settings);
  Keys keys;
  for (const OptionFault& fault : kFilesSinkType.check(options)) {
    EXPECT_NE(fault.message, "");
    keys.push_back(fault.key);
  }
  std::sort(keys.begin(), keys.end());
  return keys;
}

TEST(FilesOptions, AFolderIsAllThatIsNeeded) {
  EXPECT_EQ(FaultyKeys({{"path", "lake"}}), Keys{});
  EXPECT_EQ(FaultyKeys({{"path", "/srv/lake/"},
                        {"roll_bytes", "4096"},
                        {"roll_interval", "86400000"},
                        {"compression_level", "19"}}),
            Keys{});
}

TEST(FilesOptions, EveryFaultIsReportedAtOnce) {
  EXPECT_EQ(FaultyKeys({}), Keys{"path"});
  EXPECT_EQ(FaultyKeys({{"path", ""},
                        {"roll_bytes", "4095"},
                        {"roll_interval", "99"},
                        {"compression_level", "20"},
                        {"pth", "x"}}),
            (Keys{"compression_level", "path", "pth", "roll_bytes", "roll_interval"}));
}

TEST(FilesOptions, NothingIsTouchedBeforeTheFirstConnect) {
  const test::TemporaryFolder folder;
  { const auto sink = MakeSink(folder.path() / "lake"); }
  EXPECT_FALSE(std::filesystem::exists(folder.path() / "lake"));
}

}  // namespace
}  // namespace oncegate::files
