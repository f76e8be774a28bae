#include "sinks/mysql/guarded_upsert.h"

#include <algorithm>
#include <vector>

#include "sinks/mysql/block_io.h"
#include "sinks/mysql/row_guard.h"
#include "sinks/mysql/row_isolation.h"
#include "sinks/mysql/row_size.h"

namespace oncegate::mysql {
namespace {

/// A wrong guess costs a failed statement, and a deadlock where two instances make it on one row.
constexpr int kCallsOfNewRowsMin = 8;

GuardedRow ReadGuarded(const QueryRows& rows, std::size_t row) {
  GuardedRow guarded;
  if (!rows.IsNull(row, 1)) guarded.producer = rows.Bytes(row, 1);
  if (!rows.IsNull(row, 2)) guarded.epoch = rows.Integer(row, 2);
  if (!rows.IsNull(row, 3)) guarded.sequence = rows.Integer(row, 3);
  if (!rows.IsNull(row, 4)) guarded.version = rows.Bytes(row, 4);
  return guarded;
}

/// One call of UpsertGuarded.
class Upserting {
 public:
  Upserting(Connection& connection, const GuardedTable& table, DedupeMode mode,
            std::span<const Event* const> rows, RowsOutcome* outcome)
      : connection_(connection),
        table_(table),
        statements_(table.statements),
        mode_(mode),
        rows_(rows),
        outcome_(outcome),
        is_there_(rows.size(), false) {}

  MysqlStatus Run() {
    outcome_->effects.assign(rows_.size(), RowEffect::kWritten);
    Places open = LeaveOutTooLarge(connection_, rows_, &outcome_->bad);
    if (*table_.calls_of_new_rows >= kCallsOfNewRowsMin) {
      if (const MysqlStatus inserted = InsertUnseen(&open); !inserted) return inserted.error();
    }
    if (const MysqlStatus locked = Lock(open); !locked) return locked.error();
    Places absent;
    Places present;
    for (const std::uint32_t place : open) (is_there_[place] ? present : absent).push_back(place);
    if (present.empty() && *table_.calls_of_new_rows < kCallsOfNewRowsMin)
      ++*table_.calls_of_new_rows;
    if (!present.empty()) *table_.calls_of_new_rows = 0;
    for (const Places& places : {absent, present}) {
      const MysqlStatus written = WriteIsolated(places, Writing(), &bad_);
      if (!written) return written.error();
    }
    if (const MysqlStatus tried = TryBadRowsAgain(Writing(), &bad_); !tried) return tried.error();
    auto& bad = outcome_->bad;
    bad.insert(bad.end(), bad_.begin(), bad_.end());
    std::sort(bad.begin(), bad.end(),
              [](const BadRow& left, const BadRow& right) { return left.row < right.row; });
    return bad.empty() ? ReadSameVersions() : MysqlStatus();
  }

 private:
  std::vector<std::string_view> KeysOf(std::span<const std::uint32_t> places) const {
    std::vector<std::string_view> keys;
    keys.reserve(places.size());
    for (const std::uint32_t place : places) keys.push_back(rows_[place]->key);
    return keys;
  }

  /// Inserts rows that are believed to be new, up to the block in which one is not, or is bad.
  MysqlStatus InsertUnseen(Places* open) {
    std::size_t written = 0;
    const MysqlStatus done =
        WriteBlocks(connection_, statements_.insert, Source(), *open, &written);
    open->erase(open->begin(), open->begin() + static_cast<std::ptrdiff_t>(written));
    if (done) return {};
    // Not again in this group, should it begin anew.
    *table_.calls_of_new_rows = 0;
    if (IsDataError(done.error())) return {};
    return done.error();
  }

  /// Locks the rows that are there and judges what may be written over them.
  MysqlStatus Lock(std::span<const std::uint32_t> places) {
    return ReadByKeys(connection_, statements_.lock, table_.stream, KeysOf(places),
                      [&](std::size_t number, const QueryRows& rows, std::size_t row) {
                        const std::uint32_t place = places[number];
                        is_there_[place] = true;
                        outcome_->effects[place] =
                            GuardRow(mode_, ReadGuarded(rows, row), *rows_[place]);
                      });
  }

