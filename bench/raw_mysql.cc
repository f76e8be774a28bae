#include "bench/raw_mysql.h"

#include <mysql.h>

#include <algorithm>
#include <array>
#include <memory>
#include <stdexcept>
#include <vector>

#include "server/load/rows.h"
#include "tests/support/mariadb_client.h"
#include "tests/support/mariadb_server.h"

namespace oncegate::bench {
namespace {

constexpr std::uint32_t kRowsPerStatement = 500;

constexpr const char* kTables[] = {
    "DROP TABLE IF EXISTS raw_rows, raw_ledger",
    "CREATE TABLE raw_rows (\"key\" VARBINARY(2048) NOT NULL PRIMARY KEY, value LONGTEXT,"
    " producer VARBINARY(1024), epoch BIGINT, seq BIGINT, id VARBINARY(1024),"
    " version DECIMAL(39, 0), event_time DATETIME(6), deleted BOOLEAN NOT NULL,"
    " applied_at DATETIME(6) NOT NULL) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4"
    " COLLATE utf8mb4_bin",
    "CREATE TABLE raw_ledger (producer VARBINARY(255) NOT NULL PRIMARY KEY, state LONGBLOB)"
    " ENGINE = InnoDB"};

struct Row {
  std::string key;
  std::string value;
  std::uint64_t sequence;
};

std::vector<Row> MakeRows(std::uint64_t first_row, std::uint32_t count) {
  std::vector<Row> rows;
  rows.reserve(count);
  for (std::uint64_t row = first_row; row < first_row + count; ++row) {
    rows.push_back({RowKey(row), RowValue(row), row});
  }
  std::sort(rows.begin(), rows.end(),
            [](const Row& left, const Row& right) { return left.key < right.key; });
  return rows;
}

/// The columns of a statement, as libmariadb reads arrays.
struct Columns {
  std::vector<const char*> keys;
  std::vector<unsigned long> key_sizes;
  std::vector<const char*> values;
  std::vector<unsigned long> value_sizes;
  std::vector<std::uint64_t> sequences;

  void Add(const Row& row) {
    keys.push_back(row.key.data());
    key_sizes.push_back(row.key.size());
    values.push_back(row.value.data());
    value_sizes.push_back(row.value.size());
    sequences.push_back(row.sequence);
  }
  std::array<MYSQL_BIND, 3> Binds() {
    std::array<MYSQL_BIND, 3> binds{};
    binds[0].buffer_type = MYSQL_TYPE_STRING;
    binds[0].buffer = keys.data();
    binds[0].length = key_sizes.data();
    binds[1].buffer_type = MYSQL_TYPE_STRING;
    binds[1].buffer = values.data();
    binds[1].length = value_sizes.data();
    binds[2].buffer_type = MYSQL_TYPE_LONGLONG;
    binds[2].buffer = sequences.data();
    return binds;
  }
};

class Connection {
 public:
  Connection(std::uint16_t port, const std::string& database, const std::string& producer)
      : handle_(mysql_init(nullptr), &mysql_close), producer_(producer) {
    const unsigned protocol = MYSQL_PROTOCOL_TCP;
    mysql_optionsv(handle_.get(), MYSQL_OPT_PROTOCOL, &protocol);
    mysql_optionsv(handle_.get(), MYSQL_SET_CHARSET_NAME, "utf8mb4");
    Check(mysql_real_connect(handle_.get(), "127.0.0.1", test::kMariadbUser, "", database.c_str(),
                             port, nullptr, 0) != nullptr);
    Run("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED");
    upsert_.reset(mysql_stmt_init(handle_.get()));
    const std::string upsert =
        "INSERT INTO raw_rows (`key`, value, producer, epoch, seq, deleted, applied_at)"
        " VALUES (?, ?, '" +
        producer +
        "', 0, ?, 0, NOW(6)) ON DUPLICATE KEY UPDATE value = VALUES(value),"
        " producer = VALUES(producer), seq = VALUES(seq), applied_at = VALUES(applied_at)";
    Check(mysql_stmt_prepare(upsert_.get(), upsert.data(), upsert.size()) == 0);
  }

  void Load(std::uint64_t first_row, std::uint32_t count) {
    const std::vector<Row> rows = MakeRows(first_row, count);
    Run("BEGIN");
    for (std::size_t first = 0; first < rows.size(); first += kRowsPerStatement) {
      Columns columns;
      const std::size_t end = std::min<std::size_t>(rows.size(), first + kRowsPerStatement);
      for (std::size_t i = first; i < end; ++i) columns.Add(rows[i]);
      Upsert(&columns);
    }
    const std::string state = std::to_string(first_row);
    Run("INSERT INTO raw_ledger VALUES ('" + producer_ + "', '" + state +
        "') ON DUPLICATE KEY UPDATE state = VALUES(state)");
    Run("COMMIT");
  }

 private:
  struct Close {
    void operator()(MYSQL_STMT* statement) const { mysql_stmt_close(statement); }
  };

  void Check(bool succeeded) {
    if (!succeeded) throw std::runtime_error(mysql_error(handle_.get()));
  }

  void Run(const std::string& sql) {
    Check(mysql_real_query(handle_.get(), sql.data(), sql.size()) == 0);
  }

  void Upsert(Columns* columns) {
    auto rows = static_cast<unsigned>(columns->keys.size());
    std::array<MYSQL_BIND, 3> binds = columns->Binds();
    MYSQL_STMT* const statement = upsert_.get();
    if (mysql_stmt_attr_set(statement, STMT_ATTR_ARRAY_SIZE, &rows) != 0 ||
        mysql_stmt_bind_param(statement, binds.data()) != 0 || mysql_stmt_execute(statement) != 0) {
      throw std::runtime_error(mysql_stmt_error(statement));
    }
  }

  std::unique_ptr<MYSQL, void (*)(MYSQL*)> handle_;
  std::unique_ptr<MYSQL_STMT, Close> upsert_;
  const std::string producer_;
};

}  // namespace

double RunRawMysql(std::uint16_t port, const std::string& database, const RawRun& run) {
  test::MariadbClient client(port, database);
  for (const char* sql : kTables) client.Query(sql);
  const double rate = RunRaw(run, [&](std::uint32_t number) -> WriteGroup {
    const auto connection =
        std::make_shared<Connection>(port, database, "raw-" + std::to_string(number));
    return [connection, rows = run.rows_per_group](std::uint64_t first_row) {
      connection->Load(first_row, rows);
    };
  });
  client.Query(kTables[0]);
  return rate;
}

}  // namespace oncegate::bench
