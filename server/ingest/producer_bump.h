// ProducerBump: one explicit epoch bump by compare-and-set on the ledger row.
//
// Threading: belongs to one control thread. Run may be called again after an error: a bump whose
// COMMIT got no answer is recognised by its token, or by its Idempotency-Key, and not done twice.
#pragma once

#include <vector>

#include "server/ingest/clock.h"
#include "server/ingest/control.h"
#include "server/ingest/ledger_edit.h"
#include "sinks/sink.h"

namespace oncegate {

class ProducerBump {
 public:
  ProducerBump(const BumpRequest& request, Clock* clock, Random* random);

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
  Clock* const clock_;
  RecordingRandom random_;
};

}  // namespace oncegate
