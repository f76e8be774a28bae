#include "tests/e2e/sink_site.h"

#include <sqlite3.h>

#include <stdexcept>

namespace oncegate::e2e {
namespace {

constexpr int kBusyTimeoutMs = 30'000;
constexpr char kAudited[] = "NEW.key, NEW.producer, NEW.epoch, NEW.seq, NEW.id, NEW.version";

std::string QuoteText(const std::string& text) {
  std::string quoted = "'";
  for (const char c : text) quoted += c == '\'' ? "''" : std::string(1, c);
  return quoted + "'";
}

class SqliteSite final : public SinkSite {
 public:
  explicit SqliteSite(std::filesystem::path path) : path_(std::move(path)) {}

  std::string Settings() const override {
    return "[sinks.main]\ntype = \"sqlite\"\npath = \"" + path_.string() + "\"\n";
  }

  std::vector<SqlRow> Query(const std::string& sql) override {
    sqlite3* database = nullptr;
    const int opened = sqlite3_open_v2(path_.c_str(), &database, SQLITE_OPEN_READWRITE, nullptr);
    std::unique_ptr<sqlite3, int (*)(sqlite3*)> closing(database, sqlite3_close);
    if (opened != SQLITE_OK) throw std::runtime_error("can not open " + path_.string());
    sqlite3_busy_timeout(database, kBusyTimeoutMs);
    std::vector<SqlRow> rows;
    const int code = sqlite3_exec(database, sql.c_str(), Collect, &rows, nullptr);
    if (code != SQLITE_OK) throw std::runtime_error(sql + ": " + sqlite3_errmsg(database));
    return rows;
  }

  void Audit(const std::string& table) override {
    std::string sql =
        "CREATE TABLE audit_" + table + " (key TEXT, producer, epoch, seq, id, version);";
    for (const char* event : {"INSERT", "UPDATE"}) {
      sql += std::string("CREATE TRIGGER audit_") + event + "_" + table + " AFTER " + event +
             " ON " + table + " BEGIN INSERT INTO audit_" + table + " VALUES (" + kAudited +
             "); END;";
    }
    Query(sql);
  }

  void RefuseKey(const std::string& table, const std::string& key) override {
    Query("CREATE TRIGGER refuse_" + table + " BEFORE INSERT ON " + table + " WHEN NEW.key = " +
          QuoteText(key) + " BEGIN SELECT RAISE(ABORT, 'this key is refused'); END");
  }

  void RefuseNothing(const std::string& table) override { Query("DROP TRIGGER refuse_" + table); }

 protected:
  std::string TimeText(const std::string& column) const override { return column; }

 private:
  static int Collect(void* rows, int count, char** values, char**) {
    SqlRow row(static_cast<std::size_t>(count));
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (values[i] != nullptr) row[i] = values[i];
    }
    static_cast<std::vector<SqlRow>*>(rows)->push_back(std::move(row));
    return 0;
  }

  std::filesystem::path path_;
};

class PostgresSite final : public SinkSite {
 public:
  explicit PostgresSite(test::PostgresServer* server)
      : server_(server), database_(server->CreateDatabase()) {}

  ~PostgresSite() override {
    try {
      server_->DropDatabase(database_);
    } catch (const std::runtime_error&) {
      // A test that failed may have left the server stopped; the database goes with it.
    }
  }

  std::string Settings() const override {
    std::string url = server_->Url(database_);
    // The server trusts everybody; the password is there to be looked for where it must not be.
    url.insert(url.find('@'), std::string(":") + kSinkPassword);
    return "[sinks.main]\ntype = \"postgres\"\nurl = \"" + url + "\"\n";
  }

  std::vector<SqlRow> Query(const std::string& sql) override {
    return server_->Query(sql, database_);
  }

  void Audit(const std::string& table) override {
    Query("CREATE TABLE audit_" + table +
          " (key text COLLATE \"C\", producer text, epoch text, seq text, id text, version text); "
          "CREATE FUNCTION note_" +
          table + "() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO audit_" + table +
          " VALUES (" + kAudited +
          "); RETURN NULL; END $$; CREATE TRIGGER audit AFTER INSERT OR UPDATE ON " + table +
          " FOR EACH ROW EXECUTE FUNCTION note_" + table + "()");
  }

  void RefuseKey(const std::string& table, const std::string& key) override {
    Query("ALTER TABLE " + table + " ADD CONSTRAINT refused CHECK (key <> " + QuoteText(key) + ")");
  }

  void RefuseNothing(const std::string& table) override {
    Query("ALTER TABLE " + table + " DROP CONSTRAINT refused");
  }

 protected:
  std::string TimeText(const std::string& column) const override {
    return "to_char(" + column + " AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')";
  }

 private:
  test::PostgresServer* server_;
  std::string database_;
};

class MysqlSite final : public SinkSite {
 public:
  explicit MysqlSite(test::MariadbServer* server)
      : server_(server), database_(server->CreateDatabase()) {}

