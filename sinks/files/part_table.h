// The list of parts, in the manifest:
//
//   oncegate_parts   name, stream, folder (the table's), day (YYYY-MM-DD), state, bytes, events,
//                    opened_at, applied_through (microseconds since 1970)
//
// A part is `open` while it grows (one a stream at most), `publishing` once its length is fixed,
// `published` once it lies in its day's folder. `bytes` is what is committed of it: whatever the
// file holds beyond belongs to nobody.
//
// Every function is part of the caller's transaction, or a read of its own.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sinks/sink.h"
#include "sinks/sqlite/connection.h"

namespace oncegate::files {

struct Part {
  std::string name;
  std::string stream;
  std::string folder;
  std::string day;
  std::uint64_t bytes = 0;
  std::uint64_t events = 0;
};

struct PartGrowth {
  std::uint64_t bytes = 0;
  std::uint64_t events = 0;
  WallTime applied_at;
  bool closes = false;  // To be published at this length.
};

/// Makes the table and its version, 'parts_version' in oncegate_schema; kRefused for another one.
SinkStatus EnsurePartTable(sqlite::Connection& connection);

SinkResult<std::optional<Part>> FindOpenPart(sqlite::Connection& connection,
                                             std::string_view stream);
/// An open part of no bytes.
SinkStatus InsertPart(sqlite::Connection& connection, const Part& part, WallTime opened_at);
SinkStatus GrowPart(sqlite::Connection& connection, std::string_view name,
                    const PartGrowth& growth);
/// Open ones become `publishing`; others stay what they are.
SinkStatus ClosePart(sqlite::Connection& connection, std::string_view name);
SinkStatus CloseEveryPart(sqlite::Connection& connection);
SinkStatus MarkPublished(sqlite::Connection& connection, std::string_view name);

SinkResult<std::vector<Part>> ListOpenParts(sqlite::Connection& connection);
SinkResult<std::vector<Part>> ListPartsToPublish(sqlite::Connection& connection);

}  // namespace oncegate::files
