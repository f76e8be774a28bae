// SQLite result codes -> what the lanes do about them. Pure.
#pragma once

#include <string>

#include "sinks/sink.h"

namespace oncegate::sqlite {

/// The name of the primary code, and the extended code as a number where it says more, e.g.
/// "SQLITE_IOERR (1034)".
std::string CodeName(int code);

/// The class of an error that is about the database as a whole. SQLITE_ERROR (a statement that does
/// not fit the schema) counts as kConnection here; the rows of a stream make kStream of it.
SinkErrorClass ClassOf(int code);

/// True where the connection can not be trusted any more: it is closed, and the next one opens what
/// the path names then.
bool EndsSession(int code);

/// True where SQLite refused one row for its content (constraint, trigger, length).
bool IsDataError(int code);

}  // namespace oncegate::sqlite
