#include "sinks/sqlite/columns_attempt.h"

#include <sqlite3.h>

#include <charconv>
#include <cmath>
#include <cstdlib>
#include <utility>

#include "sinks/sqlite/columns_schema.h"
#include "sinks/sqlite/columns_sql.h"

namespace oncegate::sqlite {
namespace {

bool ParseInteger(std::string_view text, std::int64_t* number) {
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, *number);
  return error == std::errc() && rest == end;
}

}  // namespace

ColumnsAttempt::ColumnsAttempt(Connection& connection, const StreamTarget& target,
                               ColumnsStatements& statements, GuardRows& guards,
                               const ColumnRefusals& refusals, WallTime now)
    : RowAttempt(connection),
      target_(target),
      statements_(statements),
      guards_(guards),
      now_(now),
      binding_(now),
      growth_(target, statements.shape, refusals) {}

std::string ColumnsAttempt::Sql() const { return ColumnsUpsertSql(target_, statements_.shape); }

RowStep ColumnsAttempt::Write(std::uint32_t row, const Event& event, RowsOutcome* outcome) {
  texts_.clear();
  std::string fault = ReadColumnsRow(statements_.shape, event, &row_);
  if (fault.empty() && !row_.unknown_members.empty()) fault = growth_.Take(&row_);
  if (!fault.empty()) return Bad(std::move(fault));
  if (!growth_.empty()) return RowStep::kDone;
  const GuardRows::Answer guard = guards_.Ask(target_.stream, event, &binding_);
  if (guard.code != SQLITE_DONE) return Judge(guard.code);
  if (!guard.may_write) {
    const bool same_version = target_.mode == DedupeMode::kVersion && guard.same_version;
    outcome->effects[row] = same_version ? RowEffect::kSameVersion : RowEffect::kNewerExists;
    if (same_version) outcome->stored.push_back({row, guard.deleted, "", guard.fingerprint});
    return RowStep::kDone;
  }
  bool written = true;
  const RowStep step = WriteTable(event, &written);
  if (step != RowStep::kDone) return step;
  outcome->effects[row] = written ? RowEffect::kWritten : RowEffect::kNewerExists;
  if (!written) return RowStep::kDone;
  const int code = guards_.Write(target_.stream, event, now_, &binding_);
  return code == SQLITE_DONE ? RowStep::kDone : Judge(code);
}

RowStep ColumnsAttempt::WriteTable(const Event& event, bool* written) {
  const ColumnsShape& shape = statements_.shape;
  const bool is_delete = event.operation == Operation::kDelete;
  if (shape.version &&
      (event.version->high != 0 || !std::in_range<std::int64_t>(event.version->low))) {
    return Bad("the version is beyond the 64 bits of the version_column");
  }
  Statement& statement = is_delete ? statements_.remove : statements_.upsert;
  BindKey(statement, event);
  if (!is_delete && !BindFields()) return Bad(detail());
  {
    const StatementRun run(statement);
    if (const int code = statement.Step(); code != SQLITE_DONE) return Judge(code);
  }
  if (connection().ChangedRows() != 0) return RowStep::kDone;
  // Nothing was written: the row is not there (a delete), is of a higher version, or a trigger
  // dropped the change, which must not pass for settled.
  BindKey(statements_.standing, event);
  const StatementRun run(statements_.standing);
  const int code = statements_.standing.Step();
  if (code == SQLITE_DONE) return is_delete ? RowStep::kDone : Bad("a trigger dropped the row");
  if (code != SQLITE_ROW) return Judge(code);
  if (statements_.standing.Integer(0) == 0) return Bad("a trigger dropped the change of the row");
  *written = false;
  return RowStep::kDone;
}

void ColumnsAttempt::BindOwned(Statement& statement, int parameter, std::string text) {
  statement.BindText(parameter, texts_.emplace_back(std::move(text)));
}

void ColumnsAttempt::BindKey(Statement& statement, const Event& event) {
  const ColumnsShape& shape = statements_.shape;
  for (std::size_t i = 0; i < row_.key.size(); ++i) {
    const int parameter = static_cast<int>(i) + 1;
    std::int64_t number = 0;
    if (shape.key_types[i] == KeyType::kInteger && ParseInteger(row_.key[i], &number)) {
      statement.BindInteger(parameter, number);
    } else {
      statement.BindText(parameter, row_.key[i]);
    }
  }
  if (shape.version) {
    statement.BindInteger(VersionParameter(shape), static_cast<std::int64_t>(event.version->low));
  }
}

bool ColumnsAttempt::BindFields() {
  const ColumnsShape& shape = statements_.shape;
  int parameter = VersionParameter(shape);
  for (std::size_t i = 0; i < shape.fields.size(); ++i) {
    const std::size_t member = row_.field_members[i];
    const bool is_there = member != ColumnsRow::kAbsent;
    if (!shape.fields[i].default_sql.empty()) {
      statements_.upsert.BindInteger(++parameter, is_there ? 1 : 0);
    }
    ++parameter;
    if (!is_there) {
      statements_.upsert.BindNull(parameter);
    } else if (!BindField(parameter, shape.fields[i], row_.members[member].value)) {
      Bad("column \"" + shape.fields[i].name + "\" can not hold the number exactly");
      return false;
    }
  }
  if (shape.unknown) BindUnknown(++parameter);
  return true;
}

bool ColumnsAttempt::BindField(int parameter, const CatalogueColumn& column,
                               std::string_view value) {
  Statement& upsert = statements_.upsert;
  switch (KindOf(value)) {
    case JsonKind::kNull:
      upsert.BindNull(parameter);
      break;
    case JsonKind::kBoolean:
      if (AffinityOf(column.type) == Affinity::kText) {
        upsert.BindText(parameter, value);
      } else {
        upsert.BindInteger(parameter, value == "true" ? 1 : 0);
      }
      break;
    case JsonKind::kNumber:
      return BindNumber(parameter, column, value);
    case JsonKind::kString:
      BindOwned(upsert, parameter, Unescape(value));
      break;
    case JsonKind::kObject:
    case JsonKind::kArray:
      upsert.BindText(parameter, value);
      break;
  }
  return true;
}

/// Columns of text keep the digits as they were sent; the others hold 64-bit integers and doubles.
bool ColumnsAttempt::BindNumber(int parameter, const CatalogueColumn& column,
                                std::string_view token) {
  Statement& upsert = statements_.upsert;
  std::int64_t integer = 0;
  if (AffinityOf(column.type) == Affinity::kText) {
    upsert.BindText(parameter, token);
    return true;
  }
  if (ParseInteger(token, &integer)) {
    upsert.BindInteger(parameter, integer);
    return true;
  }
  const double real = std::strtod(std::string(token).c_str(), nullptr);
  if (!std::isfinite(real) || token.find_first_of(".eE") == std::string_view::npos) return false;
  upsert.BindReal(parameter, real);
  return true;
}

void ColumnsAttempt::BindUnknown(int parameter) {
  if (row_.unknown_members.empty()) return statements_.upsert.BindNull(parameter);
  BindOwned(statements_.upsert, parameter, UnknownObject(row_));
}

}  // namespace oncegate::sqlite
