// ProducerBump: one explicit epoch bump by compare-and-set on the ledger row.
//
// In a stream with several sinks it is done in one after the other. The first one decides between
// rivals. A bump that is done in some only is finished by the same call with its Idempotency-Key,
// or overtaken by the next bump, which takes those that are behind along.
//
// Threading: belongs to one control thread. Run may be called again after an error: a bump whose
// COMMIT got no answer is recognised by its token, or by its Idempotency-Key, and not done twice.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "server/ingest/clock.h"
#include "server/ingest/control.h"
#include "server/ingest/ledger_edit.h"
#include "sinks/sink.h"

namespace oncegate {

class ProducerBump {
 public:
  /// `several_sinks`: RefuseBump had nothing against it, so a row that is missing or behind is
  /// brought to the new epoch, too.
  ProducerBump(const BumpRequest& request, Clock* clock, Random* random,
               bool several_sinks = false);

  /// The state right after the bump, or why there was none.
  SinkResult<ControlResult<LockedProducer>> Run(SinkSession* session);

 private:
  /// Hands out tokens and remembers them.
  class RecordingRandom : public Random {
   public:
    explicit RecordingRandom(Random* random) : random_(random) {}
    Token NewToken() override;
    std::uint64_t NewGeneration() override { return random_->NewGeneration(); }
    bool Gave(const Token& token) const;

   private:
    Random* const random_;
    std::vector<Token> tokens_;
  };

  ControlResult<ProducerState> Decide(const LockedProducer& locked) const;

  const BumpRequest request_;
  const bool several_sinks_;
  Clock* const clock_;
  RecordingRandom random_;
};

/// What speaks against a bump of a stream with several sinks before anything is changed; `rows` are
/// the producer's in each of them. Of one sink: nothing, its row is looked at when it is locked.
std::optional<ControlError> RefuseBump(const BumpRequest& request,
                                       std::span<const LockedProducer> rows);

}  // namespace oncegate
