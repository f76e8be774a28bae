#include "server/app/application.h"

#include <algorithm>
#include <atomic>
#include <optional>
#include <thread>
#include <utility>

#include "dedupe/store/leveldb_journal.h"
#include "dedupe/store/leveldb_store.h"
#include "dedupe/types/check.h"
#include "server/app/address_file.h"
#include "server/app/engine_settings.h"
#include "server/app/process.h"
#include "server/app/system_clock.h"
#include "server/app/system_random.h"
#include "server/config/data_dir.h"
#include "server/config/listen_address.h"
#include "server/config/render.h"
#include "server/decode/decode.h"
#include "server/http/ingest_routes.h"
#include "server/http/ops_routes.h"
#include "server/http/server.h"
#include "server/ingest/engine.h"
#include "server/metrics/metrics.h"

namespace oncegate {
namespace {

enum class Phase : std::uint8_t { kStarting, kServing, kDraining };

constexpr std::uint32_t kIngestThreadsMax = 16;
constexpr std::uint32_t kOpsThreads = 1;
/// The ops listener answers at once; this only bounds clients that do not read.
constexpr std::chrono::seconds kOpsDrainTimeout{1};

HttpServerSettings MakeServerSettings(const ListenConfig& listener, const LimitsConfig& limits,
                                      std::uint32_t threads) {
  const auto address = ParseListenAddress(listener.listen);
  CHECK(address.has_value());
  HttpServerSettings settings;
  settings.address = address->host;
  settings.port = address->port;
  settings.threads = threads;
  settings.limits.head_bytes = limits.header_bytes;
  settings.limits.body_bytes = limits.body_bytes;
  settings.limits.connections = limits.connections;
  settings.limits.header_timeout = limits.header_timeout;
  settings.limits.body_timeout = limits.body_timeout;
  settings.limits.write_timeout = limits.write_timeout;
  settings.limits.idle_timeout = limits.idle_timeout;
  return settings;
}

LevelDbStoreOptions MakeStoreOptions(const Config& config) {
  LevelDbStoreOptions options;
  options.directory = IndexDirectory(config.data_dir);
  options.fingerprint_bytes_max = config.store.fingerprint_bytes;
  return options;
}

bool HasJournaledStream(const Config& config) {
  const auto is_journaled = [](const StreamConfig& stream) { return stream.ack == "journal"; };
  return is_journaled(config.stream_defaults) ||
         std::any_of(config.streams.begin(), config.streams.end(), is_journaled);
}

/// Null where no stream needs one. One that is there is opened whatever the streams are now: it may
/// hold accepted events.
Result<std::unique_ptr<JournalStore>> OpenJournal(const Config& config) {
  const std::filesystem::path directory = JournalDirectory(config.data_dir);
  std::error_code error;
  if (!HasJournaledStream(config) && !std::filesystem::exists(directory, error)) {
    return std::unique_ptr<JournalStore>();
  }
  LevelDbJournalOptions options;
  options.directory = directory;
  auto opened = LevelDbJournal::Open(options);
  if (!opened) return opened.error();
  return std::unique_ptr<JournalStore>(std::move(*opened));
}

}  // namespace

struct Application::Impl {
  Impl(Config loaded, Logger* log) : config(std::move(loaded)), logger(log) {}

  Status Build(const ApplicationDecorators& decorators);
  Status StartServing();
  Result<std::unique_ptr<HttpServer>> Listen(const ListenConfig& listener, std::uint32_t threads,
                                             HttpDispatcher* dispatcher);
  Status Announce(const std::string& listener, const std::filesystem::path& path,
                  const HttpServer& server);
  Readiness ReadReadiness() const;
  std::vector<SinkCondition> ReadSinks() const;
  std::vector<JournalPending> ReadJournal();

