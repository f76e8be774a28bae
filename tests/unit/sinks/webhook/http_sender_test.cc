// What a receiver may do to a connection, byte by byte.
#include "sinks/webhook/http_sender.h"

#include <gtest/gtest.h>

#include <atomic>
#include <optional>

#include "tests/support/deadline.h"
#include "tests/unit/sinks/webhook/raw_receiver.h"

namespace oncegate::webhook {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
using Talk = RawReceiver::Talk;

constexpr milliseconds kPatience{20'000};
// More than sockets hold.
const std::string kLarge(std::size_t{32} * 1024 * 1024, 'x');

/// A sender and the receiver that it sends to.
class Line {
 public:
  explicit Line(RawReceiver::Script script, milliseconds response_timeout = kPatience)
      : receiver_(std::move(script)) {
    settings_.endpoint = {false, "127.0.0.1", receiver_.port(), "receiver", "/hook"};
    settings_.connect_timeout = kPatience;
    settings_.response_timeout = response_timeout;
    sender_.emplace(settings_, nullptr);
  }

  /// The status; 0 if there was no answer.
  int Send(const std::string& body = "{}") {
    const auto answer = sender_->Send({"msg_1", "application/json", body}, kPatience);
    return answer ? answer->status : 0;
  }
  const RawReceiver& receiver() const { return receiver_; }

 private:
  RawReceiver receiver_;
  Settings settings_;
  std::optional<HttpSender> sender_;
};

TEST(HttpSender, AConnectionIsKept) {
  Line line([](Talk& talk, int) {
    while (!talk.ReadRequest().empty()) talk.Send(AnswerText(200, "taken"));
  });
  for (int i = 0; i < 3; ++i) EXPECT_EQ(line.Send(), 200);
  EXPECT_EQ(line.receiver().Connections(), 1);
}

TEST(HttpSender, AnAnswerThatNobodyAskedForIsNotTakenForTheNextOne) {
  std::atomic<bool> was_said{false};
  Line line([&](Talk& talk, int number) {
    talk.ReadRequest();
    talk.Send(AnswerText(number == 0 ? 200 : 202));
    if (number == 0) talk.Send(AnswerText(400));
    was_said = true;
    talk.WaitForEnd();
  });
  EXPECT_EQ(line.Send(), 200);
  ASSERT_TRUE(test::Eventually([&] { return was_said.load(); }));
  EXPECT_EQ(line.Send(), 202);
}

TEST(HttpSender, NeitherIsOneThatCameTogetherWithTheLast) {
  Line line([](Talk& talk, int number) {
    talk.ReadRequest();
    talk.Send(number == 0 ? AnswerText(200) + AnswerText(200) : AnswerText(503));
    talk.WaitForEnd();
  });
  EXPECT_EQ(line.Send(), 200);
  EXPECT_EQ(line.Send(), 503);
}

TEST(HttpSender, ARefusalCountsAlthoughTheReceiverHangsUpBeforeItHasReadAll) {
  Line line([](Talk& talk, int) {
    talk.ReadHead();
    talk.Send(AnswerText(413));
  });
  EXPECT_EQ(line.Send(kLarge), 413);
}

TEST(HttpSender, WhatWasNotReadIsNotTaken) {
  Line line([](Talk& talk, int) {
    talk.ReadHead();
    talk.Send(AnswerText(200));
  });
  EXPECT_EQ(line.Send(kLarge), 0);
}

TEST(HttpSender, AnAnswerThatComesByteByByteEndsWithTheTimeout) {
  Line line(
      [](Talk& talk, int) {
        talk.ReadRequest();
        for (const char c : "HTTP/1.1 200 OK\r\nX-Slow: " + std::string(100'000, 'x')) {
          if (!talk.Send({&c, 1})) return;
          std::this_thread::sleep_for(milliseconds(5));
        }
      },
      milliseconds(300));
  const auto begun = steady_clock::now();
  EXPECT_EQ(line.Send(), 0);
  EXPECT_LT(steady_clock::now() - begun, milliseconds(5'000));
}

TEST(HttpSender, TheStatusCountsThoughTheBodyNeverEnds) {
  Line line(
      [](Talk& talk, int number) {
        talk.ReadRequest();
        if (number > 0) return static_cast<void>(talk.Send(AnswerText(202)));
        talk.Send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
        while (talk.Send("1\r\nx\r\n")) std::this_thread::sleep_for(milliseconds(5));
      },
      milliseconds(300));
  const auto begun = steady_clock::now();
  EXPECT_EQ(line.Send(), 200);
  EXPECT_LT(steady_clock::now() - begun, milliseconds(5'000));
  EXPECT_EQ(line.Send(), 202);
}

TEST(HttpSender, AHeadThatIsTooLongIsNoAnswer) {
  Line line([](Talk& talk, int) {
    talk.ReadRequest();
    talk.Send("HTTP/1.1 200 OK\r\nX-Long: " + std::string(20'000, 'x') + "\r\n\r\n");
    talk.WaitForEnd();
  });
  EXPECT_EQ(line.Send(), 0);
}

TEST(HttpSender, InterimAnswersAreReadOverButNotForEver) {
  const std::string interim = "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n";
  Line line([&](Talk& talk, int number) {
    for (int i = 0; i < (number == 0 ? 3 : 100); ++i) talk.Send(interim);
    talk.ReadRequest();
    talk.Send(AnswerText(204));
  });
  EXPECT_EQ(line.Send(), 204);
  EXPECT_EQ(line.Send(), 0);
}

TEST(HttpSender, NonsenseIsNoAnswer) {
  Line line([](Talk& talk, int) {
    talk.ReadRequest();
    talk.Send("SSH-2.0-nonsense\r\n\r\n");
  });
  EXPECT_EQ(line.Send(), 0);
}

std::string TimestampIn(const std::string& request) {
  const std::size_t at = request.find("webhook-timestamp: ");
  return request.substr(at, request.find('\r', at) - at);
}

std::int64_t SecondsOf(const std::string& timestamp) {
  return std::stoll(timestamp.substr(timestamp.find(' ')));
}

TEST(HttpSender, ASecondTryHasATimestampOfItsOwn) {
  std::vector<std::string> timestamps;
  Line line([&](Talk& talk, int number) {
    if (number == 0) {
      talk.ReadRequest();
      talk.Send(AnswerText(200));
    }
    timestamps.push_back(TimestampIn(talk.ReadRequest()));
    if (number > 0) return static_cast<void>(talk.Send(AnswerText(202)));
    // The connection ends without an answer, in another second.
    test::Eventually([&] { return std::time(nullptr) > SecondsOf(timestamps.front()); });
  });
  EXPECT_EQ(line.Send(), 200);
  EXPECT_EQ(line.Send(), 202);
  ASSERT_EQ(timestamps.size(), 2U);
  EXPECT_NE(timestamps[0], timestamps[1]);
}

}  // namespace
}  // namespace oncegate::webhook
