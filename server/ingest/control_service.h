// ControlService: Control over the sinks' control threads. See control.h for the contract.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "server/ingest/control.h"
#include "server/ingest/control_thread.h"
#include "server/ingest/engine.h"
#include "server/ingest/letter_run.h"
#include "server/ingest/maintenance.h"
#include "server/ingest/purge.h"
#include "server/ingest/stream_registry.h"

namespace oncegate {

class Journal;

class ControlService : public Control {
 public:
  using QueueBytes = std::function<std::uint64_t(const std::string& sink)>;

  /// `journal` may be null.
  ControlService(const IngestDependencies& dependencies, const EngineSettings& settings,
                 StreamRegistry* registry, std::vector<SinkRuntime*> sinks, QueueBytes queue_bytes,
                 const Journal* journal);

  /// Reads every sink's catalogue once; see TakeCatalogue. A sink that is away is looked at again
  /// by its maintenance.
  Status CompareCatalogues();
  void Start();
  void Stop();

  void ReadProducer(const std::string& stream, const std::string& producer, SteadyTime deadline,
                    ControlCallback<ProducerReport> done) override;
  void Bump(const BumpRequest& request, SteadyTime deadline,
            ControlCallback<ProducerReport> done) override;
  void ListProducers(const ProducerQuery& query, SteadyTime deadline,
                     ControlCallback<Listing<ProducerReport>> done) override;
  void Purge(const PurgeRequest& request, SteadyTime deadline,
             ControlCallback<PurgeReport> done) override;
  void ListDeadLetters(const LetterQuery& query, SteadyTime deadline,
                       ControlCallback<Listing<DeadLetter>> done) override;
  void ReplayDeadLetters(const LetterRequest& request, SteadyTime deadline,
                         ControlCallback<LetterReport> done) override;
  void DiscardDeadLetters(const LetterRequest& request, SteadyTime deadline,
                          ControlCallback<LetterReport> done) override;
  ControlResult<JobReport> ReadJob(const std::string& job) override;
  Listing<StreamReport> ListStreams(const Page& page) override;
  Listing<SinkReport> ListSinks(const Page& page) override;
  ControlResult<SinkReport> PauseSink(const std::string& sink) override;
  ControlResult<SinkReport> ResumeSink(const std::string& sink) override;

 private:
  struct ControlledSink {
    SinkRuntime* runtime = nullptr;
    std::unique_ptr<Maintenance> maintenance;
    std::unique_ptr<ControlThread> thread;
  };
  enum class Progress : std::uint8_t {
    kNextSink,  // Of the stream; after the last one the call is finished.
    kAnswered,
  };
  /// One call about a stream. An error of `work` means that nothing was done or taken note of.
  struct StreamCall {
    std::string stream;
    SteadyTime deadline;
    /// Runs for each sink of the stream, one after the other, on the control thread of that sink.
    std::function<SinkResult<Progress>(SinkSession*, const StreamSpec&)> work;
    std::function<void()> finish;
    std::function<void(ControlError)> refuse;
  };

  void PostForStream(StreamCall stream_call);
  void PostForSink(const std::shared_ptr<StreamCall>& call,
                   const std::shared_ptr<StreamRuntime>& stream, std::size_t number);
  void PostTask(const std::string& sink, const StreamCall& call,
                std::function<SinkStatus(SinkSession*)> run);
  struct ProducerRows;
  struct BumpCall;
  void BumpInAllSinks(const std::shared_ptr<BumpCall>& call);
  struct PurgeCall;
  void CarryOut(const std::shared_ptr<PurgeCall>& call);
  /// One call about letters on its way through the sinks or streams that it concerns.
  struct LetterListing;
  struct LetterCall;
  void ListLettersOfNextSink(const std::shared_ptr<LetterListing>& listing);
  void StartLetterCall(LetterAction action, const LetterRequest& request, SteadyTime deadline,
                       ControlCallback<LetterReport> done);
  void RunLettersOfNextStream(const std::shared_ptr<LetterCall>& call);
  /// For the metric, after letters were taken away.
  SinkStatus RecountLetters(SinkSession* session, const StreamSpec& spec);
  /// Forgetting what is pending would let it be applied as new; see control.h.
  bool IsPending(const PurgeRequest& request) const;
  SinkStatus RefreshCatalogue(const std::string& sink, SinkSession* session);
  /// Leaves the record of a mutation before it is done, so that none is done without one.
  Status Audit(std::string_view action, std::string_view subject, std::string_view detail);
  static ControlError NotFound(std::string message);
  static ControlError Unaudited(const Error& error);
  SinkReport Report(const SinkRuntime& runtime) const;
  ControlResult<SinkReport> SetPaused(const std::string& sink, bool paused);
  void PostJobSlice(const std::shared_ptr<PurgeCall>& call, const std::string& job);

  const IngestDependencies dependencies_;
  const StreamSpec defaults_;
  StreamRegistry* const registry_;
  const QueueBytes queue_bytes_;
  const Journal* const journal_;  // Null: there is none.
  std::map<std::string, ControlledSink> sinks_;

  std::mutex mutex_;
  std::map<std::string, JobReport> jobs_;  // Guarded by mutex_; bounded, oldest dropped.
  std::uint64_t next_job_ = 1;             // Guarded by mutex_.
};

}  // namespace oncegate
