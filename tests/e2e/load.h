// Load: clients that send events of their own, resend what was not settled, and keep books about
// what was. At the end the sink must hold exactly what the books say, every event once.
//
// The clients run on threads of their own between Start and Finish. Ports are asked for before
// every request, so that services may be restarted meanwhile.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "tests/e2e/sink_site.h"

namespace oncegate::e2e {

struct LoadShape {
  std::string stream;
  int clients = 4;
  /// Producers that all clients share; each event is sent by whichever client draws it.
  int producers = 4;
  int events_per_producer = 500;
  int batch_records = 20;
  /// How often every event is sent at least, by different clients.
  int copies = 2;
  std::uint64_t seed = 1;
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

  /// Batches that were answered until now; grows while the load runs.
  std::uint64_t Answered() const { return answered_.load(); }
  /// Keys of the events that were answered as settled until now.
  std::set<std::string> SettledKeys() const;
  /// How often "applied" was answered for each key.
  std::map<std::string, int> AppliedAnswers() const;
  /// Keys of all events.
  std::set<std::string> AllKeys() const;
  /// Verdicts other than applied, duplicate and retry; none are expected.
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
  std::string KeyOf(const Batch& batch, int record) const;
  std::string BodyOf(const Batch& batch) const;

  const LoadShape shape_;
  const PortSource port_;
  std::vector<std::thread> threads_;
  std::atomic<bool> stop_{false};
  std::atomic<std::uint64_t> answered_{0};

  mutable std::mutex mutex_;
  std::vector<Batch> todo_;             // Guarded by mutex_.
  std::set<std::string> settled_;       // Guarded by mutex_.
  std::map<std::string, int> applied_;  // Guarded by mutex_.
  std::vector<std::string> surprises_;  // Guarded by mutex_.
};

/// Fails the test unless the table holds exactly the settled events of a finished load, and the
/// audit saw every one of them written once.
void ExpectEveryEventOnce(const Load& load, SinkSite* sink, const std::string& table);

}  // namespace oncegate::e2e
