#include "sinks/postgres/connection.h"

#include <libpq-fe.h>
#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <pqxx/pqxx>
#include <utility>
#include <vector>

#include "sinks/postgres/driver_result.h"

namespace oncegate::postgres {
namespace {

/// Keeps the handle that it opens, so that statements can run on it.
class HandlePolicy : public pqxx::connectionpolicy {
 public:
  using pqxx::connectionpolicy::connectionpolicy;

  handle do_startconnect(handle original) override {
    opened_ = normalconnect(original);
    return opened_;
  }

  PGconn* opened() const { return opened_; }

 private:
  handle opened_ = nullptr;
};

std::string SessionSettings(const PostgresSettings& settings) {
  const auto set = [](const std::string& name, const std::string& value) {
    return "SET " + name + " = " + value + ";";
  };
  const auto milliseconds = [](std::chrono::milliseconds duration) {
    return std::to_string(duration.count());
  };
  // Statements join small lists of keys with a table by its primary key. A plan that reads the
  // whole table is cheaper while the table is small, is kept, and ruins the session once it has
  // grown.
  return set("statement_timeout", milliseconds(settings.statement_timeout)) +
         set("lock_timeout", milliseconds(settings.lock_timeout)) +
         set("idle_in_transaction_session_timeout",
             milliseconds(settings.idle_in_transaction_session_timeout)) +
         set("client_min_messages", "warning") + set("enable_seqscan", "off") +
         set("enable_hashjoin", "off") + set("enable_mergejoin", "off") + set("jit", "off");
}

}  // namespace

class Connection::Owner : public pqxx::connection_base {
 public:
  explicit Owner(const std::string& conninfo) : connection_base(policy_), policy_(conninfo) {
    init();
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
    inhibit_reactivation(true);
#pragma GCC diagnostic pop
  }
  ~Owner() { close(); }
  Owner(const Owner&) = delete;
  Owner& operator=(const Owner&) = delete;

  PGconn* handle() const { return policy_.opened(); }

 private:
  HandlePolicy policy_;
};

PgResult<std::unique_ptr<Connection>> Connection::Open(const PostgresSettings& settings) {
  std::unique_ptr<Connection> connection;
  try {
    connection.reset(new Connection(settings));
  } catch (const std::exception& error) {
    return PgError{"", Trimmed(error.what()), true};
  }
  if (const auto set = connection->Execute(SessionSettings(settings)); !set) return set.error();
  return connection;
}

Connection::Connection(const PostgresSettings& settings)
    : owner_(std::make_unique<Owner>(settings.conninfo)), answer_timeout_(settings.answer_timeout) {
  PQsetNoticeReceiver(
      handle(),
      [](void* self, const PGresult* notice) {
        Connection& connection = *static_cast<Connection*>(self);
        if (SeverityOf(notice) == "WARNING") ++connection.warnings_;
        // What ends a session while no statement runs arrives as a notice.
        if (EndsSession(notice)) connection.lost_ = true;
      },
      this);
  PQsetnonblocking(handle(), 1);
}

Connection::~Connection() = default;

pg_conn* Connection::handle() const { return owner_->handle(); }

PgError Connection::Lost(const std::string& message) {
  lost_ = true;
  return {"", message.empty() ? "the connection to the server was lost" : message, true};
}

PgError Connection::SendFailed() { return Lost(Trimmed(PQerrorMessage(handle()))); }

PgStatus Connection::WaitFor(short events) {
  for (;;) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(deadline_ - std::chrono::steady_clock::now());
    pollfd descriptor{PQsocket(handle()), events, 0};
    if (descriptor.fd < 0) return Lost("");
    const int ready =
        poll(&descriptor, 1, static_cast<int>(std::max<std::int64_t>(left.count(), 0)));
    if (ready > 0) return {};
    if (ready < 0 && errno != EINTR) return Lost("");
    if (ready == 0) return Lost("the server did not answer in time");
  }
}

PgStatus Connection::Flush() {
  for (;;) {
    const int left = PQflush(handle());
    if (left == 0) return {};
    if (left < 0) return SendFailed();
    if (const PgStatus ready = WaitFor(POLLIN | POLLOUT); !ready) return ready.error();
    if (PQconsumeInput(handle()) == 0) return SendFailed();
  }
}

PgStatus Connection::AwaitResult() {
  while (PQisBusy(handle()) == 1) {
    if (const PgStatus ready = WaitFor(POLLIN); !ready) return ready.error();
    if (PQconsumeInput(handle()) == 0) return SendFailed();
  }
  return {};
}

