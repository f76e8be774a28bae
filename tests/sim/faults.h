// Faults: strikes the cluster and the sink as the scenario plans it, until told to stop; then puts
// everything right again.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "tests/sim/instance.h"
#include "tests/sim/scenario.h"

namespace oncegate::sim {

/// The instances and their disks. A slot without an instance is a process that is not running.
class SimCluster : public Cluster {
 public:
  explicit SimCluster(World* world) : world_(world) {}
  /// Processes die before the world does.
  ~SimCluster() override { StopAll(); }

  void Make(std::size_t instances);
  Instance* Running(std::size_t number) override { return slots_[number].instance.get(); }
  std::size_t size() const override { return slots_.size(); }
  Disks* disks(std::size_t number) { return slots_[number].disks.get(); }
  /// What was accepted and is not settled, and control work; empty if there is none.
  std::string WhatIsLeft() const;
  void Start(std::size_t number);
  void Crash(std::size_t number);
  void StopAll();

 private:
  struct Slot {
    std::unique_ptr<Disks> disks;
    std::unique_ptr<Instance> instance;
  };
  World* const world_;
  std::vector<Slot> slots_;
};

class Faults {
 public:
  Faults(World* world, SimCluster* cluster, Scenario* scenario)
      : world_(world), cluster_(cluster), scenario_(scenario) {}

  /// Plans all strikes between now and `duration` from now.
  void Plan(Milliseconds duration);
  /// No fault from here on; what is frozen, away or dead comes back.
  void Heal();

 private:
  void Strike(int times, Milliseconds duration, void (Faults::*fault)());
  void CrashOne();
  void FreezeOne();
  /// Strikes any instance now, or the one that is busy with the sink a little later.
  void StrikeInstance(void (Faults::*fault)(int number));
  void Crash(int number);
  void Freeze(int number);
  void SinkOutage();
  void LongOutage();
  void PutSinkBack();
  void EmptyLedger();
  void JumpClock();
  void Purge();
  void CopyIndex();
  void ForeignWriter();
  void MendTables();
  void Replay();
  void ReplayAll();
  void PostReplay(Instance* instance, const StreamSpec& stream, const LetterRequest& request);
  std::size_t AnyInstance();

  World* const world_;
  SimCluster* const cluster_;
  Scenario* const scenario_;
  bool healed_ = false;
};

}  // namespace oncegate::sim
