// Records, tokens and marks for tests of sinks: values that own their text, and short ways to make
// them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sinks/sink.h"

namespace oncegate::conformance {

/// An event that owns its text.
struct Record {
  std::string key;
  bool key_is_default = false;
  std::string value = "1";
  Operation operation = Operation::kUpsert;
  std::string producer;
  std::int64_t epoch = 0;
  std::optional<std::int64_t> sequence;
  std::string id;
  std::optional<Version> version;
  std::optional<WallTime> event_time;
  Fingerprint fingerprint;

  Event View() const;
};

Record Upsert(std::string key, std::string value);
Record Delete(std::string key);
Record From(Record record, std::string producer, std::int64_t epoch, std::int64_t sequence);
Record WithVersion(Record record, std::uint64_t version);
Record WithVersion(Record record, Version version);

Token TokenOf(std::uint8_t number);
Fingerprint FingerprintOf(std::uint64_t number);
/// A claim without fingerprint.
IdClaim JustId(std::string_view id);
StreamTarget Target(std::string stream, DedupeMode mode = DedupeMode::kWindow);
StreamTarget AppendTarget(std::string stream, DedupeMode mode = DedupeMode::kWindow);
/// With the key column "id".
StreamTarget ColumnsTarget(std::string stream, DedupeMode mode = DedupeMode::kWindow);

/// One ledger write that owns its text.
struct Mark {
  std::string stream = "orders";
  std::string producer = "p";
  std::optional<Token> expected = {};
  Token token = {};
  std::int64_t epoch = 0;
  std::string state = "state";
};

/// WriteLedger within the open transaction of `session`.
SinkStatus WriteMarksOn(SinkSession& session, const std::vector<Mark>& marks, WallTime now,
                        std::vector<std::uint32_t>* lost);

}  // namespace oncegate::conformance