PgResult<QueryRows> Connection::Await() {
  if (const PgStatus flushed = Flush(); !flushed) return flushed.error();
  return AwaitOne();
}

PgResult<QueryRows> Connection::AwaitOne() {
  QueryRows last;
  std::optional<PgError> error;
  for (;;) {
    if (const PgStatus arrived = AwaitResult(); !arrived) {
      if (!error) error = arrived.error();
      break;
    }
    QueryRows result(PQgetResult(handle()));
    if (result.get() == nullptr) break;
    const ExecStatusType status = PQresultStatus(result.get());
    if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK) {
      last = std::move(result);
      continue;
    }
    if (EndsSession(result.get())) lost_ = true;
    if (!error) error = ErrorOf(result.get());
    if (PQstatus(handle()) != CONNECTION_OK) break;
  }
  if (PQstatus(handle()) != CONNECTION_OK) lost_ = true;
  if (lost_ && !error) error = SendFailed();
  if (!error) return last;
  // The server tells why it ends a session before it does; that is no answer to what was sent.
  error->connection_lost = lost_;
  return *error;
}

PgResult<QueryRows> Connection::Execute(const std::string& sql) {
  if (const PgStatus sent = SendDeferred(); !sent) return sent.error();
  if (lost_) return Lost("");
  deadline_ = std::chrono::steady_clock::now() + answer_timeout_;
  if (PQsendQuery(handle(), sql.c_str()) == 0) return SendFailed();
  return Await();
}

PgStatus Connection::Prepare(const Statement& statement) {
  if (prepared_.contains(statement.name)) return {};
  if (PQsendPrepare(handle(), statement.name.c_str(), statement.sql.c_str(), 0, nullptr) == 0) {
    return SendFailed();
  }
  if (const auto prepared = Await(); !prepared) return prepared.error();
  prepared_.insert(statement.name);
  return {};
}

bool Connection::Send(const Statement& statement, std::span<const std::string_view> parameters) {
  std::vector<const char*> values;
  std::vector<int> sizes;
  for (const std::string_view parameter : parameters) {
    values.push_back(parameter.data() == nullptr ? "" : parameter.data());
    sizes.push_back(static_cast<int>(parameter.size()));
  }
  const std::vector<int> formats(values.size(), 1);
  return PQsendQueryPrepared(handle(), statement.name.c_str(), static_cast<int>(values.size()),
                             values.data(), sizes.data(), formats.data(), 1) != 0;
}

PgResult<QueryRows> Connection::Execute(const Statement& statement, Parameters parameters) {
  return Execute(statement, std::span(parameters.begin(), parameters.size()));
}

PgResult<QueryRows> Connection::Execute(const Statement& statement,
                                        std::span<const std::string_view> parameters) {
  if (lost_) return Lost("");
  deadline_ = std::chrono::steady_clock::now() + answer_timeout_;
  if (const PgStatus prepared = Prepare(statement); !prepared) return prepared.error();
  if (!deferred_.empty()) return ExecuteTogether(&statement, parameters);
  if (!Send(statement, parameters)) return SendFailed();
  return Await();
}

TransactionState Connection::transaction_state() const {
  if (lost_) return TransactionState::kUnknown;
  switch (PQtransactionStatus(handle())) {
    case PQTRANS_IDLE:
      return TransactionState::kNone;
    case PQTRANS_INTRANS:
      return TransactionState::kOpen;
    case PQTRANS_INERROR:
      return TransactionState::kFailed;
    case PQTRANS_ACTIVE:
    case PQTRANS_UNKNOWN:
      break;
  }
  return TransactionState::kUnknown;
}

bool Connection::IsAlive() {
  PGconn* const handle = this->handle();
  while (!lost_) {
    pollfd descriptor{PQsocket(handle), POLLIN, 0};
    if (descriptor.fd < 0) lost_ = true;
    if (lost_ || poll(&descriptor, 1, 0) <= 0) break;
    if (PQconsumeInput(handle) == 0 || PQstatus(handle) != CONNECTION_OK) lost_ = true;
    PQisBusy(handle);  // Takes the messages apart.
  }
  return !lost_;
}

std::string Connection::QuoteLiteral(std::string_view text) const {
  return owner_->quote(std::string(text));
}

}  // namespace oncegate::postgres
