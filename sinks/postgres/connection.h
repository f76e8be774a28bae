// Connection: one connection to the server. libpqxx opens, owns and closes it; statements run on
// its handle, since libpqxx 6.4 offers neither a deadline for a call, nor the command tag of a
// COMMIT, nor the SQLSTATE of every error, nor binary results.
//
// Used by one thread at a time. Every call blocks, for no longer than the answer timeout; when that
// passes the connection counts as lost. A lost connection stays lost: there is no reconnecting.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sinks/postgres/error.h"
#include "sinks/postgres/query_rows.h"
#include "sinks/postgres/settings.h"

struct pg_conn;

namespace oncegate::postgres {

/// A statement that is prepared on its first use on a connection. `name` stands for `sql`: one name
/// never goes with two texts.
struct Statement {
  std::string name;
  std::string sql;
};

/// A parameter as bytes: of a binary array or scalar (binary.h), or text as it is.
using Parameters = std::initializer_list<std::string_view>;

enum class TransactionState : std::uint8_t { kNone, kOpen, kFailed, kUnknown };

class Connection {
 public:
  /// Connects and sets the session's timeouts. Every failure is kConnection.
  static PgResult<std::unique_ptr<Connection>> Open(const PostgresSettings& settings);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// One or more commands in one round trip; the answer of the last one, fields as text.
  PgResult<QueryRows> Execute(const std::string& sql);
  /// A COPY … FROM STDIN and its data.
  PgResult<QueryRows> Copy(const std::string& sql, std::string_view data);
  /// Fields in binary form.
  PgResult<QueryRows> Execute(const Statement& statement, Parameters parameters);
  PgResult<QueryRows> Execute(const Statement& statement,
                              std::span<const std::string_view> parameters);

  /// Keeps a command or statement back and sends it together with the next Execute, in one round
  /// trip: what is deferred is answered before the statement that it travels with, and its failure
  /// is that statement's failure. `check` looks at what it answered.
  using CheckAnswer = std::function<PgStatus(const QueryRows&)>;
  void Defer(std::string command);
  void Defer(const Statement& statement, std::vector<std::string> parameters, CheckAnswer check);
  /// Sends what is deferred now.
  PgStatus SendDeferred();
  void DropDeferred() { deferred_.clear(); }
  bool HasDeferred() const { return !deferred_.empty(); }

  TransactionState transaction_state() const;
  /// False once the connection is known to be lost; takes in what the server has said meanwhile, so
  /// that a connection that it closed is told from a healthy one without sending anything.
  bool IsAlive();
  /// Warnings of the server so far.
  std::uint64_t warnings() const { return warnings_; }
  /// The text as a string constant of SQL. Precondition: no NUL.
  std::string QuoteLiteral(std::string_view text) const;

 private:
  class Owner;
  struct Deferred {
    std::string command;  // Where there is no statement.
    Statement statement;  // Without a name: there is none.
    std::vector<std::string> parameters;
    CheckAnswer check;
  };

  explicit Connection(const PostgresSettings& settings);

  pg_conn* handle() const;
  PgStatus Prepare(const Statement& statement);
  bool Send(const Statement& statement, std::span<const std::string_view> parameters);
  bool SendOne(const Deferred& deferred);
  /// What is deferred, and `statement` if there is one, in one round trip.
  PgResult<QueryRows> ExecuteTogether(const Statement* statement,
                                      std::span<const std::string_view> parameters);
  PgResult<QueryRows> AwaitTogether(bool has_statement);
  /// The answer of one statement of several under way.
  PgResult<QueryRows> AwaitOne();
  PgStatus SendCopyData(std::string_view data);
  PgStatus Flush();
  /// Waits for all results of what was sent; gives the last one, or the first error.
  PgResult<QueryRows> Await();
  /// Waits until the next result, or the end of all, can be taken without waiting.
  PgStatus AwaitResult();
  /// Waits until the socket is ready for `events` (POLLIN, POLLOUT).
  PgStatus WaitFor(short events);
  PgError Lost(const std::string& message);
  PgError SendFailed();

  std::unique_ptr<Owner> owner_;
  std::chrono::milliseconds answer_timeout_;
  std::chrono::steady_clock::time_point deadline_;
  std::set<std::string, std::less<>> prepared_;
  std::vector<Deferred> deferred_;
  std::uint64_t warnings_ = 0;
  bool lost_ = false;
};

}  // namespace oncegate::postgres
