#include "sinks/sqlite/statement.h"

#include <sqlite3.h>

namespace oncegate::sqlite {
namespace {

/// SQLite takes a null pointer for SQL NULL; an empty view may hold one.
const char* DataOf(std::string_view view) { return view.data() == nullptr ? "" : view.data(); }

}  // namespace

void Statement::Finalize::operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }

void Statement::Note(int code) {
  if (code != SQLITE_OK && bind_error_ == SQLITE_OK) bind_error_ = code;
}

void Statement::BindNull(int parameter) { Note(sqlite3_bind_null(statement_.get(), parameter)); }

void Statement::BindInteger(int parameter, std::int64_t value) {
  Note(sqlite3_bind_int64(statement_.get(), parameter, value));
}

void Statement::BindReal(int parameter, double value) {
  Note(sqlite3_bind_double(statement_.get(), parameter, value));
}

void Statement::BindText(int parameter, std::string_view text) {
  Note(sqlite3_bind_text64(statement_.get(), parameter, DataOf(text), text.size(), SQLITE_STATIC,
                           SQLITE_UTF8));
}

void Statement::BindBlob(int parameter, std::string_view bytes) {
  Note(
      sqlite3_bind_blob64(statement_.get(), parameter, DataOf(bytes), bytes.size(), SQLITE_STATIC));
}

int Statement::Step() {
  return bind_error_ == SQLITE_OK ? sqlite3_step(statement_.get()) : bind_error_;
}

void Statement::Reset() {
  // The code is that of the last Step, which its caller has looked at.
  sqlite3_reset(statement_.get());
  bind_error_ = SQLITE_OK;
}

bool Statement::IsNull(int column) const {
  return sqlite3_column_type(statement_.get(), column) == SQLITE_NULL;
}

std::int64_t Statement::Integer(int column) const {
  return sqlite3_column_int64(statement_.get(), column);
}

std::string_view Statement::Text(int column) const {
  const auto* const text =
      reinterpret_cast<const char*>(sqlite3_column_text(statement_.get(), column));
  if (text == nullptr) return {};
  return {text, static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column))};
}

std::string_view Statement::Blob(int column) const {
  const auto* const bytes = static_cast<const char*>(sqlite3_column_blob(statement_.get(), column));
  if (bytes == nullptr) return {};
  return {bytes, static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column))};
}

}  // namespace oncegate::sqlite
