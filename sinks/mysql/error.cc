#include "sinks/mysql/error.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace oncegate::mysql {
namespace {

constexpr std::uint32_t kFirstDriverError = 2000;
constexpr std::uint32_t kLastDriverError = 2999;
constexpr std::uint32_t kDuplicateEntry = 1062;
constexpr std::uint32_t kDuplicateEntryWithName = 1586;

template <std::size_t kSize>
bool IsOneOf(std::uint32_t code, const std::array<std::uint32_t, kSize>& codes) {
  return std::find(codes.begin(), codes.end(), code) != codes.end();
}

constexpr std::array<std::uint32_t, 12> kSessionEnds{
    1053,  // Shutdown in progress.
    1152,  // Aborted connection.
    1153,  // A packet beyond max_allowed_packet: the server closes after it.
    1156,  // Packets out of order.
    1158,  // Network errors and timeouts, 1158 to 1161.
    1159, 1160, 1161,
    1184,  // Aborted connection.
    1927,  // Connection was killed.
    3169,  // Session was killed.
    4031,  // Disconnected for inactivity.
};

/// Data errors whose SQLSTATE does not say so.
constexpr std::array<std::uint32_t, 9> kDataCodes{
    1118,  // Row size too large.
    1265,  // Data truncated, an error in strict mode.
    1366,  // Incorrect value.
    1369,  // CHECK OPTION of a view.
    1525,  // Incorrect value of a time.
    1526,  // No partition for the row.
    1644,  // SIGNAL in a trigger.
    3819,  // CHECK constraint.
    4025,  // CHECK constraint.
};

constexpr std::array<std::uint32_t, 9> kRestartCodes{
    1020,  // Record has changed since it was read.
    1205,  // Lock wait timeout.
    1213,  // Deadlock.
    1317,  // Statement was killed.
    1412,  // Table definition has changed.
    1479,  // Transaction branch was rolled back.
    1615,  // Statement needs to be prepared again.
    1969,  // max_statement_time.
    3024,  // max_execution_time.
};

constexpr std::array<std::uint32_t, 19> kStreamCodes{
    1036,  // Table is read only.
    1054,  // Unknown column.
    1136,  // Column count does not match.
    1142,  // Right on a table.
    1143,  // Right on a column.
    1146,  // No such table.
    1176,  // No such index.
    1194,  // Table is crashed.
    1195,  // Table is crashed and could not be repaired.
    1305,  // A trigger calls what does not exist.
    1348,  // Column can not be written.
    1356,  // A view refers to what does not exist.
    1364,  // A column without a default.
    1370,  // Right on a routine.
    1422,  // A trigger commits.
    1442,  // A trigger changes its own table.
    1906,  // Generated column.
    1932,  // Table does not exist in the engine.
    3105,  // Generated column.
};

}  // namespace

bool EndsSession(std::uint32_t code) {
  return (code >= kFirstDriverError && code <= kLastDriverError) || IsOneOf(code, kSessionEnds);
}

bool IsDuplicate(const MysqlError& error) {
  return error.code == kDuplicateEntry || error.code == kDuplicateEntryWithName;
}

bool IsDataError(const MysqlError& error) {
  if (error.connection_lost || IsOneOf(error.code, kRestartCodes) ||
      IsOneOf(error.code, kStreamCodes)) {
    return false;
  }
  return error.sqlstate.starts_with("22") ||  // data exception
         error.sqlstate.starts_with("23") ||  // integrity constraint violation
         error.sqlstate == "45000" ||         // SIGNAL
         IsOneOf(error.code, kDataCodes);
}

SinkErrorClass ClassOf(const MysqlError& error) {
  if (error.connection_lost) return SinkErrorClass::kConnection;
  if (IsOneOf(error.code, kRestartCodes) || error.sqlstate.starts_with("40")) {
    return SinkErrorClass::kRestart;
  }
  if (IsOneOf(error.code, kStreamCodes)) return SinkErrorClass::kStream;
  return SinkErrorClass::kConnection;
}

SinkError ToSinkError(const MysqlError& error) {
  const std::string code = error.code == 0 ? error.sqlstate : std::to_string(error.code);
  return {ClassOf(error), error.message, code};
}

SinkError ToLedgerError(const MysqlError& error) {
  SinkError failed = ToSinkError(error);
  if (failed.error_class == SinkErrorClass::kStream) {
    failed.error_class = SinkErrorClass::kConnection;
  }
  return failed;
}

MysqlError Restart(std::string message) { return {"40001", std::move(message), 0, false}; }

}  // namespace oncegate::mysql