  const Config config;
  Logger* const logger;
  std::atomic<Phase> phase = Phase::kStarting;
  SteadyAnchoredClock clock{ReadClockAnchor()};
  SystemRandom random;
  std::unique_ptr<Index> store;
  std::unique_ptr<JournalStore> journal;  // Null: no stream has one.
  std::unique_ptr<Metrics> metrics;
  std::unique_ptr<IngestEngine> engine;
  std::unique_ptr<Router> ingest_router;
  std::unique_ptr<Router> ops_router;
  std::unique_ptr<HttpServer> ingest_server;
  std::unique_ptr<HttpServer> ops_server;
  std::vector<AddressFile> address_files;
};

Readiness Application::Impl::ReadReadiness() const {
  Readiness readiness;
  const Phase now = phase.load();
  const bool store_failed = store->IsPoisoned() || (journal && journal->IsPoisoned());
  readiness.serving = now == Phase::kServing && !store_failed;
  if (now == Phase::kStarting) readiness.reason = "starting";
  if (now == Phase::kDraining) readiness.reason = "draining";
  if (now == Phase::kServing && !readiness.serving) readiness.reason = "the local store has failed";
  for (SinkReadiness& sink : engine->Sinks()) {
    readiness.sinks.push_back({std::move(sink.sink), sink.state, std::move(sink.detail)});
  }
  return readiness;
}

std::vector<SinkCondition> Application::Impl::ReadSinks() const {
  std::vector<SinkCondition> all;
  for (SinkReadiness& sink : engine->Sinks()) {
    const bool is_paused = sink.state == SinkState::kPaused;
    const bool is_up = is_paused || sink.state == SinkState::kUp;
    all.push_back({std::move(sink.sink), std::move(sink.type), is_up, is_paused});
  }
  return all;
}

std::vector<JournalPending> Application::Impl::ReadJournal() {
  constexpr double kMicrosecondsPerSecond = 1e6;
  std::vector<JournalPending> pending;
  const WallTime now = clock.Wall();
  for (JournalFigures& figures : engine->JournalPending()) {
    const std::int64_t age =
        figures.oldest ? std::max<std::int64_t>(now.microseconds - figures.oldest->microseconds, 0)
                       : 0;
    pending.push_back({std::move(figures.stream), figures.events, figures.bytes,
                       static_cast<double>(age) / kMicrosecondsPerSecond});
  }
  return pending;
}

Result<std::unique_ptr<HttpServer>> Application::Impl::Listen(const ListenConfig& listener,
                                                              std::uint32_t threads,
                                                              HttpDispatcher* dispatcher) {
  return HttpServer::Listen(MakeServerSettings(listener, config.limits, threads),
                            {dispatcher, &metrics->ForHttp(), logger});
}

/// Everything up to the listening sockets; nothing runs yet but the store.
Status Application::Impl::Build(const ApplicationDecorators& decorators) {
  if (Status made = MakeDataDir(config.data_dir); made.has_error()) return made;
  auto opened = LevelDbStore::Open(MakeStoreOptions(config));
  if (opened.has_error()) return opened.error();
  store = std::move(*opened);
  if (decorators.index) store = decorators.index(std::move(store));
  auto opened_journal = OpenJournal(config);
  if (opened_journal.has_error()) return opened_journal.error();
  journal = std::move(*opened_journal);
  auto sinks = MakeEngineSinks(config);
  if (sinks.has_error()) return sinks.error();
  if (decorators.sink) {
    for (EngineSink& made : *sinks) made.sink = decorators.sink(std::move(made.sink));
  }
  metrics = std::make_unique<Metrics>(
      ONCEGATE_VERSION, &clock,
      MetricsSources{[this] { return store->ApproximateBytes(); },
                     [this] { return AnswerReadiness(ReadReadiness(), nullptr).status == 200; },
                     [this] { return ReadSinks(); }, [this] { return engine->Deliveries(); },
                     [this] { return ReadJournal(); }});
  engine =
      std::make_unique<IngestEngine>(IngestDependencies{&clock, &random, store.get(), metrics.get(),
                                                        logger, FingerprintOf, journal.get()},
                                     MakeEngineSettings(config), std::move(*sinks));
  ingest_router = std::make_unique<Router>(
      MakeIngestRoutes({engine.get(), &engine->control(), &clock}, config.limits),
      &metrics->ForHttp());
  ops_router = std::make_unique<Router>(
      MakeOpsRoutes(
          {&engine->control(), &clock, [this] { return ReadReadiness(); },
           [this] { return metrics->Render(); }, [this] { return RenderRedacted(config); }},
          config.limits),
      &metrics->ForHttp());
  const std::uint32_t threads =
      std::clamp(std::thread::hardware_concurrency(), 1U, kIngestThreadsMax);
  auto ingest = Listen(config.ingest, threads, ingest_router.get());
  if (ingest.has_error()) return ingest.error();
  ingest_server = std::move(*ingest);
  auto ops = Listen(config.ops, kOpsThreads, ops_router.get());
  if (ops.has_error()) return ops.error();
  ops_server = std::move(*ops);
  return Ok();
}

Status Application::Impl::Announce(const std::string& listener, const std::filesystem::path& path,
                                   const HttpServer& server) {
  auto file = AddressFile::Write(path, server.LocalAddress());
  if (file.has_error()) return file.error();
  address_files.push_back(std::move(*file));
  logger->Log(LogLevel::kInfo, "listening",
              {{"listener", listener}, {"address", server.LocalAddress()}});
  return Ok();
}

/// The ops listener comes first, so that /readyz tells of a start that takes long.
Status Application::Impl::StartServing() {
  ops_server->Start();
  if (Status told = Announce("ops", OpsAddressFile(config.data_dir), *ops_server);
      told.has_error()) {
    return told;
  }
  if (Status started = engine->Start(); started.has_error()) return started;
  ingest_server->Start();
  phase = Phase::kServing;
  return Announce("ingest", IngestAddressFile(config.data_dir), *ingest_server);
}

Application::Application(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Application::~Application() = default;

Result<std::unique_ptr<Application>> Application::Start(const Config& config, Logger* logger,
                                                        const ApplicationDecorators& decorators) {
  auto impl = std::make_unique<Impl>(config, logger);
  if (Status built = impl->Build(decorators); built.has_error()) return built.error();
  if (Status started = impl->StartServing(); started.has_error()) return started.error();
  return std::unique_ptr<Application>(new Application(std::move(impl)));
}

bool Application::Drain() {
  const SteadyTime deadline = impl_->clock.Now() + impl_->config.limits.drain_timeout;
  impl_->phase = Phase::kDraining;
  impl_->address_files.clear();
  impl_->ingest_server->BeginDrain();
  const bool answered = impl_->ingest_server->Drain(deadline);
  const bool finished = impl_->engine->Drain(deadline);
  impl_->ops_server->BeginDrain();
  impl_->ops_server->Drain(impl_->clock.Now() + kOpsDrainTimeout);
  return answered && finished;
}

}  // namespace oncegate
