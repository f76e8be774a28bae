// The part of Connection that sends several statements in one round trip, in libpq's pipeline mode.
// On a loaded machine a round trip costs more than a small statement.
#include <libpq-fe.h>

#include <optional>
#include <utility>

#include "sinks/postgres/connection.h"

namespace oncegate::postgres {

void Connection::Defer(std::string command) {
  deferred_.push_back({std::move(command), {}, {}, {}});
}

void Connection::Defer(const Statement& statement, std::vector<std::string> parameters,
                       CheckAnswer check) {
  deferred_.push_back({"", statement, std::move(parameters), std::move(check)});
}

PgStatus Connection::SendDeferred() {
  if (deferred_.empty()) return {};
  if (lost_) return Lost("");
  deadline_ = std::chrono::steady_clock::now() + answer_timeout_;
  const auto sent = ExecuteTogether(nullptr, {});
  if (!sent) return sent.error();
  return {};
}

bool Connection::SendOne(const Deferred& deferred) {
  if (deferred.statement.name.empty()) {
    return PQsendQueryParams(handle(), deferred.command.c_str(), 0, nullptr, nullptr, nullptr,
                             nullptr, 1) != 0;
  }
  const std::vector<std::string_view> parameters(deferred.parameters.begin(),
                                                 deferred.parameters.end());
  return Send(deferred.statement, parameters);
}

PgResult<QueryRows> Connection::ExecuteTogether(const Statement* statement,
                                                std::span<const std::string_view> parameters) {
  for (const Deferred& deferred : deferred_) {
    if (deferred.statement.name.empty()) continue;
    if (const PgStatus prepared = Prepare(deferred.statement); !prepared) return prepared.error();
  }
  PGconn* const handle = this->handle();
  if (PQenterPipelineMode(handle) == 0) return SendFailed();
  bool sent = true;
  for (const Deferred& deferred : deferred_) sent = sent && SendOne(deferred);
  if (statement != nullptr) {
    sent = sent && Send(*statement, parameters);
  }
  if (!sent || PQpipelineSync(handle) == 0) return SendFailed();
  PgResult<QueryRows> answer = AwaitTogether(statement != nullptr);
  deferred_.clear();
  return answer;
}

PgResult<QueryRows> Connection::AwaitTogether(bool has_statement) {
  PGconn* const handle = this->handle();
  if (const PgStatus flushed = Flush(); !flushed) return flushed.error();
  std::optional<PgError> error;
  QueryRows last;
  for (std::size_t i = 0; i < deferred_.size() + (has_statement ? 1 : 0); ++i) {
    PgResult<QueryRows> one = AwaitOne();
    if (lost_) return error ? *error : one ? Lost("") : one.error();
    if (!one) {
      // What follows a failed statement was not run; its answer says no more.
      if (!error) error = one.error();
      continue;
    }
    if (i == deferred_.size()) {
      last = std::move(*one);
    } else if (deferred_[i].check && !error) {
      if (const PgStatus checked = deferred_[i].check(*one); !checked) error = checked.error();
    }
  }
  if (const PgStatus arrived = AwaitResult(); !arrived) return arrived.error();
  const QueryRows sync(PQgetResult(handle));
  if (sync.get() == nullptr || PQresultStatus(sync.get()) != PGRES_PIPELINE_SYNC ||
      PQexitPipelineMode(handle) == 0) {
    return SendFailed();
  }
  if (error) return *error;
  return last;
}

}  // namespace oncegate::postgres
