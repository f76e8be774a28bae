#include "sinks/kafka/ownership.h"

#include <random>
#include <utility>

#include "sinks/kafka/ledger_reader.h"
#include "sinks/kafka/records.h"

namespace oncegate::kafka {
namespace {

constexpr std::string_view kOwner = "owner";

SinkError Lost(const std::string& message) { return {SinkErrorClass::kConnection, message, ""}; }

}  // namespace

SinkStatus SendRecords(Producer* producer, const std::string& ledger_topic,
                       const LedgerChanges& changes) {
  Message message;
  message.topic = ledger_topic;
  message.partition = kLedgerPartition;
  for (const auto& [key, value] : changes) {
    message.key = key;
    message.value = value;
    if (SinkStatus sent = producer->Send(message); !sent) return sent;
  }
  return {};
}

LedgerChanges NewProof(std::string_view name) {
  std::random_device device;
  std::string value;
  for (int i = 0; i < 4; ++i) value += std::to_string(device()) + ".";
  return {{RecordKey(RecordKind::kProof, "", name), std::move(value)}};
}

SinkResult<std::shared_ptr<Ownership>> Ownership::Take(const KafkaSettings& settings) {
  const std::shared_ptr<Ownership> ownership(new Ownership(settings));
  const std::lock_guard lock(ownership->mutex_);
  if (const SinkStatus taken = ownership->TakeOwnerId(); !taken) return taken.error();
  if (const SinkStatus read = ownership->ReadBack(); !read) return read.error();
  return ownership;
}

SinkStatus Ownership::TakeOwnerId() {
  SinkResult<std::unique_ptr<Producer>> owner =
      Producer::Make(settings_, settings_.ledger_topic + "-" + std::string(kOwner));
  if (!owner) return owner.error();
  owner_ = std::move(*owner);
  return owner_->Initialize();
}

SinkStatus Ownership::ReadBack() {
  SinkResult<std::unique_ptr<LedgerReader>> reader = LedgerReader::Make(settings_);
  if (!reader) return reader.error();
  const auto load = [this](std::string_view key, std::optional<std::string_view> value) {
    view_.Load(key, value);
  };
  const auto read_to_proof = [&]() -> SinkStatus {
    const LedgerChanges proof = NewProof(kOwner);
    if (SinkStatus committed = CommitAsOwner(proof); !committed) return committed;
    return (*reader)->ReadUntil(proof.begin()->first, *proof.begin()->second, load,
                                [this] { return FenceSessions(); });
  };
  if (SinkStatus read = read_to_proof(); !read) return read;
  if (const SinkResult<bool> fenced = FenceSessions(); !fenced) return fenced.error();
  return read_to_proof();
}

SinkResult<bool> Ownership::FenceSessions() {
  if (const auto sessions = view_.Find(RecordKey(RecordKind::kSessions, "", ""))) {
    const auto count = DecodeSessions(*sessions);
    if (!count) {
      return SinkError{SinkErrorClass::kRefused,
                       "topic " + settings_.ledger_topic +
                           " holds records that this oncegate can not read; use the oncegate that "
                           "wrote them, or a newer one, or name another ledger_topic",
                       ""};
    }
    sessions_ = *count;
  }
  const std::size_t fenced_before = free_.size();
  while (free_.size() < sessions_) {
    SinkResult<std::unique_ptr<Producer>> producer =
        MakeSessionProducer(static_cast<std::uint32_t>(free_.size()));
    if (!producer) return producer.error();
    free_.push_back(std::move(*producer));
  }
  return free_.size() > fenced_before;
}

SinkResult<std::unique_ptr<Producer>> Ownership::MakeSessionProducer(std::uint32_t number) {
  SinkResult<std::unique_ptr<Producer>> producer =
      Producer::Make(settings_, settings_.ledger_topic + "-" + std::to_string(number));
  if (!producer) return producer.error();
  if (const SinkStatus taken = (*producer)->Initialize(); !taken) return taken.error();
  return producer;
}

SinkStatus Ownership::CommitAsOwner(const LedgerChanges& changes) {
  if (SinkStatus begun = owner_->Begin(); !begun) return begun;
  SinkStatus written = SendRecords(owner_.get(), settings_.ledger_topic, changes);
  if (written) written = owner_->Flush();
  if (!written) {
    owner_->Abort();
    return written.error();
  }
  const auto asked_at = std::chrono::steady_clock::now();
  if (owner_->Commit() != CommitOutcome::kCommitted) {
    return Lost("the right to write the ledger could not be proved");
  }
  NoteProof(asked_at);
  return {};
}

SinkResult<std::unique_ptr<Producer>> Ownership::TakeProducer() {
  const std::lock_guard lock(mutex_);
  if (ended_) return Lost("the right to write the ledger has ended; connect again");
  if (!free_.empty()) {
    std::unique_ptr<Producer> producer = std::move(free_.back());
    free_.pop_back();
    return producer;
  }
  SinkResult<std::unique_ptr<Producer>> producer = MakeSessionProducer(sessions_);
  if (!producer) return producer.error();
  const LedgerChanges count{
      {RecordKey(RecordKind::kSessions, "", ""), EncodeSessions(sessions_ + 1)}};
  if (const SinkStatus counted = CommitAsOwner(count); !counted) {
    End();
    return counted.error();
  }
  ++sessions_;
  return producer;
}

void Ownership::GiveBack(std::unique_ptr<Producer> producer) {
  const std::lock_guard lock(mutex_);
  if (!ended_) free_.push_back(std::move(producer));
}

bool Ownership::IsTakenOver() {
  const std::lock_guard lock(mutex_);
  if (owner_->was_fenced()) return true;
  static_cast<void>(CommitAsOwner(NewProof(kOwner)));
  return owner_->was_fenced();
}

void Ownership::NoteProof(std::chrono::steady_clock::time_point asked_at) {
  proved_at_ = asked_at.time_since_epoch().count();
}

bool Ownership::WasProvedWithin(std::chrono::milliseconds age) const {
  const std::chrono::steady_clock::time_point proved{
      std::chrono::steady_clock::duration(proved_at_.load())};
  return std::chrono::steady_clock::now() - proved < age;
}

}  // namespace oncegate::kafka
