// Accepted events: what is frozen comes back field by field, and damaged bytes are refused.
#include "dedupe/codec/event_codec.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <vector>

namespace oncegate {
namespace {

constexpr std::int64_t kInt64Max = std::numeric_limits<std::int64_t>::max();

/// Every field at its edge somewhere.
std::vector<Event> EdgeEvents() {
  std::vector<Event> events(4);
  events[0].producer = "pos-17";
  events[0].epoch = {kInt64Max};
  events[0].sequence = Sequence{kInt64Max};
  events[0].key = "k";
  events[0].version = Version{std::numeric_limits<std::uint64_t>::max(), 1};
  events[0].after = -kInt64Max - 1;
  events[0].event_time = WallTime{-1};
  events[0].value = "{\"a\":1e400}";
  events[0].fingerprint = {1, std::numeric_limits<std::uint64_t>::max()};
  events[1] = events[0];
  events[1].operation = Operation::kDelete;
  events[1].value = {};
  events[1].after = kInt64Max;
  events[1].key_is_default = true;
  events[2].id = "id with spaces";
  events[2].key = "id with spaces";
  events[2].value = "null";
  events[3].producer = "other";
  events[3].key = "x";
  events[3].value = "\"\"";
  return events;
}

void ExpectEqual(const Event& left, const Event& right) {
  EXPECT_EQ(left.producer, right.producer);
  EXPECT_EQ(left.epoch, right.epoch);
  EXPECT_EQ(left.sequence, right.sequence);
  EXPECT_EQ(left.id, right.id);
  EXPECT_EQ(left.key, right.key);
  EXPECT_EQ(left.key_is_default, right.key_is_default);
  EXPECT_EQ(left.operation, right.operation);
  EXPECT_EQ(left.version, right.version);
  EXPECT_EQ(left.after, right.after);
  EXPECT_EQ(left.event_time, right.event_time);
  EXPECT_EQ(left.value, right.value);
  EXPECT_EQ(left.fingerprint, right.fingerprint);
}

TEST(EventCodec, EveryFieldComesBack) {
  const std::vector<Event> events = EdgeEvents();
  const std::string bytes = EncodeEvents(events);
  const auto decoded = DecodeEvents(bytes);
  ASSERT_TRUE(decoded.has_value()) << decoded.error().message;
  ASSERT_EQ(decoded->size(), events.size());
  for (std::size_t e = 0; e < events.size(); ++e) {
    ExpectEqual((*decoded)[e], events[e]);
    EXPECT_EQ((*decoded)[e].index, e);
  }
}

TEST(EventCodec, NoEventsAreOneByte) {
  EXPECT_EQ(EncodeEvents({}), std::string(1, '\0'));
  EXPECT_TRUE(DecodeEvents(std::string_view("\0", 1))->empty());
}

TEST(EventCodec, EveryPrefixAndEveryTrailingByteIsRefused) {
  const std::string bytes = EncodeEvents(EdgeEvents());
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(DecodeEvents(bytes.substr(0, size)).has_value()) << size;
  }
  EXPECT_FALSE(DecodeEvents(bytes + "x").has_value());
}

TEST(EventCodec, AnAbsurdCountTakesNoMemory) {
  EXPECT_FALSE(DecodeEvents("\xff\xff\xff\xff\xff\xff\xff\xff\x7f").has_value());
}

TEST(EventCodec, AProducerIsWrittenOncePerRun) {
  std::vector<Event> events(100);
  for (Event& event : events) event.producer = "a-rather-long-name-of-a-producer";
  EXPECT_LT(EncodeEvents(events).size(), 100 * (20 + 1) + 40);
}

}  // namespace
}  // namespace oncegate
