#include "sinks/mysql/connection.h"

#include <mysql.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <mutex>
#include <vector>

#include "sinks/mysql/binding.h"

namespace oncegate::mysql {
namespace {

/// Where a server has no limit for idle transactions, idle connections are ended instead.
constexpr int kWaitTimeoutSeconds = 60;
/// Of one connection; the server has 16,382 for all.
constexpr std::size_t kPreparedMax = 200;
/// What a statement needs besides the bytes of its parameters: kinds, lengths and numbers.
constexpr std::size_t kStatementOverhead = 256 * 1024;
constexpr std::size_t kStatementBytesMin = 64 * 1024;

std::vector<std::string> SessionSettings(const MysqlSettings& settings, bool is_mariadb) {
  const std::string lock_seconds = std::to_string(settings.lock_timeout.count());
  std::vector<std::string> commands{
      // Every statement reads what is committed by then, and locks no gaps.
      "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED",
      // Strict: what does not fit is refused, never cut. A 0 that is sent is no request for a
      // number.
      "SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION,NO_AUTO_VALUE_ON_ZERO',"
      " time_zone = '+00:00',"
      " completion_type = 'NO_CHAIN', unique_checks = 1, foreign_key_checks = 1",
      "SET SESSION innodb_lock_wait_timeout = " + lock_seconds +
          ", lock_wait_timeout = " + lock_seconds,
  };
  const std::int64_t statement_ms = settings.statement_timeout.count();
  if (is_mariadb) {
    commands.push_back("SET SESSION max_statement_time = " + std::to_string(statement_ms / 1000) +
                       "." + std::to_string(1000 + statement_ms % 1000).substr(1) +
                       ", idle_transaction_timeout = " +
                       std::to_string(settings.idle_transaction_timeout.count()));
  } else {
    commands.push_back("SET SESSION max_execution_time = " + std::to_string(statement_ms) +
                       ", wait_timeout = " + std::to_string(kWaitTimeoutSeconds));
  }
  commands.emplace_back("SET SESSION autocommit = 0");
  return commands;
}

/// MySQL has a type for JSON; MariaDB's is text with a mark.
bool IsJson(const MYSQL_FIELD& field) {
  if (field.type == MYSQL_TYPE_JSON) return true;
  MARIADB_CONST_STRING format{};
  if (mariadb_field_attr(&format, &field, MARIADB_FIELD_ATTR_FORMAT_NAME) != 0) return false;
  return std::string_view(format.str, format.length) == "json";
}

template <typename Value>
void SetOption(MYSQL* handle, mysql_option option, Value value) {
  mysql_optionsv(handle, option, &value);
}

void SetOptions(MYSQL* handle, const MysqlSettings& settings) {
  SetOption<unsigned>(handle, MYSQL_OPT_PROTOCOL, MYSQL_PROTOCOL_TCP);
  SetOption(handle, MYSQL_OPT_CONNECT_TIMEOUT,
            static_cast<unsigned>(settings.connect_timeout.count()));
  SetOption(handle, MYSQL_OPT_READ_TIMEOUT, static_cast<unsigned>(settings.answer_timeout.count()));
  SetOption(handle, MYSQL_OPT_WRITE_TIMEOUT,
            static_cast<unsigned>(settings.answer_timeout.count()));
  SetOption<unsigned>(handle, MYSQL_OPT_LOCAL_INFILE, 0);
  SetOption<my_bool>(handle, MYSQL_OPT_RECONNECT, 0);
  mysql_optionsv(handle, MYSQL_SET_CHARSET_NAME, "utf8mb4");
  const bool verified = settings.encryption == Encryption::kVerified;
  SetOption<my_bool>(handle, MYSQL_OPT_SSL_ENFORCE, settings.encryption != Encryption::kOff);
  SetOption<my_bool>(handle, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, verified);
  if (!settings.tls_ca.empty()) {
    mysql_optionsv(handle, MYSQL_OPT_SSL_CA, settings.tls_ca.c_str());
  }
}

}  // namespace

void Connection::CloseConnection::operator()(st_mysql* handle) const { mysql_close(handle); }
void Connection::CloseStatement::operator()(st_mysql_stmt* handle) const {
  mysql_stmt_close(handle);
}

MysqlResult<std::unique_ptr<Connection>> Connection::Open(const MysqlSettings& settings) {
  static std::once_flag initialized;
  std::call_once(initialized, [] { mysql_server_init(0, nullptr, nullptr); });
  std::unique_ptr<Connection> connection(new Connection(settings));
  if (const MysqlStatus connected = connection->Connect(settings); !connected) {
    return connected.error();
  }
  if (const MysqlStatus set = connection->SetUpSession(settings); !set) return set.error();
  if (const MysqlStatus read = connection->ReadPacketSize(); !read) return read.error();
  return connection;
}

Connection::Connection(const MysqlSettings& settings)
    : handle_(mysql_init(nullptr)), database_(settings.url.database) {}

MysqlStatus Connection::Connect(const MysqlSettings& settings) {
  SetOptions(handle_.get(), settings);
  const MysqlUrl& url = settings.url;
  if (mysql_real_connect(handle_.get(), url.host.c_str(), url.user.c_str(), url.password.c_str(),
                         url.database.c_str(), url.port, nullptr, 0) == nullptr) {
    return Failure();
  }
  return {};
}

MysqlStatus Connection::SetUpSession(const MysqlSettings& settings) {
  for (const std::string& command :
       SessionSettings(settings, mariadb_connection(handle_.get()) != 0)) {
    if (const MysqlStatus set = Execute(command); !set) return set.error();
  }
  return {};
}

MysqlStatus Connection::ReadPacketSize() {
  const auto packet = Execute({"packet", "SELECT @@max_allowed_packet", "i"}, {});
  if (!packet) return packet.error();
  const auto bytes = static_cast<std::size_t>(packet->Integer(0, 0));
  statement_bytes_max_ =
      std::max(bytes, kStatementOverhead + kStatementBytesMin) - kStatementOverhead;
  return Execute("ROLLBACK");
}

MysqlError Connection::Noted(MysqlError error) {
  if (EndsSession(error.code)) lost_ = true;
  error.connection_lost = lost_;
  return error;
}

MysqlError Connection::Failure() {
  return Noted({mysql_sqlstate(handle_.get()), mysql_error(handle_.get()),
                mysql_errno(handle_.get()), false});
}

MysqlError Connection::Failure(st_mysql_stmt* handle) {
  return Noted(
      {mysql_stmt_sqlstate(handle), mysql_stmt_error(handle), mysql_stmt_errno(handle), false});
}

MysqlError Connection::Lost(const std::string& message) {
  lost_ = true;
  return {"", message, 0, true};
}

MysqlStatus Connection::Execute(const std::string& sql) {
  if (lost_) return Lost("the connection to the server was lost");
  has_changed_ = false;
  if (mysql_real_query(handle_.get(), sql.data(), sql.size()) != 0) return Failure();
  return {};
}

MysqlResult<std::vector<ResultColumn>> Connection::Describe(const std::string& select) {
  if (lost_) return Lost("the connection to the server was lost");
  if (mysql_real_query(handle_.get(), select.data(), select.size()) != 0) return Failure();
  const std::unique_ptr<MYSQL_RES, void (*)(MYSQL_RES*)> result(mysql_store_result(handle_.get()),
                                                                &mysql_free_result);
  if (result == nullptr) return Failure();
  std::vector<ResultColumn> columns;
  const MYSQL_FIELD* const fields = mysql_fetch_fields(result.get());
  for (unsigned i = 0; i < mysql_num_fields(result.get()); ++i) {
    const MYSQL_FIELD& field = fields[i];
    columns.push_back({std::string(field.name, field.name_length), field.type, field.flags,
                       field.decimals, field.charsetnr, field.length, IsJson(field)});
  }
  return columns;
}

MysqlResult<st_mysql_stmt*> Connection::Prepare(const Statement& statement) {
  if (const auto found = prepared_.find(statement.name); found != prepared_.end()) {
    return found->second.get();
  }
  if (prepared_.size() >= kPreparedMax) prepared_.clear();
  StatementHandle handle(mysql_stmt_init(handle_.get()));
  if (handle == nullptr) return Failure();
  if (mysql_stmt_prepare(handle.get(), statement.sql.data(), statement.sql.size()) != 0) {
    return Failure(handle.get());
  }
  return prepared_.emplace(statement.name, std::move(handle)).first->second.get();
}

MysqlResult<QueryRows> Connection::Execute(const Statement& statement,
                                           const Parameters& parameters) {
  if (lost_) return Lost("the connection to the server was lost");
  const auto prepared = Prepare(statement);
  if (!prepared) return prepared.error();
  ParameterBinding binding(parameters);
  if (mysql_stmt_bind_param(*prepared, binding.binds()) != 0 ||
      mysql_stmt_execute(*prepared) != 0) {
    return Failure(*prepared);
  }
  return ReadRows(*prepared, statement.columns);
}

MysqlResult<QueryRows> Connection::ReadRows(st_mysql_stmt* handle, const std::string& columns) {
  if (columns.empty()) {
    const std::uint64_t affected = mysql_stmt_affected_rows(handle);
    has_changed_ = has_changed_ || affected > 0;
    return QueryRows(0, {}, affected);
  }
  ResultBinding binding(columns);
  if (mysql_stmt_bind_result(handle, binding.binds()) != 0 ||
      mysql_stmt_store_result(handle) != 0) {
    return Failure(handle);
  }
  std::vector<Field> fields;
  int fetched = 0;
  while ((fetched = mysql_stmt_fetch(handle)) == 0 || fetched == MYSQL_DATA_TRUNCATED) {
    if (!binding.AppendTo(handle, &fields)) return Failure(handle);
  }
  if (fetched != MYSQL_NO_DATA) return Failure(handle);
  mysql_stmt_free_result(handle);
  return QueryRows(columns.size(), std::move(fields), 0);
}

bool Connection::InTransaction() const {
  return !lost_ && (handle_->server_status & SERVER_STATUS_IN_TRANS) != 0;
}

bool Connection::IsAlive() {
  if (lost_) return false;
  pollfd descriptor{static_cast<int>(mysql_get_socket(handle_.get())), POLLIN, 0};
  if (descriptor.fd < 0) lost_ = true;
  if (lost_ || poll(&descriptor, 1, 0) <= 0) return !lost_;
  // Nothing was asked: what there is to read is the end, or the server's word why. Only below TLS
  // there may be records that say nothing.
  char byte = 0;
  const bool is_closed = recv(descriptor.fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) <= 0;
  if (is_closed || mysql_get_ssl_cipher(handle_.get()) == nullptr) lost_ = true;
  return !lost_;
}

}  // namespace oncegate::mysql
