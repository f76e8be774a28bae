// LakeTest: a files sink on a folder of its own, written to by plain verbs, and looked at from
// outside: by what a reader's glob finds, and by what the manifest vouches for.
#pragma once

#include <gmock/gmock.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "tests/support/deadline.h"
#include "tests/support/lake_view.h"
#include "tests/unit/sinks/conformance/records.h"
#include "tests/unit/sinks/files/files_fixture.h"

namespace oncegate::files {

inline constexpr WallTime kNoon{1'769'860'800'000'000};  // 2026-01-31T12:00:00Z
inline constexpr std::int64_t kHour = 3'600'000'000;

class LakeTest : public ::testing::Test {
 protected:
  /// Opens the sink, a session, and the stream "events".
  void Open(const SettingMap& settings = {}) {
    sink_ = MakeSink(lake(), settings);
    Connect();
    const SinkStatus ensured = session_->EnsureStream(events_);
    ASSERT_TRUE(ensured.has_value()) << ensured.error().message;
  }
  void Connect() {
    auto connected = sink_->Connect();
    ASSERT_TRUE(connected.has_value()) << connected.error().message;
    session_ = std::move(*connected);
  }
  /// The session ends without Commit or Rollback.
  void GiveUp() { session_.reset(); }
  /// The process ends as it should.
  void Close() {
    session_.reset();
    sink_.reset();
  }

  /// The next `count` sequences of producer p, in the open transaction.
  SinkStatus Append(int count, WallTime now = kNoon, const std::string& value = "1") {
    std::vector<conformance::Record> records;
    for (int i = 0; i < count; ++i) {
      records.push_back(conformance::From(conformance::Upsert("k", value), "p", 0, sequence_++));
    }
    std::vector<Event> views;
    for (const auto& record : records) views.push_back(record.View());
    std::vector<const Event*> rows;
    for (const Event& event : views) rows.push_back(&event);
    RowsOutcome outcome;
    return session_->UpsertRows(events_, rows, now, &outcome);
  }
  /// The same in a transaction of its own.
  void Write(int count, WallTime now = kNoon, const std::string& value = "1") {
    ASSERT_TRUE(session_->Begin().has_value());
    const SinkStatus appended = Append(count, now, value);
    ASSERT_TRUE(appended.has_value()) << appended.error().message;
    ASSERT_EQ(session_->Commit(), CommitOutcome::kCommitted);
  }

  std::vector<std::filesystem::path> Published() const {
    return test::PublishedParts(lake(), "events");
  }
  bool EventuallyPublished(std::size_t parts) const {
    return test::Eventually([&] { return Published().size() >= parts && OpenFiles().empty(); });
  }
  std::vector<std::filesystem::path> OpenFiles() const {
    std::vector<std::filesystem::path> files;
    for (const auto& file : std::filesystem::directory_iterator(open_folder())) {
      files.push_back(file);
    }
    return files;
  }
  /// Expects sequences 0 … count-1, each in one line.
  static void ExpectEachOnce(const std::filesystem::path& lake, test::LakeView::Shows shows,
                             std::int64_t count) {
    test::LakeView view(lake, shows);
    const auto row =
        view.Query("SELECT count(*), count(DISTINCT seq), coalesce(max(seq), -1) FROM events")
            .at(0);
    EXPECT_EQ(row[0], std::to_string(count));
    EXPECT_EQ(row[1], std::to_string(count));
    EXPECT_EQ(row[2], std::to_string(count - 1));
  }

  std::filesystem::path lake() const { return folder_.path() / "lake"; }
  std::filesystem::path open_folder() const { return lake() / "_oncegate/open"; }
  const std::filesystem::path& folder() const { return folder_.path(); }
  Sink& sink() { return *sink_; }
  SinkSession& session() { return *session_; }
  const StreamTarget& events() const { return events_; }

 private:
  test::TemporaryFolder folder_;
  const StreamTarget events_ = conformance::AppendTarget("events");
  std::int64_t sequence_ = 0;
  std::unique_ptr<Sink> sink_;
  std::unique_ptr<SinkSession> session_;
};

}  // namespace oncegate::files
