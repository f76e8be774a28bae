// Circuit: whether requests may go to the receiver at present. Every answer is told to it; after
// several failures in a row it opens, and then one sender alone tries again, with growing pauses.
//
// Thread-safe.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <random>
#include <string>

#include "sinks/sink.h"

namespace oncegate::webhook {

using SteadyTime = std::chrono::steady_clock::time_point;

enum class Caller : std::uint8_t {
  kSession,     // Somebody waits for the answer; has no turn while the circuit is open.
  kRedelivery,  // The one thread that goes on trying.
};

class Circuit {
 public:
  /// Blocks until a request may be sent; false if none may be before `deadline`.
  bool AwaitTurn(SteadyTime deadline, Caller caller);

  void NoteDelivered();
  /// The receiver asks for patience; it is well.
  void NoteBusy(std::optional<std::chrono::seconds> retry_after, const std::string& reason);
  void NoteFailure(std::optional<std::chrono::seconds> retry_after, const std::string& reason);
  /// Nothing is sent any more until Resume.
  void NoteGone(const std::string& reason);
  /// The redelivery thread has nothing to try the receiver with: sessions may, once.
  void NoteNothingLeft();

  void Pause();
  void Resume();
  /// Every AwaitTurn answers false from now on.
  void Stop();

  bool IsOpen() const;
  /// What keeps the receiver from being used; empty while the circuit is closed.
  std::optional<SinkError> Trouble() const;
  std::string LastReason() const;

 private:
  bool IsOpenLocked() const;
  void WaitLonger(std::optional<std::chrono::seconds> retry_after, const std::string& reason);

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  // All guarded by mutex_.
  std::uint32_t failures_ = 0;  // In a row; what opens the circuit.
  std::uint32_t delays_ = 0;    // In a row, those of a busy receiver too.
  SteadyTime not_before_{};
  bool is_gone_ = false;
  bool is_paused_ = false;
  bool is_stopped_ = false;
  std::string reason_;
  std::minstd_rand random_{std::random_device{}()};
};

}  // namespace oncegate::webhook
