// The store against std::map: thousands of random steps on few keys, with restarts and reopenings.
#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "tests/unit/dedupe/store/store_folder.h"

namespace oncegate {
namespace {

const std::vector<std::string> kStreams{"a", "ab", "b"};
const std::vector<std::string> kNames{"c", "bc", "x", std::string("n\0ul", 4)};

using Name = std::pair<std::string, std::string>;             // Stream, producer or id.
using Scope = std::tuple<Name, std::uint64_t, std::int64_t>;  // Generation, epoch.
struct Timed {
  Fingerprint fingerprint;
  WallTime at;
};

class Model {
 public:
  explicit Model(std::uint64_t seed) : random_(seed) {}

  void Step() {
    now_.microseconds += Below(3);
    switch (Below(40)) {
      case 0:
        store_.reset();
        store_ = folder_.Open();
        break;
      case 1:
        Succeed(store_->Reopen());
        break;
      case 2:
        SweepFingerprints();
        break;
      case 3:
        SweepIds();
        break;
      case 4:
      case 5:
        EraseOne();
        break;
      case 6:
        WriteCursor();
        break;
      case 7:
        AppendAudit();
        break;
      default:
        Write();
    }
    if (Below(5) == 0) Compare();
  }

 private:
  std::int64_t Below(std::int64_t limit) {
    return static_cast<std::int64_t>(random_() % static_cast<std::uint64_t>(limit));
  }
  const std::string& Pick(const std::vector<std::string>& names) {
    return names[static_cast<std::size_t>(Below(static_cast<std::int64_t>(names.size())))];
  }
  static void Succeed(const Status& status) {
    EXPECT_TRUE(status.has_value()) << status.error().message;
  }

  void Write() {
    IndexUpdate update;
    update.written_at = now_;
    const Name producer{Pick(kStreams), Pick(kNames)};
    const IndexedProducer entry = ProducerThrough(Below(100));
    update.producers.push_back({{producer.first, producer.second}, entry});
    producers_[producer] = entry.state;
    const Scope scope{{Pick(kStreams), Pick(kNames)}, random_() % 2, Below(2)};
    const auto& [name, generation, epoch] = scope;
    IndexUpdate::Fingerprints fingerprints{
        .scope = {{name.first, name.second}, generation, {epoch}}, .entries = {}};
    std::set<std::int64_t> sequences;
    for (std::int64_t i = Below(20) + 1; i > 0; --i) sequences.insert(Below(300));
    for (const std::int64_t sequence : sequences) {
      const Fingerprint fingerprint = FingerprintFor(random_());
      fingerprints.entries.push_back({sequence, fingerprint});
      fingerprints_[scope][sequence] = {fingerprint, now_};
    }
    update.fingerprints.push_back(fingerprints);
    const Name id{Pick(kStreams), Pick(kNames)};
    ids_[id] = {FingerprintFor(random_()), now_};
    update.ids.push_back({id.first, id.second, ids_[id].fingerprint, now_});
    Succeed(store_->Write(update));
  }

  void EraseOne() {
    const Name name{Pick(kStreams), Pick(kNames)};
    if (Below(2) == 0) {
      producers_.erase(name);
      Succeed(store_->EraseProducer({name.first, name.second}));
    } else {
      ids_.erase(name);
      const std::vector<std::string_view> ids{name.second};
      Succeed(store_->EraseIds(name.first, ids));
    }
  }

  void WriteCursor() {
    const std::string& name = Pick(kNames);
    cursors_[name] = std::string(static_cast<std::size_t>(Below(3)), 'p');
    Succeed(store_->WriteCursor(name, cursors_[name]));
  }

  void AppendAudit() {
    audit_.push_back(std::to_string(audit_.size()));
    Succeed(store_->AppendAudit({now_, audit_.back()}));
  }

  WallTime RecentCutoff() { return {now_.microseconds - Below(200)}; }

  /// From wherever the position is, two ends later everything was passed.
  template <typename Slice>
  void SweepTwice(Slice slice) {
    for (int ends = 0; ends < 2;) {
      const Result<SweepResult> result = slice(static_cast<std::uint64_t>(1 + Below(20)));
      ASSERT_OK(result);
      if (result->wrapped) ++ends;
    }
  }

