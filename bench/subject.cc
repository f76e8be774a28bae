#include "bench/subject.h"

#include <utility>

#include "bench/cost_meter.h"

namespace oncegate::bench {
namespace {

std::string Latencies(const EventRate& rate) {
  char text[64];
  std::snprintf(text, sizeof text, "p50 %.1f ms, p99 %.1f ms", rate.latency_p50_ms,
                rate.latency_p99_ms);
  return text;
}

}  // namespace

std::string NameOf(SinkKind sink) {
  switch (sink) {
    case SinkKind::kPostgres:
      return "Postgres";
    case SinkKind::kSqlite:
      return "SQLite";
    case SinkKind::kGiven:
      return "another sink";
  }
  return "";
}

std::string StreamsWith(const std::string& setting, const std::string& prefix,
                        std::uint32_t count) {
  std::string config;
  for (std::uint32_t i = 0; i < count; ++i) {
    config += "[streams." + prefix + "_" + std::to_string(i) + "]\n" + setting + "\n";
  }
  return config;
}

Subject::Subject(Bench* bench, const SubjectOptions& options)
    : bench_(bench),
      sink_(options.sink),
      sink_process_(sink_ == SinkKind::kPostgres ? bench->postgres_process()
                                                 : options.sink_process),
      round_(options.round.count() == 0 ? bench->settings().round : options.round),
      stream_prefix_(options.stream_prefix),
      folder_(bench->NewFolder()) {
  std::string config = options.config;
  if (sink_ == SinkKind::kPostgres) {
    database_ = bench->postgres().CreateDatabase();
    const std::uint32_t lanes = options.lanes == 0 ? bench->settings().lanes : options.lanes;
    config += "\n[sinks.main]\ntype = \"postgres\"\nurl = \"" + bench->postgres().Url(database_) +
              "\"\nlanes = " + std::to_string(lanes) + "\n";
  }
  service_ = std::make_unique<Service>(bench->settings().binary, folder_, config);
}

Subject::~Subject() {
  service_.reset();
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
  if (database_.empty()) return;
  try {
    // The next measurement is not to pay for writing out what this one left behind.
    bench_->postgres().DropDatabase(database_);
    bench_->postgres().Query("CHECKPOINT");
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
  }
}

void Subject::Complete(EventLoad* load) {
  load->duration = round_;
  if (load->stream.empty()) load->stream = stream_prefix_ + std::to_string(++streams_);
}

EventSender Subject::Sender(EventLoad load) {
  Complete(&load);
  return EventSender("127.0.0.1", service_->ingest_port(), load, bench_->NewRows());
}

template <class Call>
EventRate Subject::Observe(const Call& call) {
  const CostMeter cost(bench_, *this);
  const EventRate rate = call();
  remark_ = Latencies(rate) + cost.PerEvent(rate.events);
  return rate;
}

EventRate Subject::Send(const EventLoad& load) {
  EventLoad unkept = load;
  unkept.kept_bytes_per_connection = 0;
  EventSender sender = Sender(unkept);
  return SendMore(&sender);
}

EventRate Subject::SendMore(EventSender* sender) {
  return Observe([sender] { return sender->SendNew(); });
}

EventRate Subject::SendAgain(EventSender* sender) {
  return Observe([sender] { return sender->SendAgain(); });
}

PacedResult Subject::SendPaced(EventLoad load, double requests_per_second) {
  Complete(&load);
  RequestSource source(load, bench_->NewRows());
  return RunPacedLoad(
      {"127.0.0.1", service_->ingest_port(), load.connections, requests_per_second, load.duration},
      [&source](std::uint32_t connection, std::string* out) {
        *out = source.Next(connection);
        return true;
      });
}

}  // namespace oncegate::bench
