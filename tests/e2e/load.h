// Load: clients that send events of their own, resend what was not settled, and keep books about
// what was. At the end the sink must hold exactly what the books say, every event once.
//
// The clients run on threads of their own between Start and Finish. Ports are asked for before
// every request, so that services may be restarted meanwhile. See load_oracle.h for the comparison.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "tests/e2e/answer_book.h"

namespace oncegate::e2e {

/// What the events of a load are. Those that share rows are told apart by the producer's number.
enum class LoadContent : std::uint8_t {
  kOwnKeys,     // Sequenced; each event has a row of its own.
  kSharedKeys,  // Sequenced; the events of one producer share a few rows.
  kIds,         // Of an id stream; each event has a row of its own.
  kVersions,    // Of a version stream; the events of one producer share a few rows.
};

struct LoadShape {
  std::string stream;
  LoadContent content = LoadContent::kOwnKeys;
  /// Producers are named prefix + number.
  std::string prefix = "p";
  int clients = 4;
  /// Producers that all clients share; each event is sent by whichever client draws it.
  int producers = 4;
  int events_per_producer = 500;
  int batch_records = 20;
  /// How often every event is sent at least, by different clients.
  int copies = 2;
  std::uint64_t seed = 1;
  /// Where the books are kept on disk; empty: in memory only.
  std::filesystem::path book = {};
};

struct LoadEvent {
  int producer = 0;
  int sequence = 0;
};

class Load {
 public:
  /// Gives the port of an ingest listener to send to; 0 while there is none.
  using PortSource = std::function<std::uint16_t(int client)>;

  Load(LoadShape shape, PortSource port);
  /// Stops and joins.
  ~Load();
  Load(const Load&) = delete;
  Load& operator=(const Load&) = delete;

  void Start();
  /// Clients end after the request they are in, whatever is left.
  void Stop();
  /// Waits until everything is settled.
  void Finish();
  /// True once every client has nothing left to send.
  bool HasEnded() const { return running_.load() == 0; }

  /// Batches that were answered until now; grows while the load runs.
  std::uint64_t Answered() const { return answered_.load(); }
  const LoadShape& shape() const { return shape_; }
  /// Its identity as text. Events with rows of their own have it as key.
  std::string NameOf(const LoadEvent& event) const;
  /// The key of its row.
  std::string RowOf(const LoadEvent& event) const;
  std::vector<LoadEvent> AllEvents() const;

  /// Names of the events that were answered as settled until now.
  std::set<std::string> SettledKeys() const;
  /// The same as the file has it.
  std::set<std::string> SettledByBook() const { return book_ ? book_->Read() : SettledKeys(); }
  /// How often "applied" was answered for each name.
  std::map<std::string, int> AppliedAnswers() const;
  /// Names of all events.
  std::set<std::string> AllKeys() const;
  /// Unexpected verdicts: neither settled nor retry.
  std::vector<std::string> Surprises() const;

 private:
  struct Batch {
    int producer = 0;
    int first = 0;
  };

  void Run(int client);
  /// True once every record of the batch is settled.
  bool Send(int client, const Batch& batch);
  void Note(const Batch& batch, const std::vector<std::string>& verdicts);
  std::string RecordOf(const LoadEvent& event) const;
  bool IsSettled(const std::string& verdict) const;
  std::string BodyOf(const Batch& batch) const;

  const LoadShape shape_;
  const PortSource port_;
  const std::unique_ptr<AnswerBook> book_;
  std::vector<std::thread> threads_;
  std::atomic<bool> stop_{false};
  std::atomic<int> running_{0};  // Clients.
  std::atomic<std::uint64_t> answered_{0};

  mutable std::mutex mutex_;
  std::vector<Batch> todo_;             // Guarded by mutex_.
  std::set<std::string> settled_;       // Guarded by mutex_.
  std::map<std::string, int> applied_;  // Guarded by mutex_.
  std::vector<std::string> surprises_;  // Guarded by mutex_.
};

}  // namespace oncegate::e2e