  WritePlaces Writing() {
    return [this](std::span<const std::uint32_t> places, std::size_t* written) {
      return WriteSome(places, written);
    };
  }

  MysqlStatus WriteSome(std::span<const std::uint32_t> places, std::size_t* written) {
    const auto count = std::count_if(places.begin(), places.end(),
                                     [this](std::uint32_t place) { return is_there_[place]; });
    if (count == 0) return Insert(places, written);
    if (count == std::ssize(places)) return Replace(places, written);
    return WriteOneByOne(places, written);
  }

  /// Where both kinds stand in turns, which is rare.
  MysqlStatus WriteOneByOne(std::span<const std::uint32_t> places, std::size_t* written) {
    for (std::size_t i = 0; i < places.size(); ++i) {
      std::size_t one = 0;
      const MysqlStatus done = WriteSome(places.subspan(i, 1), &one);
      if (!done) return done.error();
      ++*written;
    }
    return {};
  }

  RowSource Source() const {
    return {[this](std::uint32_t place, Parameters* parameters) {
              table_.add_row(*rows_[place], parameters);
            },
            [this](std::uint32_t place) { return table_.bytes_of(*rows_[place]); }};
  }

  /// Of rows that are there, those that the guard lets through.
  MysqlStatus Replace(std::span<const std::uint32_t> places, std::size_t* written) {
    Places passed;
    for (const std::uint32_t place : places) {
      if (outcome_->effects[place] == RowEffect::kWritten) passed.push_back(place);
    }
    std::size_t replaced = 0;
    const MysqlStatus done =
        WriteBlocks(connection_, statements_.replace, Source(), passed, &replaced);
    if (done) {
      *written = places.size();
    } else {
      const auto failed = std::find(places.begin(), places.end(), passed[replaced]);
      *written = static_cast<std::size_t>(failed - places.begin());
    }
    return done;
  }

  /// Of rows that were not there. Where somebody else has inserted one since, it is looked at like
  /// one that was; any other duplicate is one of another unique key.
  MysqlStatus Insert(std::span<const std::uint32_t> places, std::size_t* written) {
    const MysqlStatus done =
        WriteBlocks(connection_, statements_.insert, Source(), places, written);
    if (done || !IsDuplicate(done.error())) return done;
    const auto suspects =
        places.subspan(*written, std::min(kBlockRowsMax, places.size() - *written));
    if (const MysqlStatus locked = Lock(suspects); !locked) return locked.error();
    const bool met = std::any_of(suspects.begin(), suspects.end(),
                                 [this](std::uint32_t place) { return is_there_[place]; });
    if (!met) return done;
    if (const MysqlStatus mixed = WriteOneByOne(suspects, written); !mixed) return mixed.error();
    std::size_t more = 0;
    const MysqlStatus rest = WriteSome(places.subspan(*written), &more);
    *written += more;
    return rest;
  }

  /// What rows of equal version hold; they are locked.
  MysqlStatus ReadSameVersions() {
    Places same;
    for (std::uint32_t i = 0; i < rows_.size(); ++i) {
      if (outcome_->effects[i] == RowEffect::kSameVersion) same.push_back(i);
    }
    const MysqlStatus read =
        ReadByKeys(connection_, statements_.read, table_.stream, KeysOf(same),
                   [&](std::size_t number, const QueryRows& rows, std::size_t row) {
                     outcome_->stored.push_back(table_.read_stored(rows, row));
                     outcome_->stored.back().row = same[number];
                   });
    if (!read) return read.error();
    std::sort(outcome_->stored.begin(), outcome_->stored.end(),
              [](const StoredRow& left, const StoredRow& right) { return left.row < right.row; });
    return {};
  }

  Connection& connection_;
  const GuardedTable& table_;
  const GuardedStatements& statements_;
  DedupeMode mode_;
  std::span<const Event* const> rows_;
  RowsOutcome* outcome_;
  std::vector<bool> is_there_;  // The row was there when it was looked for, and is locked.
  std::vector<BadRow> bad_;
};

}  // namespace

MysqlStatus UpsertGuarded(Connection& connection, const GuardedTable& table, DedupeMode mode,
                          std::span<const Event* const> rows, RowsOutcome* outcome) {
  return Upserting(connection, table, mode, rows, outcome).Run();
}

}  // namespace oncegate::mysql
