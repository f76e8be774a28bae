#include "server/load/request_source.h"

#include <algorithm>
#include <boost/json.hpp>
#include <map>
#include <set>
#include <sstream>

#include "gtest/gtest.h"

namespace oncegate {
namespace {

std::vector<boost::json::object> EventsOf(const std::string& request) {
  std::istringstream body(request.substr(request.find("\r\n\r\n") + 4));
  std::vector<boost::json::object> events;
  for (std::string line; std::getline(body, line);) {
    events.push_back(boost::json::parse(line).as_object());
  }
  return events;
}

/// How many separate stretches of numbers there are.
std::size_t CountRanges(const std::set<std::int64_t>& numbers) {
  return static_cast<std::size_t>(
      std::count_if(numbers.begin(), numbers.end(),
                    [&](std::int64_t number) { return !numbers.contains(number - 1); }));
}

TEST(RequestSource, CountsEveryProducerOfItsConnectionsFromZeroOn) {
  RequestSource source({.stream = "s", .connections = 4, .events_per_request = 3, .producers = 2},
                       0);
  EXPECT_EQ(EventsOf(source.Next(1)).front().at("seq").as_int64(), 0);
  EXPECT_EQ(EventsOf(source.Next(3)).front().at("seq").as_int64(), 3);
  EXPECT_EQ(EventsOf(source.Next(0)).front().at("seq").as_int64(), 0);
  EXPECT_NE(source.Next(2).find("\r\nProducer-Id: bench-0\r\n"), std::string::npos);
}

TEST(RequestSource, KeepsItsRangesAndFillsTheGapsLater) {
  constexpr std::uint32_t kRanges = 5;
  RequestSource source(
      {.stream = "s", .connections = 1, .events_per_request = 2, .ranges = kRanges}, 0);
  std::set<std::int64_t> settled;
  for (std::uint32_t request = 0; request < 100; ++request) {
    for (const boost::json::object& event : EventsOf(source.Next(0))) {
      EXPECT_TRUE(settled.insert(event.at("seq").as_int64()).second) << event;
    }
    if (request < kRanges) continue;
    EXPECT_GE(CountRanges(settled), kRanges - 1);
    EXPECT_LE(CountRanges(settled), kRanges);
  }
  // 100 requests of 2 events, of which at most the newest have gaps between them.
  EXPECT_TRUE(settled.contains(0) && settled.contains(2 * (100 - 2 * kRanges)));
}

TEST(RequestSource, AllProducersTakeTurnsEventByEvent) {
  RequestSource source(
      {.stream = "s", .events_per_request = 4, .producers = 3, .choice = ProducerChoice::kByEvent},
      0);
  std::map<std::string, std::int64_t> next;
  for (const std::uint32_t connection : {0U, 5U, 2U}) {
    for (const boost::json::object& event : EventsOf(source.Next(connection))) {
      EXPECT_EQ(event.at("seq").as_int64(), next[event.at("producer").as_string().c_str()]++);
    }
  }
  EXPECT_EQ(next,
            (std::map<std::string, std::int64_t>{{"bench-0", 4}, {"bench-1", 4}, {"bench-2", 4}}));
}

TEST(RequestSource, ValuesHaveTheSizeThatWasAskedFor) {
  for (const std::uint32_t bytes : {100U, 1000U, 100'000U}) {
    RequestSource source(
        {.stream = "s", .connections = 1, .events_per_request = 50, .value_bytes = bytes}, 7);
    std::set<std::string> keys;
    for (const boost::json::object& event : EventsOf(source.Next(0))) {
      EXPECT_EQ(boost::json::serialize(event.at("value")).size(), bytes);
      keys.insert(event.at("key").as_string().c_str());
    }
    EXPECT_EQ(keys.size(), 50U);
  }
}

}  // namespace
}  // namespace oncegate
