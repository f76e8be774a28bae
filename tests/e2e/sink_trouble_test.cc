// Postgres is there, and in the way: a full disk, a right taken away, others that lock and
// deadlock, a commit that outlives the service. Nothing is rejected for it, lost, or done twice.
#include <pwd.h>
#include <sys/mount.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <random>
#include <thread>

#include "tests/e2e/loaded_service.h"
#include "tests/support/deadline.h"
#include "tests/support/temporary_folder.h"

namespace oncegate::e2e {
namespace {

/// A JSON string that takes about as much room in a table as it has characters.
std::string LargeText(std::size_t characters) {
  std::mt19937 random(7);
  std::string text(characters, ' ');
  for (char& character : text) character = static_cast<char>('a' + random() % 26);
  return '"' + text + '"';
}

class SinkTrouble : public LoadedTest {
 protected:
  test::PostgresServer& server() { return SharedPostgres(); }
  std::string Database() { return sink().Query("SELECT current_database()")[0][0].value(); }
  /// The load finds the sink in the way until `mend` is called, and goes on by itself then. So does
  /// an event with `value`.
  void StallAndMend(const std::function<void()>& mend, const std::string& value = "1") {
    const auto send = [&] { return Post(kStream, Record("one", 1, value)); };
    EXPECT_THAT(send(), Settles(503, {{"retry", 1}}));
    mend();
    FinishAndExpectEveryEventOnce();
    EXPECT_TRUE(test::Eventually([&] { return send().status == 200; }));
    EXPECT_EQ(sink().AuditedWrites(kStream).at("one/0/1"), 1);
  }
};
INSTANTIATE_TEST_SUITE_P(On, SinkTrouble, ::testing::Values(SinkKind::kPostgres), SinkKindName);

TEST_P(SinkTrouble, ARevokedRightStopsNothingElseAndIsWaitedFor) {
  Prepare();
  ASSERT_EQ(process().Terminate(), 0);
  // Rights do not bind the superuser as whom the service connects otherwise.
  sink().Query(
      "DROP ROLE IF EXISTS clerk; CREATE ROLE clerk LOGIN; GRANT CREATE ON SCHEMA public TO clerk;"
      "GRANT ALL ON ALL TABLES IN SCHEMA public TO clerk");
  std::string& settings = process().setup().settings;
  settings.replace(settings.find("postgres:"), std::string("postgres:").size(), "clerk:");
  StartAgain();
  StartLoad(100 * Scale());
  AwaitAnswers(10);
  sink().Query("REVOKE INSERT ON orders FROM clerk");
  EXPECT_THAT(Post("others", Record("p", 1, "1")), Settles(200, {{"applied", 1}}));
  StallAndMend([&] { sink().Query("GRANT INSERT ON orders TO clerk"); });
  ASSERT_EQ(process().Terminate(), 0);
  sink().Query("DROP OWNED BY clerk; DROP ROLE clerk");
}

TEST_P(SinkTrouble, AFullDiskIsWaitedFor) {
  test::TemporaryFolder folder;
  const std::filesystem::path disk = folder.path() / "disk";
  std::filesystem::create_directory(disk);
  const passwd* const owner = getpwnam("postgres");
  ASSERT_NE(owner, nullptr);
  const std::string options = ",mode=0700,uid=" + std::to_string(owner->pw_uid);
  if (mount("tmpfs", disk.c_str(), "tmpfs", 0, ("size=256k" + options).c_str()) != 0) {
    GTEST_SKIP() << "SKIPPED: can not mount a small file system: " << std::strerror(errno);
  }
  Prepare();
  const auto unmount = [&](const std::filesystem::path*) { umount2(disk.c_str(), MNT_DETACH); };
  const std::unique_ptr<const std::filesystem::path, decltype(unmount)> mounted(&disk, unmount);
  std::filesystem::permissions(folder.path(), std::filesystem::perms(0755));
  server().Query("CREATE TABLESPACE small LOCATION '" + disk.string() + "'");
  sink().Query("ALTER TABLE orders SET TABLESPACE small");
  StartLoad(400 * Scale());
  const auto is_full = [&] {
    return service().Metric(R"(oncegate_sink_errors_total{class="connection",sink="main"})") +
               service().Metric(R"(oncegate_sink_errors_total{sink="main",class="connection"})") >
           0;
  };
  EXPECT_TRUE(test::Eventually(is_full)) << "the disk does not become full";
  const auto grow = [&] {
    ASSERT_EQ(mount("tmpfs", disk.c_str(), "tmpfs", MS_REMOUNT, ("size=256m" + options).c_str()),
              0);
  };
  // A small row may still find room in a page that is there; what is larger than the disk can not.
  StallAndMend(grow, LargeText(600'000));
  ASSERT_EQ(process().Terminate(), 0);
  sink().Query("ALTER TABLE orders SET TABLESPACE pg_default");
  server().Query("DROP TABLESPACE small");
}

TEST_P(SinkTrouble, DeadlocksWithAnotherWriterLoseAndRepeatNothing) {
  Prepare();
  server().Query("ALTER SYSTEM SET deadlock_timeout = '20ms'");
  server().Query("SELECT pg_reload_conf()");
  const std::string database = Database();
  StartLoad(1500 * Scale());
  AwaitAnswers(5);
  // Locks rows of the ledger against every order that the service has.
  std::atomic<bool> stop{false};
  std::thread other([&] {
    while (!stop) {
      try {
        server().Query(
            "DO $$ DECLARE r record; BEGIN FOR r IN SELECT producer FROM oncegate_ledger "
            "ORDER BY producer DESC LOOP PERFORM 1 FROM oncegate_ledger WHERE "
            "producer = r.producer FOR UPDATE; PERFORM pg_sleep(0.005); END LOOP; END $$",
            database);
      } catch (const std::runtime_error&) {
        // It was the victim.
      }
    }
  });
  const std::string count =
      "SELECT deadlocks FROM pg_stat_database WHERE datname = '" + database + "'";
  const auto deadlocks = [&] { return std::stoi(server().QueryValue(count)); };
  EXPECT_TRUE(test::Eventually([&] { return deadlocks() >= 3 * Scale() || load().HasEnded(); }));
  stop = true;
  other.join();
  FinishAndExpectEveryEventOnce();
  // Counted when the session that was in it next reports.
  EXPECT_TRUE(test::Eventually([&] { return deadlocks() > 0; })) << "there was none";
  server().Query("ALTER SYSTEM RESET deadlock_timeout");
  server().Query("SELECT pg_reload_conf()");
}

TEST_P(SinkTrouble, AServiceThatIsKilledWhileItsCommitRunsFindsWhatItDid) {
  Prepare();
  StartLoad(60 * Scale());
  for (int round = 0; round < 3 * Scale(); ++round) {
    AwaitAnswers(4);
    // A commit that waits for a standby is durable, and holds its locks.
    server().Query("ALTER SYSTEM SET synchronous_standby_names = 'nobody'");
    server().Query("SELECT pg_reload_conf()");
    EXPECT_TRUE(test::Eventually([&] {
      return load().HasEnded() || server().QueryValue(
                                      "SELECT count(*) FROM pg_stat_activity "
                                      "WHERE wait_event = 'SyncRep'") != "0";
    }));
    Kill();
    StartAgain(test::Readiness::kListening);
    server().Query("ALTER SYSTEM RESET synchronous_standby_names");
    server().Query("SELECT pg_reload_conf()");
  }
  FinishAndExpectEveryEventOnce();
}

}  // namespace
}  // namespace oncegate::e2e