  void SweepFingerprints() {
    const WallTime cutoff = RecentCutoff();
    SweepTwice([&](std::uint64_t limit) { return store_->SweepFingerprints(cutoff, limit); });
    for (auto& [scope, entries] : fingerprints_) {
      std::erase_if(entries, [&](const auto& entry) { return entry.second.at < cutoff; });
    }
  }

  void SweepIds() {
    const WallTime cutoff = RecentCutoff();
    const std::string& stream = Pick(kStreams);
    SweepTwice([&](std::uint64_t limit) { return store_->SweepIds(stream, cutoff, limit); });
    std::erase_if(ids_, [&](const auto& entry) {
      return entry.first.first == stream && entry.second.at < cutoff;
    });
  }

  void Compare() {
    for (const std::string& stream : kStreams) {
      for (const std::string& name : kNames) {
        CompareProducer({stream, name});
        CompareId({stream, name});
      }
    }
    for (const auto& [scope, entries] : fingerprints_) CompareFingerprints(scope, entries);
    for (const auto& [name, position] : cursors_) EXPECT_EQ(*store_->ReadCursor(name), position);
    EXPECT_EQ(AuditTrail(store_.get()), audit_);
  }

  void CompareProducer(const Name& name) {
    const auto read = store_->ReadProducer({name.first, name.second});
    ASSERT_OK(read);
    const auto expected = producers_.find(name);
    ASSERT_EQ(read->has_value(), expected != producers_.end());
    if (read->has_value()) {
      EXPECT_EQ((*read)->state, expected->second);
    }
  }

  void CompareId(const Name& name) {
    const std::vector<std::string_view> asked{name.second};
    const auto read = store_->ReadIds(name.first, asked);
    ASSERT_OK(read);
    const auto expected = ids_.find(name);
    ASSERT_EQ(read->front().has_value(), expected != ids_.end());
    if (!read->front()) return;
    EXPECT_EQ(read->front()->fingerprint, expected->second.fingerprint);
    EXPECT_EQ(read->front()->committed_at, expected->second.at);
  }

  void CompareFingerprints(const Scope& scope, const std::map<std::int64_t, Timed>& entries) {
    std::vector<std::int64_t> sequences;
    for (std::int64_t sequence = Below(3); sequence < 310; sequence += 1 + Below(90)) {
      sequences.push_back(sequence);
    }
    std::vector<std::optional<Fingerprint>> found(sequences.size());
    const auto& [name, generation, epoch] = scope;
    Succeed(store_->ReadFingerprints({{name.first, name.second}, generation, {epoch}}, sequences,
                                     found));
    for (std::size_t i = 0; i < sequences.size(); ++i) {
      const auto entry = entries.find(sequences[i]);
      ASSERT_EQ(found[i].has_value(), entry != entries.end()) << sequences[i];
      if (found[i]) {
        EXPECT_EQ(found[i], entry->second.fingerprint) << sequences[i];
      }
    }
  }

  std::mt19937_64 random_;
  const StoreFolder folder_;
  std::unique_ptr<LevelDbStore> store_ = folder_.Open();
  WallTime now_{1'000'000};
  std::map<Name, ProducerState> producers_;
  std::map<Name, Timed> ids_;
  std::map<Scope, std::map<std::int64_t, Timed>> fingerprints_;
  std::map<std::string, std::string> cursors_;
  std::vector<std::string> audit_;
};

class StoreModelTest : public testing::TestWithParam<std::uint64_t> {};

TEST_P(StoreModelTest, BehavesLikeAMapWhateverHappensInBetween) {
  SCOPED_TRACE("seed " + std::to_string(GetParam()));
  Model model(GetParam());
  for (int step = 0; step < 2500 && !HasFailure(); ++step) model.Step();
}

INSTANTIATE_TEST_SUITE_P(Seeds, StoreModelTest, testing::Range<std::uint64_t>(1, 5));

}  // namespace
}  // namespace oncegate
