// A temporary folder with a store in it, and the values that the store's tests write.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dedupe/store/leveldb_store.h"

namespace oncegate {

/// Owns the folder; removes it at the end.
class StoreFolder {
 public:
  StoreFolder();
  ~StoreFolder();
  StoreFolder(const StoreFolder&) = delete;
  StoreFolder& operator=(const StoreFolder&) = delete;

  std::filesystem::path root() const { return root_; }
  std::filesystem::path store() const { return root_ / "index"; }
  /// Small buffers, so that little data already passes through tables.
  LevelDbStoreOptions Options() const;

  /// Fails the test if the store can not be opened.
  std::unique_ptr<LevelDbStore> Open() const;
  /// The message with which opening fails; fails the test if it does not.
  std::string OpenFailure() const;

  /// The only file with that ending, or the one with the highest number.
  std::filesystem::path NewestFile(std::string_view ending) const;
  std::vector<std::filesystem::path> Files(std::string_view ending) const;

 private:
  std::filesystem::path root_;
};

std::string ReadBytes(const std::filesystem::path& path);
void WriteBytes(const std::filesystem::path& path, std::string_view bytes);
void FlipBit(const std::filesystem::path& path, std::uint64_t byte, unsigned bit = 3);

Fingerprint FingerprintFor(std::uint64_t number);
IndexedProducer ProducerThrough(std::int64_t last_sequence);

/// The fingerprints FingerprintFor(sequence + salt) of first … last.
IndexUpdate FingerprintsOf(const FingerprintScope& scope, std::int64_t first, std::int64_t last,
                           WallTime written_at, std::uint64_t salt = 0);

std::optional<Fingerprint> ReadOneFingerprint(LevelDbStore* store, const FingerprintScope& scope,
                                              std::int64_t sequence);

/// The records' JSON, oldest first.
std::vector<std::string> AuditTrail(LevelDbStore* store);

#define ASSERT_OK(expression)                                                      \
  do {                                                                             \
    const auto& assert_ok_result = (expression);                                   \
    ASSERT_TRUE(assert_ok_result.has_value()) << assert_ok_result.error().message; \
  } while (false)

}  // namespace oncegate
