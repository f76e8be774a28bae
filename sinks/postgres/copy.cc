// The part of Connection that runs COPY … FROM STDIN.
#include <libpq-fe.h>

#include <algorithm>
#include <chrono>

#include "sinks/postgres/connection.h"
#include "sinks/postgres/driver_result.h"

namespace oncegate::postgres {
namespace {

/// Handed to the driver at once, which keeps a copy until it is sent.
constexpr std::size_t kChunkBytes = 256 * 1024;

}  // namespace

PgResult<QueryRows> Connection::Copy(const std::string& sql, std::string_view data) {
  // COPY has no place in a pipeline.
  if (const PgStatus sent = SendDeferred(); !sent) return sent.error();
  if (lost_) return Lost("");
  deadline_ = std::chrono::steady_clock::now() + answer_timeout_;
  if (PQsendQuery(handle(), sql.c_str()) == 0) return SendFailed();
  if (const PgStatus flushed = Flush(); !flushed) return flushed.error();
  if (const PgStatus arrived = AwaitResult(); !arrived) return arrived.error();
  const QueryRows started(PQgetResult(handle()));
  if (started.get() == nullptr) return SendFailed();
  if (PQresultStatus(started.get()) != PGRES_COPY_IN) {
    PgError refused = ErrorOf(started.get());
    if (EndsSession(started.get())) lost_ = true;
    if (const auto end = AwaitOne(); !end) return end.error();
    refused.connection_lost = lost_;
    return refused;
  }
  if (const PgStatus sent = SendCopyData(data); !sent) return sent.error();
  // What the server thinks of the data is the answer to its end.
  return Await();
}

PgStatus Connection::SendCopyData(std::string_view data) {
  while (!data.empty()) {
    const std::string_view chunk = data.substr(0, kChunkBytes);
    const int queued = PQputCopyData(handle(), chunk.data(), static_cast<int>(chunk.size()));
    if (queued < 0) return SendFailed();
    if (queued > 0) data.remove_prefix(chunk.size());
    if (const PgStatus flushed = Flush(); !flushed) return flushed.error();
  }
  for (;;) {
    const int queued = PQputCopyEnd(handle(), nullptr);
    if (queued < 0) return SendFailed();
    if (queued > 0) return {};
    if (const PgStatus flushed = Flush(); !flushed) return flushed.error();
  }
}

}  // namespace oncegate::postgres
