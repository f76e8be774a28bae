#include "dedupe/codec/state_codec.h"

#include <gtest/gtest.h>
#include <xxhash.h>

#include <random>
#include <string>

#include "dedupe/codec/varint.h"
#include "tests/support/sequence_max.h"

namespace oncegate {
namespace {

constexpr std::uint64_t kSequenceLimit = std::uint64_t{1} << 63;

ProducerState State(std::int64_t epoch, Window window) {
  return {.known = true, .epoch = Epoch{epoch}, .window = std::move(window), .bump = std::nullopt};
}

ProducerState StateWithBump() {
  ProducerState state = State(5, {.floor = 7, .ranges = {{9, 12}, {20, 20}}});
  state.bump = BumpRecord{"bump-key", Epoch{4}, {.floor = 7, .ranges = {{9, 9}}}};
  return state;
}

/// Bytes written by hand: what `numbers` say, with a version byte and a valid checksum around it.
std::string Sealed(std::string body) {
  std::string bytes = '\x01' + std::move(body);
  const XXH64_hash_t hash = XXH3_64bits(bytes.data(), bytes.size());
  for (int shift = 0; shift < 32; shift += 8) {
    bytes.push_back(static_cast<char>((hash >> shift) & 0xff));
  }
  return bytes;
}

std::string Numbers(std::initializer_list<std::uint64_t> numbers) {
  std::string bytes;
  for (const std::uint64_t number : numbers) AppendVarint(number, &bytes);
  return bytes;
}

void ExpectRefused(const std::string& bytes, const std::string& message) {
  const Result<ProducerState> state = DecodeState(bytes);
  ASSERT_TRUE(state.has_error());
  EXPECT_NE(state.error().message.find(message), std::string::npos) << state.error().message;
}

TEST(StateCodec, StatesAreReadBackAsTheyWere) {
  const ProducerState states[] = {
      State(0, {}),
      State(3, {.floor = -1, .ranges = {{0, 10}}}),
      State(3, {.floor = 10, .ranges = {}}),
      State(3, {.floor = 10, .ranges = {{11, 11}, {13, 13}}}),
      State(kSequenceMax, {.floor = kSequenceMax, .ranges = {}}),
      State(0, {.floor = -1, .ranges = {{0, kSequenceMax}}}),
      State(0, {.floor = -1, .ranges = {{kSequenceMax, kSequenceMax}}}),
      State(0, {.floor = kSequenceMax - 1, .ranges = {{kSequenceMax, kSequenceMax}}}),
      State(0, {.floor = -1, .ranges = {{0, 0}, {kSequenceMax, kSequenceMax}}}),
      StateWithBump(),
  };
  for (const ProducerState& state : states) {
    const Result<ProducerState> decoded = DecodeState(EncodeState(state));
    ASSERT_TRUE(decoded.has_value()) << decoded.error().message;
    EXPECT_EQ(*decoded, state);
  }
}

TEST(StateCodec, AProducerWithoutGapsTakesLessThan16Bytes) {
  EXPECT_LT(EncodeState(State(63, {.floor = -1, .ranges = {{0, 1'000'000'000'000}}})).size(), 16U);
}

TEST(StateCodec, A256RangeWindowTakesLessThan1500Bytes) {
  Window window;
  for (std::int64_t i = 0; i < 256; ++i) {
    window.ranges.push_back({i * 16'000 + 1'000'000'000, i * 16'000 + 1'000'008'000});
  }
  EXPECT_LT(EncodeState(State(1000, window)).size(), 1500U);
}

TEST(StateCodec, AKeyMayHoldAnyBytes) {
  ProducerState state = StateWithBump();
  state.bump->idempotency_key = std::string("\0\xff\n", 3) + std::string(300, 'k');
  EXPECT_EQ(*DecodeState(EncodeState(state)), state);
}

TEST(StateCodec, EveryFlippedBitIsRefused) {
  for (const ProducerState& state :
       {State(3, {.floor = -1, .ranges = {{0, 10}}}), StateWithBump()}) {
    const std::string bytes = EncodeState(state);
    for (std::size_t i = 0; i < bytes.size() * 8; ++i) {
      std::string damaged = bytes;
      damaged[i / 8] = static_cast<char>(damaged[i / 8] ^ (1 << (i % 8)));
      EXPECT_TRUE(DecodeState(damaged).has_error()) << "bit " << i;
    }
  }
}

TEST(StateCodec, EveryTruncationAndAnyExtensionIsRefused) {
  const std::string bytes = EncodeState(StateWithBump());
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_TRUE(DecodeState(std::string_view(bytes).substr(0, size)).has_error()) << size;
  }
  EXPECT_TRUE(DecodeState(bytes + '\0').has_error());
}

TEST(StateCodec, ANewerFormatIsNamed) {
  std::string bytes = EncodeState(State(0, {}));
  bytes[0] = 2;
  ExpectRefused(bytes, "format version 2");
}

TEST(StateCodec, DamageIsNamed) {
  ExpectRefused("", "too short");
  std::string bytes = EncodeState(State(0, {}));
  bytes[1] = 2;
  ExpectRefused(bytes, "checksum mismatch");
}

TEST(StateCodec, TrailingBytesUnderAValidChecksumAreRefused) {
  ExpectRefused(Sealed(Numbers({0, 0, 0}) + '\0'), "trailing bytes");
}

TEST(StateCodec, MissingFieldsUnderAValidChecksumAreRefused) {
  ExpectRefused(Sealed(""), "malformed");
  ExpectRefused(Sealed(Numbers({0, 0})), "malformed");
  ExpectRefused(Sealed(Numbers({0, 0, 1, 5})), "malformed");
  ExpectRefused(Sealed(Numbers({1, 0, 0})), "malformed");
}

TEST(StateCodec, MoreRangesThanBytesCanHoldAreRefusedBeforeMemoryIsTaken) {
  ExpectRefused(Sealed(Numbers({0, 0, std::uint64_t{1} << 62}) + "aaaa"), "malformed");
}

TEST(StateCodec, NumbersBeyondTheLastSequenceAreRefused) {
  ExpectRefused(Sealed(Numbers({0, kSequenceLimit + 1, 0})), "malformed");
  ExpectRefused(Sealed(Numbers({0, 0, 1, kSequenceLimit, 0})), "malformed");
  ExpectRefused(Sealed(Numbers({0, 0, 1, 0, kSequenceLimit})), "malformed");
  ExpectRefused(Sealed(Numbers({0, 5, 1, kSequenceLimit - 1, 0})), "malformed");
  ExpectRefused(Sealed(Numbers({0, kSequenceLimit, 1, 0, 0})), "malformed");
  ExpectRefused(Sealed(Numbers({0, 0, 2, 0, kSequenceLimit - 2, 0, 0})), "malformed");
}

TEST(StateCodec, ABumpNeedsAKeyThatIsThere) {
  ExpectRefused(Sealed(Numbers({1, 0, 0, 0, 1, 0, 0})), "malformed");
  ExpectRefused(Sealed(Numbers({1, 0, 0, 99}) + "short"), "malformed");
}

TEST(StateCodec, BrokenRangesNeverReachTheBytes) {
  EXPECT_DEATH(EncodeState(State(0, {.floor = -1, .ranges = {{5, 6}, {7, 8}}})), "CHECK failed");
  EXPECT_DEATH(EncodeState(State(0, {.floor = -1, .ranges = {{5, 6}, {3, 3}}})), "CHECK failed");
  EXPECT_DEATH(EncodeState(State(0, {.floor = -1, .ranges = {{5, 4}}})), "CHECK failed");
  EXPECT_DEATH(EncodeState(State(0, {.floor = 5, .ranges = {{5, 6}}})), "CHECK failed");
  EXPECT_DEATH(EncodeState(ProducerState{}), "CHECK failed");
}

TEST(StateCodec, WhateverDecodesHasThatOneEncoding) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  int decoded_count = 0;
  for (int i = 0; i < 200'000; ++i) {
    std::string body(random() % 12, '\0');
    // Small bytes, so that many of the bodies make sense.
    for (char& byte : body) byte = static_cast<char>(random() % 8 == 0 ? random() : random() % 4);
    const std::string bytes = Sealed(body);
    const Result<ProducerState> state = DecodeState(bytes);
    if (!state) continue;
    ++decoded_count;
    ASSERT_EQ(EncodeState(*state), bytes);
  }
  EXPECT_GT(decoded_count, 1000);
}

}  // namespace
}  // namespace oncegate
