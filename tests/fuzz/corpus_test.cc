// Replays the seeds, and every input that once broke a property, through the fuzzers' functions.
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "tests/fuzz/targets.h"

namespace oncegate::fuzz {
namespace {

struct Seed {
  const Target* target;
  std::filesystem::path file;
};

std::vector<Seed> AllSeeds() {
  std::vector<Seed> seeds;
  for (const Target& target : kTargets) {
    const std::filesystem::path folder = std::filesystem::path(ONCEGATE_FUZZ_CORPUS) / target.name;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
      seeds.push_back({&target, entry.path()});
    }
  }
  std::ranges::sort(seeds, {}, &Seed::file);
  return seeds;
}

std::string NameOf(const ::testing::TestParamInfo<Seed>& info) {
  std::string name = std::string(info.param.target->name) + "_" + info.param.file.stem().string();
  for (char& c : name) {
    if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
  }
  return name;
}

void PrintTo(const Seed& seed, std::ostream* out) { *out << seed.file; }

class FuzzCorpus : public ::testing::TestWithParam<Seed> {};
INSTANTIATE_TEST_SUITE_P(Of, FuzzCorpus, ::testing::ValuesIn(AllSeeds()), NameOf);

// A property that does not hold ends the program; the name of the test tells the file.
TEST_P(FuzzCorpus, KeepsItsProperties) {
  std::ifstream file(GetParam().file, std::ios::binary);
  ASSERT_TRUE(file);
  const std::string input((std::istreambuf_iterator<char>(file)), {});
  GetParam().target->run(input);
}

TEST(FuzzCorpus, EveryTargetHasSeeds) {
  for (const Target& target : kTargets) {
    const auto seeds = AllSeeds();
    EXPECT_GE(std::ranges::count(seeds, &target, &Seed::target), 5) << target.name;
  }
}

// A cut or a changed byte of a seed is where parsers break first.
TEST(FuzzCorpus, CutAndBentSeedsKeepTheirProperties) {
  for (const Seed& seed : AllSeeds()) {
    SCOPED_TRACE(seed.file);
    std::ifstream file(seed.file, std::ios::binary);
    const std::string input((std::istreambuf_iterator<char>(file)), {});
    const std::size_t step = std::max<std::size_t>(input.size() / 64, 1);
    for (std::size_t at = 0; at < input.size(); at += step) {
      seed.target->run(std::string_view(input).substr(0, at));
      std::string bent = input;
      bent[at] = static_cast<char>(bent[at] ^ 0x20);
      seed.target->run(bent);
    }
  }
}

}  // namespace
}  // namespace oncegate::fuzz
