// The throwaway server itself: what other tests build on.
#include "tests/support/postgres_server.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <set>

#include "tests/support/deadline.h"

namespace oncegate::test {
namespace {

TEST(PostgresServer, WhatWasCommittedOutlivesACrash) {
  PostgresServer server;
  server.Query("CREATE TABLE t AS SELECT 1 AS a");
  const std::string url = server.Url();
  server.Restart(StopMode::kImmediate);
  EXPECT_EQ(server.Url(), url);
  EXPECT_EQ(server.QueryValue("SELECT count(*) FROM t"), "1");
  EXPECT_EQ(server.QueryValue("SHOW fsync"), "on");
}

TEST(PostgresServer, ASnapshotComesBack) {
  PostgresServer server;
  server.Query("CREATE TABLE t AS SELECT 1 AS a");
  server.SnapshotDataDir();
  server.Query("INSERT INTO t VALUES (2)");
  server.RestoreDataDir();
  EXPECT_EQ(server.QueryValue("SELECT count(*) FROM t"), "1");
}

TEST(PostgresServer, TerminatingBackendsEndsTheSessionsOfOthers) {
  const PostgresServer server;
  PostgresClient client(server.Url());
  EXPECT_GE(server.TerminateBackends(), 1);
  EXPECT_THROW(client.Query("SELECT 1"), std::runtime_error);
}

std::filesystem::path FolderOf(const PostgresServer& server) {
  return std::filesystem::path(server.QueryValue("SHOW data_directory")).parent_path();
}

TEST(PostgresServer, NothingIsLeftBehind) {
  std::filesystem::path folder;
  {
    const PostgresServer server;
    folder = FolderOf(server);
    EXPECT_TRUE(std::filesystem::exists(folder));
  }
  EXPECT_FALSE(std::filesystem::exists(folder));
}

TEST(PostgresServer, NothingIsLeftBehindByATestThatDies) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  const pid_t child = fork();
  if (child == 0) {
    const PostgresServer server;
    const std::string folder = FolderOf(server).string();
    if (write(ends[1], folder.data(), folder.size()) > 0) raise(SIGKILL);
    _exit(1);
  }
  close(ends[1]);
  char buffer[4096];
  const ssize_t size = read(ends[0], buffer, sizeof buffer);
  close(ends[0]);
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_GT(size, 0);
  const std::filesystem::path folder(std::string(buffer, static_cast<std::size_t>(size)));
  EXPECT_TRUE(Eventually([&] { return !std::filesystem::exists(folder); }));
}

}  // namespace
}  // namespace oncegate::test
