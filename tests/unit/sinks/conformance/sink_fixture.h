// SinkFixture: what the conformance suite needs to know of a sink besides its interface. One folder
// per sink implements it on the real database; the suite itself speaks plain SQL that all databases
// understand (double-quoted identifiers, single-quoted strings). A sink that is no SQL database
// overrides what is said in SQL here, and the tests that need more than that are skipped for it.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <ostream>
#include <string>

#include "sinks/sink.h"

namespace oncegate::conformance {

/// One row of a document table as a person reads it by SQL.
struct TableRow {
  std::optional<std::string> value;  // JSON text as the database prints it; empty: SQL NULL.
  std::optional<std::string> producer;
  std::optional<std::int64_t> epoch;
  std::optional<std::int64_t> sequence;
  std::optional<std::string> id;
  std::optional<std::string> version;  // Decimal digits, without leading zeros.
  /// Microseconds since 1970.
  std::optional<std::int64_t> event_time;
  bool deleted = false;
  std::optional<std::int64_t> applied_at;
};

/// One database that nobody else uses. It is empty at construction (no oncegate table) and removed
/// by the destructor. Failures of the verbs are fatal: they throw std::runtime_error.
class SinkFixture {
 public:
  virtual ~SinkFixture() = default;

  /// A sink on this database. Every call gives another sink on the same database, as another
  /// instance of the service would have it.
  virtual std::unique_ptr<Sink> NewSink() = 0;

  // ---- What the sink is able to do: tests of what it is not are skipped. ----

  virtual bool SpeaksSql() const { return true; }
  virtual bool TakesAppend() const { return true; }
  /// See RefuseMarkedValues.
  virtual bool RefusesValues() const { return true; }
  /// Whoever writes second waits for the first; otherwise it fails when it commits.
  virtual bool LocksWhatItReads() const { return true; }
  /// Of two sessions that insert the same new rows at once, one may have to start over.
  virtual bool StartsOverOnInsert() const { return false; }
  /// The type of a column of text that a unique index can stand on, and that tells every text from
  /// every other.
  virtual std::string KeyText() const { return "TEXT"; }
  /// StoredRow gives id and event time.
  virtual bool KeepsIdAndEventTime() const { return true; }

  // ---- The database as others see it. ----

  /// Rows of a table, deleted ones too.
  virtual std::int64_t RowCount(const std::string& table) {
    return SqlCount("SELECT count(*) FROM " + Quoted(table));
  }
  virtual std::int64_t MarkCount() { return SqlCount("SELECT count(*) FROM oncegate_ledger"); }
  virtual void LoseMarks() { Execute("DELETE FROM oncegate_ledger"); }
  /// A table's name that belongs to the ledger.
  virtual std::string NameOfTheLedger() const { return "oncegate_ledger"; }

  /// Runs one statement on a connection of the fixture; committed on return.
  virtual void Execute(const std::string& sql) = 0;
  /// The only column of the only row of a query, an integer. Sees only what is committed.
  virtual std::int64_t SqlCount(const std::string& query) = 0;
  virtual std::optional<TableRow> StoredRow(const std::string& table, const std::string& key) = 0;

  /// From now on the database itself refuses every row of `table` whose value is the JSON string
  /// "refused", as a data error of that row (trigger or CHECK; rows that are there already stay).
  virtual void RefuseMarkedValues(const std::string& table) = 0;
  /// Takes back RefuseMarkedValues.
  virtual void AcceptMarkedValues(const std::string& table) = 0;

  /// Why a test of the suite says nothing of this sink; empty: it does.
  virtual std::string WhyNot(const ::testing::TestInfo& test) const {
    static_cast<void>(test);
    return "";
  }

  /// A JSON number that this sink can not hold; empty: it holds every number.
  virtual std::optional<std::string> NumberBeyondTheSink() const { return std::nullopt; }

 private:
  static std::string Quoted(const std::string& identifier) {
    std::string quoted = "\"";
    for (const char c : identifier) quoted += c == '"' ? "\"\"" : std::string(1, c);
    return quoted + "\"";
  }
};

/// The parameter of the suite:
///
///     INSTANTIATE_TEST_SUITE_P(Sqlite, SinkConformance,
///                              ::testing::Values(SinkUnderTest{"sqlite", &MakeSqliteFixture}),
///                              SinkUnderTestName);
struct SinkUnderTest {
  const char* name = "";
  std::unique_ptr<SinkFixture> (*make)() = nullptr;
  TargetKind target = TargetKind::kDocument;  // What tests take that need any.
  friend std::ostream& operator<<(std::ostream& out, const SinkUnderTest& sink) {
    return out << sink.name;
  }
};

}  // namespace oncegate::conformance
