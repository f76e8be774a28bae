#include "sinks/files/part_writer.h"

#include <sys/random.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <optional>
#include <system_error>
#include <utility>

#include "dedupe/types/check.h"
#include "sinks/files/publish.h"
#include "sinks/sqlite/text_time.h"

namespace oncegate::files {
namespace {

constexpr std::size_t kDayCharacters = 10;  // YYYY-MM-DD

/// Never given twice, not even by a folder that was restored: the time, and 64 random bits.
std::string NewName(std::string_view time) {
  std::array<unsigned char, 8> random{};
  CHECK(getrandom(random.data(), random.size(), 0) == static_cast<ssize_t>(random.size()));
  std::string name = "part-";
  for (const char c : time.substr(0, time.find('.'))) {
    if (c != '-' && c != ':') name.push_back(c);
  }
  name += "Z-";
  for (const unsigned char byte : random) {
    char digits[3];
    std::snprintf(digits, sizeof digits, "%02x", byte);
    name += digits;
  }
  return name + ".ndjson.zst";
}

}  // namespace

/// False where it may not be written again.
SinkResult<bool> PartWriter::Reopen(const Part& part) {
  const std::filesystem::path path = layout_.OpenPart(part.name);
  SinkResult<bool> exists = FileExists(path);
  if (!exists) return exists.error();
  if (!*exists) return LostPart(layout_, part, SinkErrorClass::kStream);
  SinkResult<File> file = File::Open(path);
  if (!file) return file.error();
  SinkResult<std::uint64_t> size = file->Size();
  if (!size) return size.error();
  if (*size < part.bytes) return LostPart(layout_, part, SinkErrorClass::kStream);
  if (*size > part.bytes) return false;
  touched_.push_back({part.name, std::move(*file), part.bytes});
  return true;
}

SinkStatus PartWriter::OpenNew(sqlite::Connection& connection, const Part& part, WallTime now) {
  if (SinkStatus inserted = InsertPart(connection, part, now); !inserted) return inserted;
  SinkResult<File> file = File::Create(layout_.OpenPart(part.name));
  if (!file) return file.error();
  touched_.push_back({part.name, std::move(*file), 0, true});
  has_news_ = true;
  return SyncFolder(layout_.OpenFolder());
}

SinkResult<PartWriter::Place> PartWriter::FindPlace(sqlite::Connection& connection,
                                                    const StreamTarget& target, WallTime now) {
  const sqlite::TimeText time = sqlite::FormatTime(now);
  const std::string_view day = sqlite::ViewOf(time).substr(0, kDayCharacters);
  SinkResult<std::optional<Part>> open = FindOpenPart(connection, target.stream);
  if (!open) return open.error();
  if (*open) {
    const Part& part = **open;
    const auto touched =
        std::find_if(touched_.begin(), touched_.end(),
                     [&](const Touched& candidate) { return candidate.name == part.name; });
    if (touched != touched_.end()) return Place{&*touched, part.bytes};
    if (part.day == day) {
      SinkResult<bool> reopened = Reopen(part);
      if (!reopened) return reopened.error();
      if (*reopened) return Place{&touched_.back(), part.bytes};
    }
    if (SinkStatus closed = ClosePart(connection, part.name); !closed) return closed.error();
    has_news_ = true;
  }
  const Part part{NewName(sqlite::ViewOf(time)), target.stream, target.table, std::string(day)};
  if (SinkStatus made = OpenNew(connection, part, now); !made) return made.error();
  return Place{&touched_.back(), 0};
}

SinkStatus PartWriter::Append(sqlite::Connection& connection, const StreamTarget& target,
                              std::string_view frame, std::uint64_t events, WallTime now) {
  SinkResult<Place> place = FindPlace(connection, target, now);
  if (!place) return place.error();
  Touched& part = *place->part;
  if (SinkStatus written = part.file.WriteAt(place->offset, frame); !written) return written;
  if (SinkStatus synced = part.file.SyncData(); !synced) {
    part.is_doubtful = true;
    return synced;
  }
  const bool full = place->offset + frame.size() >= roll_bytes_;
  has_news_ = has_news_ || full;
  return GrowPart(connection, part.name, {frame.size(), events, now, full});
}

void PartWriter::TakeBack() {
  for (Touched& part : touched_) {
    // Where it fails, the file is longer than the manifest says, and that is enough.
    if (part.is_new) {
      std::error_code ignored;
      std::filesystem::remove(layout_.OpenPart(part.name), ignored);
    } else if (!part.is_doubtful) {
      static_cast<void>(part.file.Truncate(part.begin));
    }
  }
  Forget();
}

void PartWriter::Forget() {
  touched_.clear();
  has_news_ = false;
}

}  // namespace oncegate::files
