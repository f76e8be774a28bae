// The tables of the document and the append target, as SQL, and what an event becomes in them.
// Pure.
//
// key, producer and id are VARBINARY, since the collations of MariaDB and MySQL have none in common
// that tells "k" from "k ". value is LONGTEXT: MySQL's JSON type would round numbers. There is no
// CHECK (json_valid(value)) either: MariaDB's takes nothing deeper than 32 levels, and oncegate has
// looked already.
#pragma once

#include <string>

#include "dedupe/types/event.h"
#include "sinks/mysql/block.h"
#include "sinks/mysql/guarded_upsert.h"
#include "sinks/mysql/parameters.h"
#include "sinks/mysql/table_name.h"

namespace oncegate::mysql {

std::string CreateDocumentTableSql(const TableName& table);
/// With a key of its own, which counts up: tables without one are slow to replicate, or refused.
std::string CreateAppendTableSql(const TableName& table);

/// The statements of one document table; what `read` gives besides the key: deleted, value.
/// `number` tells their names from those of other tables.
GuardedStatements DocumentStatements(const TableName& table, const std::string& number);

BlockStatement AppendStatement(const TableName& table, const std::string& number);

/// producer, epoch and seq of a row, which are NULL where the event has none.
void AddProducer(const Event& event, Parameters* parameters);

/// The parameters of a row of `insert`, `replace` and AppendStatement. Without `has_key`, key is
/// NULL.
void AddRow(const Event& event, bool has_key, WallTime applied_at, Parameters* parameters);

/// About what AddRow takes.
std::size_t BytesOfRow(const Event& event);

}  // namespace oncegate::mysql
