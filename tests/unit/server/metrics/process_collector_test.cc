#include "server/metrics/process_collector.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <future>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace oncegate {
namespace {

using prometheus::MetricFamily;

std::optional<double> Find(const std::vector<MetricFamily>& families, std::string_view name) {
  for (const MetricFamily& family : families) {
    if (family.name != name) continue;
    const auto& metric = family.metric.at(0);
    return family.type == prometheus::MetricType::Counter ? metric.counter.value
                                                          : metric.gauge.value;
  }
  return std::nullopt;
}

double Read(std::string_view name) { return Find(ProcessCollector().Collect(), name).value_or(-1); }

TEST(ProcessCollector, CpuTimeGrowsWhileTheProcessWorks) {
  const double before = Read("process_cpu_seconds_total");
  ASSERT_GE(before, 0);
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  double after = before;
  while (after <= before && std::chrono::steady_clock::now() < deadline) {
    after = Read("process_cpu_seconds_total");
  }
  EXPECT_GT(after, before);
}

int CountOpenDescriptors() {
  int open = 0;
  for (int descriptor = 0; descriptor < 1024; ++descriptor) {
    open += fcntl(descriptor, F_GETFD) >= 0 ? 1 : 0;
  }
  return open;
}

TEST(ProcessCollector, OpenFileDescriptorsAreCounted) {
  EXPECT_EQ(Read("process_open_fds"), CountOpenDescriptors());
  const double before = Read("process_open_fds");
  const int descriptor = open("/dev/null", O_RDONLY);
  ASSERT_GE(descriptor, 0);
  EXPECT_EQ(Read("process_open_fds"), before + 1);
  close(descriptor);
  EXPECT_EQ(Read("process_open_fds"), before);
  EXPECT_GT(Read("process_max_fds"), before);
}

double CountTasks() {
  const std::filesystem::directory_iterator tasks("/proc/self/task");
  return static_cast<double>(std::distance(begin(tasks), end(tasks)));
}

TEST(ProcessCollector, ThreadsAreCounted) {
  std::promise<void> done;
  const std::shared_future<void> wait = done.get_future().share();
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i) threads.emplace_back([wait] { wait.wait(); });

  EXPECT_GE(Read("process_threads"), 4);
  // Sanitizers start threads of their own, and one that ends is seen for a moment longer.
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  bool equal = false;
  while (!equal && std::chrono::steady_clock::now() < deadline) {
    equal = Read("process_threads") == CountTasks();
  }
  EXPECT_TRUE(equal);

  done.set_value();
  for (std::thread& thread : threads) thread.join();
}

TEST(ProcessCollector, StartTimeIsInThePastAndRecent) {
  const double now =
      std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
  const double start = Read("process_start_time_seconds");
  EXPECT_LE(start, now + 1);
  EXPECT_GT(start, now - 600);
}

TEST(ProcessCollector, MemoryIsInBytes) {
  const double resident = Read("process_resident_memory_bytes");
  EXPECT_GT(resident, 500'000);
  EXPECT_GT(Read("process_virtual_memory_bytes"), resident);
}

class FakeProc : public testing::Test {
 protected:
  void SetUp() override { std::filesystem::create_directories(root_ / "self"); }
  void TearDown() override { std::filesystem::remove_all(root_); }
  void Write(const std::string& name, const std::string& text) {
    std::ofstream(root_ / name) << text;
  }

  const std::filesystem::path root_ =
      std::filesystem::path(testing::TempDir()) / ("proc-" + std::to_string(getpid()));
};

TEST_F(FakeProc, AProgramNameWithBlanksAndParenthesesShiftsNoField) {
  Write("self/stat",
        "77 (a) b (c) S 1 1 1 0 -1 4194304 9 0 0 0 300 100 0 0 20 0 5 0 2000 8192 3 18446744\n");
  const std::vector<MetricFamily> families = ProcessCollector(root_, 1000).Collect();
  const auto ticks = static_cast<double>(sysconf(_SC_CLK_TCK));
  EXPECT_EQ(Find(families, "process_cpu_seconds_total"), 400 / ticks);
  EXPECT_EQ(Find(families, "process_threads"), 5);
  EXPECT_EQ(Find(families, "process_start_time_seconds"), 1000 + 2000 / ticks);
  EXPECT_EQ(Find(families, "process_virtual_memory_bytes"), 8192);
  EXPECT_EQ(Find(families, "process_resident_memory_bytes"),
            3 * static_cast<double>(sysconf(_SC_PAGESIZE)));
}

TEST_F(FakeProc, WhatCanNotBeReadIsLeftOut) {
  const std::vector<MetricFamily> families = ProcessCollector(root_).Collect();
  EXPECT_EQ(Find(families, "process_cpu_seconds_total"), std::nullopt);
  EXPECT_EQ(Find(families, "process_start_time_seconds"), std::nullopt);
  EXPECT_EQ(Find(families, "process_open_fds"), std::nullopt);
  EXPECT_NE(Find(families, "process_max_fds"), std::nullopt);
}

}  // namespace
}  // namespace oncegate
