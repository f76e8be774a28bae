#include "tests/unit/dedupe/store/store_folder.h"

#include <stdlib.h>

#include <algorithm>
#include <fstream>
#include <iterator>

#include "dedupe/types/check.h"

namespace oncegate {

StoreFolder::StoreFolder() {
  std::string name = (std::filesystem::temp_directory_path() / "oncegate-store-XXXXXX").string();
  CHECK(::mkdtemp(name.data()) != nullptr);
  root_ = name;
}

StoreFolder::~StoreFolder() { std::filesystem::remove_all(root_); }

LevelDbStoreOptions StoreFolder::Options() const {
  LevelDbStoreOptions options;
  options.directory = store();
  options.cache_bytes = 1024 * 1024;
  options.write_buffer_bytes = 64 * 1024;
  return options;
}

std::unique_ptr<LevelDbStore> StoreFolder::Open() const {
  auto opened = LevelDbStore::Open(Options());
  if (!opened) {
    ADD_FAILURE() << opened.error().message;
    std::abort();  // Nothing else of the test can run.
  }
  return std::move(*opened);
}

std::string StoreFolder::OpenFailure() const {
  const auto opened = LevelDbStore::Open(Options());
  EXPECT_FALSE(opened.has_value()) << "the store opened";
  return opened ? std::string() : opened.error().message;
}

std::vector<std::filesystem::path> StoreFolder::Files(std::string_view ending) const {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(store())) {
    if (entry.path().string().ends_with(ending)) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::filesystem::path StoreFolder::NewestFile(std::string_view ending) const {
  const auto files = Files(ending);
  CHECK(!files.empty());
  return files.back();
}

std::string ReadBytes(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  CHECK(file.good());
  return {std::istreambuf_iterator<char>(file), {}};
}

void WriteBytes(const std::filesystem::path& path, std::string_view bytes) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  CHECK(file.good());
}

void FlipBit(const std::filesystem::path& path, std::uint64_t byte, unsigned bit) {
  std::string bytes = ReadBytes(path);
  CHECK(byte < bytes.size());
  bytes[byte] = static_cast<char>(bytes[byte] ^ (1U << bit));
  WriteBytes(path, bytes);
}

Fingerprint FingerprintFor(std::uint64_t number) {
  return {number * 0x9e3779b97f4a7c15U + 1, number ^ 0xbf58476d1ce4e5b9U};
}

IndexedProducer ProducerThrough(std::int64_t last_sequence) {
  IndexedProducer entry;
  entry.state.known = true;
  entry.state.window.ranges = {{0, last_sequence}};
  entry.token.bytes[0] = static_cast<std::uint8_t>(last_sequence);
  entry.fingerprint_generation = 7;
  return entry;
}

IndexUpdate FingerprintsOf(const FingerprintScope& scope, std::int64_t first, std::int64_t last,
                           WallTime written_at, std::uint64_t salt) {
  IndexUpdate::Fingerprints fingerprints{.scope = scope, .entries = {}};
  for (std::int64_t i = 0; i <= last - first; ++i) {
    const std::int64_t sequence = first + i;
    fingerprints.entries.push_back(
        {sequence, FingerprintFor(static_cast<std::uint64_t>(sequence) + salt)});
  }
  IndexUpdate update;
  update.fingerprints.push_back(std::move(fingerprints));
  update.written_at = written_at;
  return update;
}

std::optional<Fingerprint> ReadOneFingerprint(LevelDbStore* store, const FingerprintScope& scope,
                                              std::int64_t sequence) {
  std::optional<Fingerprint> found;
  const auto read = store->ReadFingerprints(scope, {&sequence, 1}, {&found, 1});
  EXPECT_TRUE(read.has_value()) << read.error().message;
  return found;
}

std::vector<std::string> AuditTrail(LevelDbStore* store) {
  const auto records = store->ReadAudit(1'000'000);
  EXPECT_TRUE(records.has_value()) << records.error().message;
  std::vector<std::string> trail;
  if (!records) return trail;
  for (const AuditRecord& record : *records) trail.push_back(record.json);
  std::reverse(trail.begin(), trail.end());
  return trail;
}

}  // namespace oncegate
