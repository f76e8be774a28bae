#include "sinks/sqlite/catalogue.h"

#include <sqlite3.h>

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "sinks/common/columns_shape.h"
#include "sinks/common/identifier.h"
#include "sinks/common/stream_refusals.h"
#include "sinks/sqlite/append_table.h"
#include "sinks/sqlite/columns_schema.h"
#include "sinks/sqlite/document_table.h"

namespace oncegate::sqlite {
namespace {

std::string LowerAscii(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return lower;
}

/// The entries that `condition` selects; ?1 stands for `argument`.
SinkResult<std::vector<CatalogueEntry>> ReadEntries(Connection& connection,
                                                    std::string_view condition,
                                                    std::string_view argument) {
  SinkResult<Statement> select = connection.Prepare(
      "SELECT substr(name, 8), json_extract(value, '$.table'), json_extract(value, '$.dedupe'), "
      "json_extract(value, '$.target'), json_extract(value, '$.key') FROM oncegate_schema WHERE " +
      std::string(condition) + " ORDER BY name");
  if (!select) return select.error();
  select->BindText(1, argument);
  std::vector<CatalogueEntry> entries;
  int code = SQLITE_ROW;
  while ((code = select->Step()) == SQLITE_ROW) {
    entries.push_back({std::string(select->Text(0)), std::string(select->Text(1)),
                       std::string(select->Text(2)), std::string(select->Text(3)),
                       std::string(select->Text(4))});
  }
  if (code != SQLITE_DONE) return connection.Fail(code, "reading the catalogue of streams");
  return entries;
}

constexpr std::string_view kEveryStream = "name >= 'stream:' AND name < 'stream;' AND ?1 = ''";
constexpr std::string_view kOneStream = "name = 'stream:' || ?1";
constexpr std::string_view kOwnersOfTable =
    "name >= 'stream:' AND name < 'stream;' AND json_extract(value, '$.table') = ?1 COLLATE NOCASE";

/// What the database holds under a name: "table", "view", "index", or nothing.
SinkResult<std::optional<std::string>> ObjectNamed(Connection& connection, std::string_view name) {
  SinkResult<Statement> select = connection.Prepare(
      "SELECT type FROM sqlite_schema WHERE name = ?1 COLLATE NOCASE "
      "AND type IN ('table', 'view', 'index')");
  if (!select) return select.error();
  select->BindText(1, name);
  const int code = select->Step();
  if (code == SQLITE_DONE) return std::optional<std::string>();
  if (code != SQLITE_ROW) return connection.Fail(code, "looking for the table");
  return std::optional<std::string>(select->Text(0));
}

SinkStatus CheckName(const Connection& connection, const StreamTarget& target) {
  const std::string lower = LowerAscii(target.table);
  const auto refuse = [&](const std::string& why) {
    return connection.Refuse(SinkErrorClass::kRefused, "stream " + InQuotes(target.stream) +
                                                           " can not use the table name " +
                                                           InQuotes(target.table) + ": " + why);
  };
  if (lower.empty()) return refuse("it is empty");
  if (lower.find('\0') != std::string::npos) return refuse("it holds a NUL character");
  if (lower.starts_with("oncegate_")) return refuse("such names belong to the ledger");
  if (lower.starts_with("sqlite_")) return refuse("such names belong to SQLite");
  return {};
}

/// An entry of this stream that says something else than the target.
SinkStatus CheckEntry(const Connection& connection, const StreamTarget& target,
                      const CatalogueEntry& entry) {
  const bool is_same_table = LowerAscii(entry.table) == LowerAscii(target.table);
  const std::string why = WhyEntryDiffers(target, entry, is_same_table);
  return why.empty() ? SinkStatus() : connection.Refuse(SinkErrorClass::kRefused, why);
}

SinkStatus ConfirmTable(const Connection& connection, const StreamTarget& target,
                        const std::optional<std::string>& object) {
  if (object == "table") return {};
  if (!object) {
    return connection.Refuse(SinkErrorClass::kStream, TableGoneText(target));
  }
  return connection.Refuse(SinkErrorClass::kRefused,
                           InQuotes(target.table) + " of stream " + InQuotes(target.stream) +
                               " is now a " + *object + ", not the table that oncegate made");
}

SinkStatus CheckNoOwner(Connection& connection, const StreamTarget& target) {
  SinkResult<std::vector<CatalogueEntry>> owners =
      ReadEntries(connection, kOwnersOfTable, target.table);
  if (!owners) return owners.error();
  if (owners->empty()) return {};
  return connection.Refuse(SinkErrorClass::kRefused,
                           TableTakenText(target, owners->front().stream));
}

/// Nobody else uses the name: no other stream, no object that oncegate did not make.
SinkStatus CheckNameIsFree(Connection& connection, const StreamTarget& target,
                           const std::optional<std::string>& object) {
  if (SinkStatus unowned = CheckNoOwner(connection, target); !unowned) return unowned;
  if (!object) return {};
  return connection.Refuse(SinkErrorClass::kRefused,
                           "there is already a " + *object + " named " + InQuotes(target.table) +
                               " that oncegate did not make; give stream " +
                               InQuotes(target.stream) +
                               " another table (setting \"table\"), or rename that one");
}

std::string CreateTableSql(const StreamTarget& target) {
  switch (target.kind) {
    case TargetKind::kDocument:
      return CreateDocumentTableSql(target.table);
    case TargetKind::kAppend:
      return CreateAppendTableSql(target.table);
    case TargetKind::kColumns:
      break;
  }
  return "";
}

SinkStatus InsertEntry(Connection& connection, const StreamTarget& target) {
  const std::string key_columns = KeyColumnsText(target);
  SinkResult<Statement> insert = connection.Prepare(
      "INSERT INTO oncegate_schema (name, value) VALUES ('stream:' || ?1, "
      "json_object('table', ?2, 'dedupe', ?3, 'target', ?4" +
      std::string(key_columns.empty() ? "))" : ", 'key', ?5))"));
  if (!insert) return insert.error();
  insert->BindText(1, target.stream);
  insert->BindText(2, target.table);
  insert->BindText(3, ToString(target.mode));
  insert->BindText(4, ToString(target.kind));
  if (!key_columns.empty()) insert->BindText(5, key_columns);
  if (const int code = insert->Step(); code != SQLITE_DONE) {
    return connection.Fail(code, "entering a stream into the catalogue");
  }
  return {};
}

SinkStatus CreateStream(Connection& connection, const StreamTarget& target) {
  const std::string create = CreateTableSql(target);
  if (SinkStatus created = connection.Execute(create, "creating a table"); !created) return created;
  return InsertEntry(connection, target);
}

SinkStatus CheckColumns(Connection& connection, const StreamTarget& target) {
  const SinkResult<ColumnsShape> shape = ReadShape(connection, target);
  if (!shape) return shape.error();
  return {};
}

/// Enters a stream whose table the user made.
SinkStatus AdoptTable(Connection& connection, const StreamTarget& target,
                      const std::optional<std::string>& object) {
  if (SinkStatus unowned = CheckNoOwner(connection, target); !unowned) return unowned;
  if (object != "table") {
    return connection.Refuse(SinkErrorClass::kRefused, NoTableText(target));
  }
  if (SinkStatus fits = CheckColumns(connection, target); !fits) return fits;
  return InsertEntry(connection, target);
}

}  // namespace

SinkResult<std::vector<StreamRecord>> ListStreams(Connection& connection) {
  SinkResult<std::vector<CatalogueEntry>> entries = ReadEntries(connection, kEveryStream, "");
  if (!entries) return entries.error();
  std::vector<StreamRecord> streams;
  for (const CatalogueEntry& entry : *entries) {
    std::optional<StreamRecord> record = RecordOf(entry);
    if (!record) return connection.Refuse(SinkErrorClass::kRefused, UnknownEntryText(entry));
    streams.push_back(*std::move(record));
  }
  return streams;
}

SinkStatus EnsureStream(Connection& connection, const StreamTarget& target) {
  if (SinkStatus named = CheckName(connection, target); !named) return named;
  return InTransaction(connection, [&]() -> SinkStatus {
    SinkResult<std::vector<CatalogueEntry>> entry =
        ReadEntries(connection, kOneStream, target.stream);
    if (!entry) return entry.error();
    SinkResult<std::optional<std::string>> object = ObjectNamed(connection, target.table);
    if (!object) return object.error();
    if (!entry->empty()) {
      if (SinkStatus checked = CheckEntry(connection, target, entry->front()); !checked) {
        return checked;
      }
      if (SinkStatus there = ConfirmTable(connection, target, *object); !there) return there;
      return target.kind == TargetKind::kColumns ? CheckColumns(connection, target) : SinkStatus();
    }
    if (target.kind == TargetKind::kColumns) return AdoptTable(connection, target, *object);
    if (SinkStatus free = CheckNameIsFree(connection, target, *object); !free) return free;
    return CreateStream(connection, target);
  });
}

SinkStatus EnterStream(Connection& connection, const StreamTarget& target,
                       const std::function<SinkStatus()>& before_entry) {
  if (SinkStatus named = CheckName(connection, target); !named) return named;
  return InTransaction(connection, [&]() -> SinkStatus {
    SinkResult<std::vector<CatalogueEntry>> entry =
        ReadEntries(connection, kOneStream, target.stream);
    if (!entry) return entry.error();
    if (!entry->empty()) return CheckEntry(connection, target, entry->front());
    if (SinkStatus unowned = CheckNoOwner(connection, target); !unowned) return unowned;
    if (SinkStatus allowed = before_entry(); !allowed) return allowed;
    return InsertEntry(connection, target);
  });
}

}  // namespace oncegate::sqlite
