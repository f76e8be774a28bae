#include "sinks/postgres/document_table.h"

namespace oncegate::postgres {

std::string EventColumnsSql() {
  return "value jsonb, "
         "producer text, "
         "epoch bigint, "
         "seq bigint, "
         "id text, "
         "version numeric, "
         "event_time timestamptz, "
         "deleted boolean NOT NULL, "
         "applied_at timestamptz NOT NULL";
}

std::string SelectRowsSql() {
  return "SELECT s.key, s.value, s.producer, s.epoch, s.seq, s.id, s.version::numeric, "
         "s.event_time, s.deleted, $10::timestamptz FROM "
         "unnest($1::text[], $2::jsonb[], $3::text[], $4::bigint[], $5::bigint[], $6::text[], "
         "$7::text[], $8::timestamptz[], $9::boolean[]) "
         "AS s (key, value, producer, epoch, seq, id, version, event_time, deleted)";
}

std::string CreateDocumentTableSql(const TableName& table) {
  return "CREATE TABLE " + Quote(table) + " (key text COLLATE \"C\" PRIMARY KEY, " +
         EventColumnsSql() + ")";
}

std::string UpsertSql(const TableName& table) {
  return "INSERT INTO " + Quote(table) + " AS t (" + std::string(kRowColumns) + ") " +
         SelectRowsSql() +
         " ORDER BY s.key COLLATE \"C\" ON CONFLICT (key) DO UPDATE SET value = excluded.value, "
         "producer = excluded.producer, epoch = excluded.epoch, seq = excluded.seq, "
         "id = excluded.id, version = excluded.version, event_time = excluded.event_time, "
         "deleted = excluded.deleted, applied_at = excluded.applied_at WHERE " +
         std::string(kRowGuard) + " RETURNING t.key";
}

std::string ReadRefusedSql(const TableName& table) {
  return "SELECT excluded.place, coalesce(" + std::string(kRowGuard) +
         ", false), coalesce(excluded.version = t.version, false), t.deleted, "
         "CASE WHEN $6::boolean AND excluded.version = t.version THEN t.value::text END "
         "FROM (SELECT key, producer, epoch, seq, version::numeric AS version, place FROM "
         "unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[], $5::text[]) WITH ORDINALITY "
         "AS s (key, producer, epoch, seq, version, place)) AS excluded JOIN " +
         Quote(table) + " AS t ON t.key = excluded.key ORDER BY excluded.place";
}

}  // namespace oncegate::postgres