  ~MysqlSite() override {
    try {
      server_->DropDatabase(database_);
    } catch (const std::runtime_error&) {
      // A test that failed may have left the server stopped; the database goes with it.
    }
  }

  std::string Settings() const override {
    return "[sinks.main]\ntype = \"mysql\"\nurl = \"" + server_->Url(database_) + "\"\n";
  }

  std::vector<SqlRow> Query(const std::string& sql) override {
    return server_->Query(sql, database_);
  }

  void Audit(const std::string& table) override {
    Query("CREATE TABLE audit_" + table +
          " (\"key\" VARBINARY(2048), producer TEXT, epoch TEXT, seq TEXT, id TEXT, version TEXT) "
          "ENGINE = InnoDB");
    for (const std::string event : {"INSERT", "UPDATE"}) {
      Query("CREATE TRIGGER audit_" + event + "_" + table + " AFTER " + event + " ON " + table +
            " FOR EACH ROW INSERT INTO audit_" + table + " VALUES (" + kAudited + ")");
    }
  }

  void RefuseKey(const std::string& table, const std::string& key) override {
    Query("ALTER TABLE " + table + " ADD CONSTRAINT refused CHECK (\"key\" <> " + QuoteText(key) +
          ")");
  }

  void RefuseNothing(const std::string& table) override {
    Query("ALTER TABLE " + table + " DROP CONSTRAINT refused");
  }

 protected:
  std::string TimeText(const std::string& column) const override {
    return "DATE_FORMAT(" + column + ", '%Y-%m-%dT%H:%i:%s.%fZ')";
  }

 private:
  test::MariadbServer* server_;
  std::string database_;
};

}  // namespace

std::string ToString(SinkKind kind) {
  switch (kind) {
    case SinkKind::kSqlite:
      return "Sqlite";
    case SinkKind::kPostgres:
      return "Postgres";
    case SinkKind::kMysql:
      return "Mysql";
  }
  return "";
}

std::int64_t SinkSite::Count(const std::string& sql) { return std::stoll(*Query(sql).at(0).at(0)); }

void PrintTo(const DocumentRow& row, std::ostream* out) {
  *out << row.key << " = " << row.value.value_or("NULL").substr(0, 200);
}

std::vector<DocumentRow> SinkSite::Rows(const std::string& table, const std::string& prefix) {
  return Select(table,
                "substr(\"key\", 1, " + std::to_string(prefix.size()) + ") = " + QuoteText(prefix));
}

std::optional<DocumentRow> SinkSite::Row(const std::string& table, const std::string& key) {
  const std::vector<DocumentRow> rows = Select(table, "\"key\" = " + QuoteText(key));
  return rows.empty() ? std::nullopt : std::optional(rows.front());
}

std::vector<DocumentRow> SinkSite::Select(const std::string& table, const std::string& condition) {
  const std::vector<SqlRow> found =
      Query("SELECT \"key\", value, producer, epoch, seq, id, version, " + TimeText("event_time") +
            ", CASE WHEN deleted THEN 1 ELSE 0 END, " + TimeText("applied_at") + " FROM " + table +
            " WHERE " + condition + " ORDER BY \"key\"");
  std::vector<DocumentRow> rows;
  for (const SqlRow& row : found) {
    rows.push_back(
        {*row[0], row[1], row[2], row[3], row[4], row[5], row[6], row[7], row[8] == "1", row[9]});
  }
  return rows;
}

std::map<std::string, std::int64_t> SinkSite::AuditedWrites(const std::string& table) {
  std::map<std::string, std::int64_t> writes;
  for (const SqlRow& row :
       Query("SELECT \"key\", count(*) FROM audit_" + table + " GROUP BY \"key\"")) {
    writes[*row[0]] = std::stoll(*row[1]);
  }
  return writes;
}

std::vector<SqlRow> SinkSite::AuditedEvents(const std::string& table) {
  return Query("SELECT \"key\", producer, epoch, seq, id, version FROM audit_" + table);
}

std::unique_ptr<SinkSite> MakeSqliteSite(const std::filesystem::path& folder) {
  return std::make_unique<SqliteSite>(folder / "sink.sqlite");
}

std::unique_ptr<SinkSite> MakePostgresSite(test::PostgresServer* server) {
  return std::make_unique<PostgresSite>(server);
}

std::unique_ptr<SinkSite> MakeMysqlSite(test::MariadbServer* server) {
  return std::make_unique<MysqlSite>(server);
}

test::MariadbServer& SharedMariadb() {
  // Tests make tables of users as they would in any other database.
  static test::MariadbServer server(
      {.fsync = false, .options = {"--max-connections=300", "--default-storage-engine=InnoDB"}});
  return server;
}

test::PostgresServer& SharedPostgres() {
  static test::PostgresServer server({.fsync = false, .settings = {"max_connections = 300"}});
  return server;
}

}  // namespace oncegate::e2e
