// The bytes of a state never change under a version byte: each fixture is read back to its state,
// and the state is written as the fixture.
#include <gtest/gtest.h>

#include <cctype>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <string>

#include "dedupe/codec/state_codec.h"
#include "tests/support/sequence_max.h"

namespace oncegate {
namespace {

const std::filesystem::path kFixtures = std::filesystem::path(ONCEGATE_GOLDEN_DIR) / "state";

std::map<std::string, ProducerState> GoldenStates() {
  std::map<std::string, ProducerState> states;
  states["empty"] = {};
  states["gapless"] = {.known = true,
                       .epoch = Epoch{3},
                       .window = {.floor = -1, .ranges = {{0, 1045}}},
                       .bump = std::nullopt};
  states["tombstone"] = {.known = true,
                         .epoch = Epoch{3},
                         .window = {.floor = 10, .ranges = {}},
                         .bump = std::nullopt};
  states["ranges_and_bump"] = {
      .known = true,
      .epoch = Epoch{4},
      .window = {.floor = 99, .ranges = {{101, 300}, {302, 302}}},
      .bump = BumpRecord{"k1", Epoch{4}, {.floor = 99, .ranges = {{101, 300}}}}};
  states["largest_numbers"] = {
      .known = true,
      .epoch = Epoch{kSequenceMax},
      .window = {.floor = kSequenceMax - 1, .ranges = {{kSequenceMax, kSequenceMax}}},
      .bump = std::nullopt};
  for (auto& [name, state] : states) state.known = true;
  return states;
}

std::string ReadFile(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file.is_open()) << path;
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::string ToHex(const std::string& bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string hex;
  for (const char byte : bytes) {
    if (!hex.empty()) hex.push_back(' ');
    hex.push_back(kDigits[static_cast<unsigned char>(byte) >> 4]);
    hex.push_back(kDigits[static_cast<unsigned char>(byte) & 15]);
  }
  return hex;
}

std::string FromHex(const std::string& hex) {
  std::string digits;
  for (const char digit : hex) {
    if (std::isxdigit(static_cast<unsigned char>(digit)) != 0) digits.push_back(digit);
  }
  std::string bytes;
  for (std::size_t i = 0; i + 1 < digits.size(); i += 2) {
    bytes.push_back(static_cast<char>(std::stoi(digits.substr(i, 2), nullptr, 16)));
  }
  return bytes;
}

TEST(StateGolden, EveryStateIsWrittenAsItsFixture) {
  for (const auto& [name, state] : GoldenStates()) {
    EXPECT_EQ(ToHex(EncodeState(state)) + "\n", ReadFile(kFixtures / (name + ".hex"))) << name;
  }
}

TEST(StateGolden, EveryFixtureIsReadBackToItsState) {
  for (const auto& [name, state] : GoldenStates()) {
    const Result<ProducerState> decoded =
        DecodeState(FromHex(ReadFile(kFixtures / (name + ".hex"))));
    ASSERT_TRUE(decoded.has_value()) << name << ": " << decoded.error().message;
    EXPECT_EQ(*decoded, state) << name;
  }
}

TEST(StateGolden, EveryFixtureBelongsToATest) {
  std::set<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(kFixtures)) {
    names.insert(entry.path().stem().string());
  }
  std::set<std::string> expected;
  for (const auto& [name, state] : GoldenStates()) expected.insert(name);
  EXPECT_EQ(names, expected);
}

TEST(StateGolden, TheFormatDocumentShowsTheFixturesItWorks) {
  const std::string document = ReadFile(ONCEGATE_FORMAT_DOCUMENT);
  for (const char* name : {"gapless", "ranges_and_bump"}) {
    std::string hex = ReadFile(kFixtures / (std::string(name) + ".hex"));
    hex.pop_back();
    EXPECT_NE(document.find(hex), std::string::npos) << name << " is not in docs/format.md";
  }
}

}  // namespace
}  // namespace oncegate
