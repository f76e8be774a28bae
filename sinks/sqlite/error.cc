#include "sinks/sqlite/error.h"

#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <utility>

namespace oncegate::sqlite {
namespace {

constexpr std::array<std::pair<int, const char*>, 26> kNames{{
    {SQLITE_ERROR, "SQLITE_ERROR"},
    {SQLITE_INTERNAL, "SQLITE_INTERNAL"},
    {SQLITE_PERM, "SQLITE_PERM"},
    {SQLITE_ABORT, "SQLITE_ABORT"},
    {SQLITE_BUSY, "SQLITE_BUSY"},
    {SQLITE_LOCKED, "SQLITE_LOCKED"},
    {SQLITE_NOMEM, "SQLITE_NOMEM"},
    {SQLITE_READONLY, "SQLITE_READONLY"},
    {SQLITE_INTERRUPT, "SQLITE_INTERRUPT"},
    {SQLITE_IOERR, "SQLITE_IOERR"},
    {SQLITE_CORRUPT, "SQLITE_CORRUPT"},
    {SQLITE_NOTFOUND, "SQLITE_NOTFOUND"},
    {SQLITE_FULL, "SQLITE_FULL"},
    {SQLITE_CANTOPEN, "SQLITE_CANTOPEN"},
    {SQLITE_PROTOCOL, "SQLITE_PROTOCOL"},
    {SQLITE_EMPTY, "SQLITE_EMPTY"},
    {SQLITE_SCHEMA, "SQLITE_SCHEMA"},
    {SQLITE_TOOBIG, "SQLITE_TOOBIG"},
    {SQLITE_CONSTRAINT, "SQLITE_CONSTRAINT"},
    {SQLITE_MISMATCH, "SQLITE_MISMATCH"},
    {SQLITE_MISUSE, "SQLITE_MISUSE"},
    {SQLITE_NOLFS, "SQLITE_NOLFS"},
    {SQLITE_AUTH, "SQLITE_AUTH"},
    {SQLITE_FORMAT, "SQLITE_FORMAT"},
    {SQLITE_RANGE, "SQLITE_RANGE"},
    {SQLITE_NOTADB, "SQLITE_NOTADB"},
}};

int Primary(int code) { return code & 0xff; }

}  // namespace

std::string CodeName(int code) {
  const auto* const found = std::find_if(kNames.begin(), kNames.end(), [code](const auto& name) {
    return name.first == Primary(code);
  });
  if (found == kNames.end()) return "code " + std::to_string(code);
  if (code == Primary(code)) return found->second;
  return std::string(found->second) + " (" + std::to_string(code) + ")";
}

SinkErrorClass ClassOf(int code) {
  switch (Primary(code)) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_SCHEMA:
    case SQLITE_INTERRUPT:
    case SQLITE_ABORT:
      return SinkErrorClass::kRestart;
    default:  // The codes are integers of a library; what is not known is not settled.
      return SinkErrorClass::kConnection;
  }
}

bool EndsSession(int code) {
  // A full disk is the one lasting error after which the connection goes on: SQLite backs out of
  // it.
  return ClassOf(code) != SinkErrorClass::kRestart && Primary(code) != SQLITE_FULL;
}

bool IsDataError(int code) {
  const int primary = Primary(code);
  return primary == SQLITE_CONSTRAINT || primary == SQLITE_TOOBIG || primary == SQLITE_MISMATCH;
}

}  // namespace oncegate::sqlite
