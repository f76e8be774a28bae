// Subject: a service with a sink and an index of its own, all thrown away in the end, and what it
// does with events.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "bench/bench.h"
#include "bench/service.h"
#include "server/load/event_load.h"
#include "server/load/paced_load.h"

namespace oncegate::bench {

enum class SinkKind : std::uint8_t {
  kPostgres,
  kSqlite,
  kGiven,  // As the subject's `config` has it.
};

std::string NameOf(SinkKind sink);

/// Streams PREFIX_0, PREFIX_1, … with a setting, one for each round: TOML for SubjectOptions.
std::string StreamsWith(const std::string& setting, const std::string& prefix, std::uint32_t count);

struct SubjectOptions {
  SinkKind sink = SinkKind::kPostgres;
  std::uint32_t lanes = 0;             // 0: as the settings say.
  std::chrono::milliseconds round{0};  // 0: as the settings say.
  std::string config{};                // TOML besides sink and listeners.
  pid_t sink_process = -1;             // Of a given sink that is a server.
  /// Of streams that a load does not name; a number follows.
  std::string stream_prefix = "load_";
};

class Subject {
 public:
  /// `bench` outlives it.
  Subject(Bench* bench, const SubjectOptions& options);
  ~Subject();

  SinkKind sink() const { return sink_; }
  const Service& service() const { return *service_; }
  /// -1: the sink lives in the service.
  pid_t sink_process() const { return sink_process_; }

  /// A sender of new rows; a load without a stream gets a new one.
  EventSender Sender(EventLoad load);
  /// One round of new events, as fast as they are taken; of a new sender, or of a known one.
  EventRate Send(const EventLoad& load);
  EventRate SendMore(EventSender* sender);
  EventRate SendAgain(EventSender* sender);
  /// One round of new events at a rate. Nothing is checked.
  PacedResult SendPaced(EventLoad load, double requests_per_second);

  /// Of the last round that was not paced: latencies, CPU time an event, events a transaction.
  const std::string& remark() const { return remark_; }

 private:
  template <class Call>
  EventRate Observe(const Call& call);
  void Complete(EventLoad* load);

  Bench* const bench_;
  const SinkKind sink_;
  const pid_t sink_process_;
  const std::chrono::milliseconds round_;
  const std::string stream_prefix_;
  std::string database_;  // Empty: not in Postgres.
  std::filesystem::path folder_;
  std::unique_ptr<Service> service_;
  std::string remark_;
  std::uint32_t streams_ = 0;
};

}  // namespace oncegate::bench
