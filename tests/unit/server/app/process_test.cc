#include "server/app/process.h"

#include <sys/resource.h>
#include <sys/wait.h>

#include "tests/unit/server/app/app_testing.h"

namespace oncegate {
namespace {

TEST(DataDir, IsMadeForThisUserAlone) {
  const test::TemporaryFolder folder;
  const std::filesystem::path path = folder.path() / "a" / "data";
  ASSERT_TRUE(MakeDataDir(path).has_value());
  EXPECT_EQ(std::filesystem::status(path).permissions(), std::filesystem::perms::owner_all);
  EXPECT_TRUE(MakeDataDir(path).has_value());
}

TEST(DataDir, AFileInItsPlaceIsAnError) {
  const test::TemporaryFolder folder;
  std::ofstream(folder.path() / "data") << "x";
  const Status made = MakeDataDir(folder.path() / "data");
  ASSERT_TRUE(made.has_error());
  EXPECT_NE(made.error().message.find("can not be created"), std::string::npos);
}

TEST(OpenFiles, TheLimitIsRaisedAsFarAsAllowed) {
  RaiseOpenFilesLimit();
  rlimit limit{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &limit), 0);
  EXPECT_EQ(limit.rlim_cur, limit.rlim_max);
}

/// Forks, so that the signals concern the child alone.
int ExitOfChild(int (*run)()) {
  const pid_t child = fork();
  if (child == 0) _exit(run());
  int status = 0;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  return WIFSIGNALED(status) ? 1000 + WTERMSIG(status) : WEXITSTATUS(status);
}

TEST(TerminationSignals, TheFirstIsWaitedFor) {
  EXPECT_EQ(ExitOfChild([] {
              TerminationSignals signals;
              kill(getpid(), SIGTERM);
              return signals.Wait() == SIGTERM ? 7 : 8;
            }),
            7);
}

TEST(TerminationSignals, TheSecondEndsTheProcessAtOnce) {
  EXPECT_EQ(ExitOfChild([] {
              TerminationSignals signals;
              kill(getpid(), SIGINT);
              signals.Wait();
              kill(getpid(), SIGTERM);
              return 0;
            }),
            1000 + SIGTERM);
}

TEST(BrokenPipe, IsAnErrorOfTheWrite) {
  EXPECT_EQ(ExitOfChild([] {
              IgnoreBrokenPipes();
              int ends[2];
              if (pipe(ends) != 0) return 1;
              close(ends[0]);
              return write(ends[1], "x", 1) == -1 ? 7 : 8;
            }),
            7);
}

}  // namespace
}  // namespace oncegate
