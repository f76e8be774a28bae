#include "tests/unit/server/ingest/engine_fixture.h"

#include <sqlite3.h>
#include <xxhash.h>

#include <condition_variable>
#include <random>
#include <utility>

#include "sinks/registry.h"

namespace oncegate::testing {
namespace {

constexpr std::chrono::seconds kPatience{20};

std::filesystem::path MakeFolder() {
  std::string pattern = (std::filesystem::temp_directory_path() / "oncegate-XXXXXX").string();
  EXPECT_NE(mkdtemp(pattern.data()), nullptr);
  return pattern;
}

std::uint64_t RandomBits() {
  static thread_local std::mt19937_64 engine{std::random_device{}()};
  return engine();
}

Fingerprint HashOf(const std::string& text) {
  const XXH128_hash_t hash = XXH3_128bits(text.data(), text.size());
  return {hash.high64, hash.low64 | 1};
}

/// Stands in for the decoder's fingerprint: the tests send values without white space.
Fingerprint FingerprintOfText(Operation operation, std::string_view key,
                              const std::optional<Version>& version, std::string_view value) {
  return HashOf(std::string(operation == Operation::kDelete ? "d" : "u") + std::string(key) + "|" +
                (version ? ToDecimal(*version) : "") + "|" + std::string(value));
}

/// One question to the sink's file, as any other program would ask it.
template <typename Read>
void Query(const std::filesystem::path& file, const std::string& sql, Read read) {
  sqlite3* database = nullptr;
  ASSERT_EQ(sqlite3_open(file.c_str(), &database), SQLITE_OK);
  sqlite3_busy_timeout(database, 10'000);
  sqlite3_stmt* statement = nullptr;
  ASSERT_EQ(sqlite3_prepare_v2(database, sql.c_str(), -1, &statement, nullptr), SQLITE_OK)
      << sqlite3_errmsg(database);
  const int step = sqlite3_step(statement);
  EXPECT_TRUE(step == SQLITE_ROW || step == SQLITE_DONE) << sqlite3_errmsg(database);
  if (step == SQLITE_ROW) read(statement);
  sqlite3_finalize(statement);
  sqlite3_close(database);
}

EngineSink MakeSqliteSink(const std::string& name, const std::filesystem::path& file,
                          std::uint32_t lanes, SinkFaults* faults) {
  SinkOptions options;
  options.name = name;
  options.type = "sqlite";
  options.data_dir = file.parent_path();
  options.request_timeout = std::chrono::seconds(10);
  options.settings["path"] = file.filename();
  auto sink = FindSinkType("sqlite")->make(options);
  EXPECT_TRUE(sink.has_value());
  return {name, "sqlite", MakeFaultySink(std::move(*sink), faults), lanes};
}

}  // namespace

WallTime TestClock::Wall() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return {std::chrono::duration_cast<std::chrono::microseconds>(now).count() + offset_us_};
}

Token TestRandom::NewToken() {
  Token token;
  for (std::uint8_t& byte : token.bytes) byte = static_cast<std::uint8_t>(RandomBits());
  return token;
}

std::uint64_t TestRandom::NewGeneration() { return RandomBits() | 1; }

Sent Number(std::int64_t sequence, std::string value) {
  Sent sent;
  sent.sequence = sequence;
  sent.value = std::move(value);
  return sent;
}

std::vector<Verdict> Answer::Verdicts() const {
  std::vector<Verdict> verdicts;
  for (const EventResult& result : results) verdicts.push_back(result.verdict);
  return verdicts;
}

EngineFixture::EngineFixture() : folder_(MakeFolder()), logger_(LogLevel::kError) {
  settings_.stream_defaults = Stream("", DedupeMode::kWindow);
}

EngineFixture::~EngineFixture() {
  StopEngine();
  std::filesystem::remove_all(folder_);
}

StreamSpec EngineFixture::Stream(const std::string& name, DedupeMode mode) const {
  StreamSpec spec;
  spec.name = name;
  spec.sink = "main";
  spec.mode = mode;
  spec.target = {name, name, mode, TargetKind::kDocument};
  return spec;
}

Status EngineFixture::Make(const std::filesystem::path& index_folder,
                           std::vector<StreamSpec> streams, std::uint32_t lanes,
                           std::unique_ptr<LevelDbStore>* index,
                           std::unique_ptr<IngestEngine>* engine) {
  LevelDbStoreOptions store;
  store.directory = index_folder;
  auto opened = LevelDbStore::Open(store);
  if (!opened) return opened.error();
  *index = std::move(*opened);

  std::vector<EngineSink> sinks;
  sinks.push_back(MakeSqliteSink("main", folder_ / kMainFile, lanes, &faults_));
  if (search_faults_) {
    sinks.push_back(
        MakeSqliteSink("search", folder_ / kSearchFile, lanes + 1, search_faults_.get()));
  }

  IngestDependencies dependencies{&clock_,  &random_,          index->get(), &observer_,
                                  &logger_, FingerprintOfText, journal_};
  EngineSettings settings = settings_;
  settings.streams = std::move(streams);
  *engine = std::make_unique<IngestEngine>(dependencies, settings, std::move(sinks));
  return (*engine)->Start();
}

Status EngineFixture::StartEngine(std::vector<StreamSpec> streams, std::uint32_t lanes) {
  return Make(folder_ / "index", std::move(streams), lanes, &index_, &engine_);
}

void EngineFixture::StopEngine() {
  if (engine_) engine_->Drain(clock_.Now() + kPatience);
  engine_.reset();
  index_.reset();
}

void EngineFixture::RestartEngine(std::vector<StreamSpec> streams) {
  StopEngine();
  const Status started = StartEngine(std::move(streams));
  ASSERT_TRUE(started.has_value()) << started.error().message;
}

std::unique_ptr<IngestEngine> EngineFixture::StartSecondEngine(std::vector<StreamSpec> streams) {
  std::unique_ptr<IngestEngine> engine;
  const Status started = Make(folder_ / "second", std::move(streams), 1, &second_index_, &engine);
  EXPECT_TRUE(started.has_value());
  return engine;
}

void EngineFixture::DeleteIndex() { std::filesystem::remove_all(folder_ / "index"); }

std::shared_ptr<Batch> EngineFixture::MakeBatch(IngestEngine* engine, const std::string& stream,
                                                const std::vector<Sent>& events) {
  auto batch = std::make_shared<Batch>();
  batch->stream = engine->ResolveStream(stream).stream;
  EXPECT_NE(batch->stream, nullptr);
  batch->deadline = clock_.Now() + batch->stream->request_timeout;
  batch->ack = batch->stream->ack;
  batch->results.resize(events.size());
  const auto keep = [&](std::string text) -> std::string_view {
    return batch->arena.emplace_back(std::move(text));
  };
  for (std::size_t i = 0; i < events.size(); ++i) {
    const Sent& sent = events[i];
    Event event;
    event.index = static_cast<std::uint32_t>(i);
    event.producer = keep(sent.producer);
    event.epoch = {sent.epoch};
    if (sent.sequence) event.sequence = Sequence{*sent.sequence};
    event.after = sent.after;
    event.id = keep(sent.id);
    std::string key = sent.key;
    if (key.empty()) key = sent.id;
    if (key.empty()) {
      key = sent.producer + "/" + std::to_string(sent.epoch) + "/" +
            std::to_string(sent.sequence.value_or(0));
    }
    event.key = keep(key);
    if (sent.version) event.version = Version{0, *sent.version};
    event.operation = sent.deletes ? Operation::kDelete : Operation::kUpsert;
    event.value = sent.deletes ? std::string_view() : keep(sent.value);
    event.fingerprint = FingerprintOfText(event.operation, event.key, event.version, event.value);
    batch->events.push_back(event);
  }
  return batch;
}

Answer EngineFixture::SendTo(IngestEngine* engine, const std::string& stream,
                             std::vector<Sent> events, bool atomic) {
  const std::shared_ptr<Batch> batch = MakeBatch(engine, stream, events);
  batch->atomic = atomic;
  return SubmitTo(engine, batch);
}

Answer EngineFixture::Forward(const std::string& stream, std::vector<Sent> events,
                              bool gaps_are_final) {
  const std::shared_ptr<Batch> batch = MakeBatch(engine_.get(), stream, events);
  batch->forwarded = true;
  batch->gaps_are_final = gaps_are_final;
  return SubmitTo(engine_.get(), batch);
}

Answer EngineFixture::SubmitTo(IngestEngine* engine, const std::shared_ptr<Batch>& batch) {
  std::mutex mutex;
  std::condition_variable answered;
  std::optional<std::vector<EventResult>> results;
  batch->on_complete = [&](std::vector<EventResult> completed) {
    std::lock_guard lock(mutex);
    results = std::move(completed);
    answered.notify_one();
  };
  Answer answer;
  answer.outcome = engine->Submit(batch);
  if (answer.outcome != SubmitOutcome::kAdmitted) return answer;
  std::unique_lock lock(mutex);
  EXPECT_TRUE(answered.wait_for(lock, kPatience, [&] { return results.has_value(); }));
  if (results) answer.results = std::move(*results);
  return answer;
}

Answer EngineFixture::Send(const std::string& stream, std::vector<Sent> events) {
  return SendTo(engine_.get(), stream, std::move(events));
}

std::int64_t EngineFixture::SqlNumber(const std::string& sql, const char* file) const {
  std::int64_t number = -1;
  Query(folder_ / file, sql,
        [&](sqlite3_stmt* statement) { number = sqlite3_column_int64(statement, 0); });
  return number;
}

std::string EngineFixture::SqlText(const std::string& sql, const char* file) const {
  std::string text;
  Query(folder_ / file, sql, [&](sqlite3_stmt* statement) {
    if (const unsigned char* bytes = sqlite3_column_text(statement, 0)) {
      text = reinterpret_cast<const char*>(bytes);
    }
  });
  return text;
}

void EngineFixture::SqlRun(const std::string& sql, const char* file) const {
  Query(folder_ / file, sql, [](sqlite3_stmt*) {});
}

template <typename T>
ControlResult<T> EngineFixture::Await(
    const std::function<void(SteadyTime, ControlCallback<T>)>& call) {
  std::mutex mutex;
  std::condition_variable answered;
  std::optional<ControlResult<T>> result;
  call(clock_.Now() + std::chrono::seconds(10), [&](ControlResult<T> given) {
    std::lock_guard lock(mutex);
    result = std::move(given);
    answered.notify_one();
  });
  std::unique_lock lock(mutex);
  EXPECT_TRUE(answered.wait_for(lock, kPatience, [&] { return result.has_value(); }));
  return std::move(*result);
}

ControlResult<ProducerReport> EngineFixture::ReadProducer(const std::string& stream,
                                                          const std::string& producer) {
  return Await<ProducerReport>([&](SteadyTime deadline, ControlCallback<ProducerReport> done) {
    engine_->control().ReadProducer(stream, producer, deadline, std::move(done));
  });
}

ControlResult<ProducerReport> EngineFixture::Bump(const BumpRequest& request) {
  return Await<ProducerReport>([&](SteadyTime deadline, ControlCallback<ProducerReport> done) {
    engine_->control().Bump(request, deadline, std::move(done));
  });
}

ControlResult<Listing<DeadLetter>> EngineFixture::ListLetters(const LetterQuery& query) {
  return Await<Listing<DeadLetter>>(
      [&](SteadyTime deadline, ControlCallback<Listing<DeadLetter>> done) {
        engine_->control().ListDeadLetters(query, deadline, std::move(done));
      });
}

ControlResult<LetterReport> EngineFixture::Replay(const LetterRequest& request) {
  return Await<LetterReport>([&](SteadyTime deadline, ControlCallback<LetterReport> done) {
    engine_->control().ReplayDeadLetters(request, deadline, std::move(done));
  });
}

ControlResult<LetterReport> EngineFixture::Discard(const LetterRequest& request) {
  return Await<LetterReport>([&](SteadyTime deadline, ControlCallback<LetterReport> done) {
    engine_->control().DiscardDeadLetters(request, deadline, std::move(done));
  });
}

ControlResult<PurgeReport> EngineFixture::Purge(const PurgeRequest& request) {
  return Await<PurgeReport>([&](SteadyTime deadline, ControlCallback<PurgeReport> done) {
    engine_->control().Purge(request, deadline, std::move(done));
  });
}

}  // namespace oncegate::testing
