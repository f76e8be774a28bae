#include "server/app/address_file.h"

#include <optional>

#include "tests/unit/server/app/app_testing.h"

namespace oncegate {
namespace {

TEST(AddressFile, LivesAsLongAsTheObject) {
  const test::TemporaryFolder folder;
  const std::filesystem::path path = folder.path() / "ingest.addr";
  {
    std::optional<AddressFile> moved_to;
    {
      auto file = AddressFile::Write(path, "127.0.0.1:8080");
      ASSERT_TRUE(file.has_value());
      moved_to.emplace(std::move(*file));
    }
    EXPECT_EQ(ReadLine(path), "127.0.0.1:8080");
  }
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST(AddressFile, ReplacesWhatAKilledProcessLeft) {
  const test::TemporaryFolder folder;
  const std::filesystem::path path = folder.path() / "ingest.addr";
  std::ofstream(path) << "127.0.0.1:1\nand more\n";
  const auto file = AddressFile::Write(path, "127.0.0.1:2");
  ASSERT_TRUE(file.has_value());
  EXPECT_EQ(std::filesystem::file_size(path), 12U);
}

TEST(AddressFile, AFolderThatDoesNotExistIsAnError) {
  const test::TemporaryFolder folder;
  const auto file = AddressFile::Write(folder.path() / "none" / "x.addr", "a");
  ASSERT_TRUE(file.has_error());
  EXPECT_NE(file.error().message.find("x.addr can not be written"), std::string::npos);
}

}  // namespace
}  // namespace oncegate
