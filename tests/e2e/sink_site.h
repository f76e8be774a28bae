// SinkSite: the sink of one service, empty at first, and what is in it as seen from outside by SQL.
//
// Thread-safe. Every failure throws std::runtime_error.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "tests/support/mariadb_server.h"
#include "tests/support/postgres_server.h"

namespace oncegate::e2e {

enum class SinkKind : std::uint8_t { kSqlite, kPostgres, kMysql };
std::string ToString(SinkKind kind);
inline std::ostream& operator<<(std::ostream& out, SinkKind kind) { return out << ToString(kind); }

/// Of the Postgres sink.
inline constexpr char kSinkPassword[] = "correct-horse";

using SqlRow = std::vector<std::optional<std::string>>;

/// A row of the document target. Numbers and times as text, the latter as RFC 3339 in UTC with
/// microseconds.
struct DocumentRow {
  std::string key;
  std::optional<std::string> value;  // JSON text, as the sink spells it.
  std::optional<std::string> producer;
  std::optional<std::string> epoch;
  std::optional<std::string> sequence;
  std::optional<std::string> id;
  std::optional<std::string> version;
  std::optional<std::string> event_time;
  bool deleted = false;
  std::optional<std::string> applied_at;
};

void PrintTo(const DocumentRow& row, std::ostream* out);

class SinkSite {
 public:
  virtual ~SinkSite() = default;

  /// The table [sinks.main].
  virtual std::string Settings() const = 0;
  virtual std::vector<SqlRow> Query(const std::string& sql) = 0;
  std::int64_t Count(const std::string& sql);

  /// By key in byte order; those whose key begins with `prefix`.
  std::vector<DocumentRow> Rows(const std::string& table, const std::string& prefix = "");
  std::optional<DocumentRow> Row(const std::string& table, const std::string& key);
  /// From now on every insert and update of a row of `table` is noted, in the same transaction.
  virtual void Audit(const std::string& table) = 0;
  /// How many writes of each key were noted.
  std::map<std::string, std::int64_t> AuditedWrites(const std::string& table);
  /// Every noted write as what identifies its event: key, producer, epoch, seq, id, version.
  std::vector<SqlRow> AuditedEvents(const std::string& table);
  /// From now on a row with this key is refused by the sink.
  virtual void RefuseKey(const std::string& table, const std::string& key) = 0;
  /// Mends what RefuseKey did.
  virtual void RefuseNothing(const std::string& table) = 0;

 protected:
  /// SQL that gives the column as text.
  virtual std::string TimeText(const std::string& column) const = 0;

 private:
  std::vector<DocumentRow> Select(const std::string& table, const std::string& condition);
};

/// A file in the folder.
std::unique_ptr<SinkSite> MakeSqliteSite(const std::filesystem::path& folder);
/// A database of its own on the server.
std::unique_ptr<SinkSite> MakePostgresSite(test::PostgresServer* server);
std::unique_ptr<SinkSite> MakeMysqlSite(test::MariadbServer* server);

/// The Postgres of this test program, started when it is asked for first.
test::PostgresServer& SharedPostgres();
/// The same of MariaDB.
test::MariadbServer& SharedMariadb();

}  // namespace oncegate::e2e
