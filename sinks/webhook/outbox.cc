#include "sinks/webhook/outbox.h"

#include <sqlite3.h>

#include <utility>

#include "sinks/common/json_members.h"
#include "sinks/webhook/event_body.h"
#include "sinks/webhook/signature.h"

namespace oncegate::webhook {
namespace {

using sqlite::Connection;
using sqlite::Statement;
using sqlite::StatementRun;

constexpr char kCreate[] =
    "CREATE TABLE IF NOT EXISTS oncegate_outbox (\n"
    "  number INTEGER PRIMARY KEY,\n"
    "  delivery INTEGER NOT NULL,\n"
    "  format TEXT NOT NULL,\n"
    "  message_id TEXT NOT NULL,\n"
    "  stream TEXT NOT NULL,\n"
    "  owner TEXT NOT NULL,\n"
    "  producer TEXT NOT NULL,\n"
    "  epoch INTEGER NOT NULL,\n"
    "  seq INTEGER,\n"
    "  event_id TEXT NOT NULL,\n"
    "  \"key\" TEXT NOT NULL,\n"
    "  key_is_default INTEGER NOT NULL,\n"
    "  deleted INTEGER NOT NULL,\n"
    "  version TEXT NOT NULL,\n"
    "  event_time INTEGER, -- microseconds since 1970\n"
    "  value TEXT NOT NULL,\n"
    "  body TEXT NOT NULL\n"
    ");\n"
    "CREATE INDEX IF NOT EXISTS oncegate_outbox_delivery ON oncegate_outbox (delivery);\n"
    "CREATE INDEX IF NOT EXISTS oncegate_outbox_owner ON oncegate_outbox (stream, owner)";
constexpr char kInsert[] =
    "INSERT INTO oncegate_outbox (number, delivery, format, message_id, stream, owner, producer,"
    " epoch, seq, event_id, \"key\", key_is_default, deleted, version, event_time, value, body)"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)";
constexpr char kFirst[] =
    "SELECT number FROM oncegate_outbox WHERE number BETWEEN ?1 AND ?2 ORDER BY number LIMIT 1";
constexpr char kLoad[] =
    "SELECT number, message_id, body, format, delivery FROM oncegate_outbox WHERE delivery ="
    " (SELECT delivery FROM oncegate_outbox WHERE number = ?1) ORDER BY number";
constexpr char kRemove[] = "DELETE FROM oncegate_outbox WHERE delivery = ?1";
constexpr char kSplit[] =
    "UPDATE oncegate_outbox SET delivery = ?2 WHERE delivery = ?1 AND number >= ?2";
constexpr char kEvent[] =
    "SELECT stream, producer, epoch, seq, event_id, \"key\", key_is_default, deleted, version,"
    " event_time, value FROM oncegate_outbox WHERE number = ?1";
constexpr char kOwner[] = "SELECT 1 FROM oncegate_outbox WHERE stream = ?1 AND owner = ?2 LIMIT 1";

std::string_view NameOf(BodyFormat format) {
  switch (format) {
    case BodyFormat::kEvent:
      return "event";
    case BodyFormat::kJsonArray:
      return "json";
    case BodyFormat::kNdjson:
      return "ndjson";
  }
  return "";
}

std::string JoinBodies(std::span<const std::string> bodies, std::string_view format) {
  std::string joined;
  const bool is_array = format == NameOf(BodyFormat::kJsonArray);
  const bool is_ndjson = format == NameOf(BodyFormat::kNdjson);
  if (is_array) joined += '[';
  for (const std::string& body : bodies) {
    if (is_array && joined.size() > 1) joined += ',';
    joined += body;
    if (is_ndjson) joined += '\n';
  }
  if (is_array) joined += ']';
  return joined;
}

/// Within which request an entry stands.
class Composer {
 public:
  explicit Composer(const Settings& settings) : settings_(settings) {}

  /// The delivery of the next entry.
  std::int64_t Place(std::int64_t number, std::size_t body_bytes) {
    const bool fits = events_ > 0 && events_ < settings_.batch_events &&
                      bytes_ + body_bytes + 1 <= settings_.batch_bytes;
    if (!fits) {
      delivery_ = number;
      events_ = 0;
      bytes_ = 2;
    }
    ++events_;
    bytes_ += body_bytes + 1;
    return delivery_;
  }

 private:
  const Settings& settings_;
  std::int64_t delivery_ = 0;
  std::size_t events_ = 0;
  std::size_t bytes_ = 0;
};

void BindEvent(Statement& insert, const Event& event) {
  insert.BindText(7, event.producer);
  insert.BindInteger(8, event.epoch.value);
  event.sequence ? insert.BindInteger(9, event.sequence->value) : insert.BindNull(9);
  insert.BindText(10, event.id);
  insert.BindText(11, event.key);
  insert.BindInteger(12, event.key_is_default ? 1 : 0);
  insert.BindInteger(13, event.operation == Operation::kDelete ? 1 : 0);
  event.event_time ? insert.BindInteger(15, event.event_time->microseconds) : insert.BindNull(15);
  insert.BindText(16, event.value);
}

DeadLetter LetterOf(const Statement& row) {
  DeadLetter letter;
  letter.stream = row.Text(0);
  letter.producer = row.Text(1);
  letter.epoch = Epoch{row.Integer(2)};
  if (!row.IsNull(3)) letter.sequence = Sequence{row.Integer(3)};
  letter.event_id = row.Text(4);
  letter.key = row.Text(5);
  letter.key_is_default = row.Integer(6) != 0;
  letter.operation = row.Integer(7) != 0 ? Operation::kDelete : Operation::kUpsert;
  letter.version = ParseVersion(row.Text(8));
  if (!row.IsNull(9)) letter.event_time = WallTime{row.Integer(9)};
  letter.value = row.Text(10);
  return letter;
}

/// The hash of a message id as the ids of letters spell it: `STREAM:UUID`.
std::string LetterIdOf(std::string_view stream, std::string_view message_id) {
  std::string id(stream);
  id += ':';
  const std::string_view digits = message_id.substr(message_id.find('_') + 1);
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i == 8 || i == 12 || i == 16 || i == 20) id += '-';
    id += digits[i];
  }
  return id;
}

SinkResult<std::int64_t> ReadInteger(Connection& connection, const char* sql) {
  SinkResult<Statement> select = connection.Prepare(sql);
  if (!select) return select.error();
  if (const int code = select->Step(); code != SQLITE_ROW) {
    return connection.Fail(code, "reading the outbox");
  }
  return select->Integer(0);
}

/// Runs a statement of integers that gives no rows.
SinkStatus RunWith(Connection& connection, const char* sql,
                   std::initializer_list<std::int64_t> arguments, const char* doing) {
  SinkResult<Statement> statement = connection.Prepare(sql);
  if (!statement) return statement.error();
  int parameter = 0;
  for (const std::int64_t argument : arguments) statement->BindInteger(++parameter, argument);
  if (const int code = statement->Step(); code != SQLITE_DONE) return connection.Fail(code, doing);
  return {};
}

}  // namespace

SinkResult<std::int64_t> EnsureOutbox(Connection& connection) {
  SinkStatus made =
      InTransaction(connection, [&] { return connection.Execute(kCreate, "creating the outbox"); });
  if (!made) return made.error();
  return ReadInteger(connection, "SELECT coalesce(max(number), 0) + 1 FROM oncegate_outbox");
}

SinkResult<std::uint64_t> CountEntries(Connection& connection) {
  const auto count = ReadInteger(connection, "SELECT count(*) FROM oncegate_outbox");
  if (!count) return count.error();
  return static_cast<std::uint64_t>(*count);
}

SinkStatus Freeze(Connection& connection, const FreezeOrder& order,
                  std::span<const Event* const> events, EntryRange* frozen) {
  SinkResult<Statement> insert = connection.Prepare(kInsert);
  if (!insert) return insert.error();
  Composer composer(order.settings);
  for (const Event* const event : events) {
    const std::string message_id = MessageIdOf(order.target, *event);
    std::string body = EventBody(order.target, *event, message_id, order.now);
    if (order.settings.format == BodyFormat::kNdjson) PutOnOneLine(0, &body);
    const std::string owner = order.target.mode == DedupeMode::kId
                                  ? OwnerOfId(event->id)
                                  : OwnerOfProducer(event->producer);
    const std::string version = event->version ? ToDecimal(*event->version) : std::string();
    const std::int64_t number = order.next_number();
    insert->BindInteger(1, number);
    insert->BindInteger(2, composer.Place(number, body.size()));
    insert->BindText(3, NameOf(order.settings.format));
    insert->BindText(4, message_id);
    insert->BindText(5, order.target.stream);
    insert->BindText(6, owner);
    BindEvent(*insert, *event);
    insert->BindText(14, version);
    insert->BindText(17, body);
    const StatementRun run(*insert);
    if (const int code = insert->Step(); code != SQLITE_DONE) {
      return connection.Fail(code, "freezing events");
    }
    if (frozen->IsEmpty()) frozen->first = number;
    frozen->last = number;
  }
  return {};
}

SinkResult<std::optional<std::int64_t>> FirstEntry(Connection& connection, EntryRange range) {
  SinkResult<Statement> select = connection.Prepare(kFirst);
  if (!select) return select.error();
  select->BindInteger(1, range.first);
  select->BindInteger(2, range.last);
  const int code = select->Step();
  if (code == SQLITE_DONE) return std::optional<std::int64_t>();
  if (code != SQLITE_ROW) return connection.Fail(code, "reading the outbox");
  return std::optional<std::int64_t>(select->Integer(0));
}

SinkResult<Delivery> LoadDelivery(Connection& connection, std::int64_t entry) {
  SinkResult<Statement> select = connection.Prepare(kLoad);
  if (!select) return select.error();
  select->BindInteger(1, entry);
  Delivery delivery;
  std::vector<std::string> bodies;
  std::string format;
  int code = SQLITE_ROW;
  while ((code = select->Step()) == SQLITE_ROW) {
    delivery.entries.push_back(select->Integer(0));
    delivery.message_ids.emplace_back(select->Text(1));
    bodies.emplace_back(select->Text(2));
    format = select->Text(3);
    delivery.number = select->Integer(4);
  }
  if (code != SQLITE_DONE) return connection.Fail(code, "reading the outbox");
  if (bodies.empty()) return delivery;
  const std::vector<std::string_view> ids(delivery.message_ids.begin(), delivery.message_ids.end());
  const bool is_event = format == NameOf(BodyFormat::kEvent);
  const bool is_ndjson = format == NameOf(BodyFormat::kNdjson);
  delivery.request.message_id = is_event ? delivery.message_ids.front() : MessageIdOfBatch(ids);
  delivery.request.content_type = is_ndjson ? "application/x-ndjson" : "application/json";
  delivery.request.body = JoinBodies(bodies, format);
  return delivery;
}

SinkStatus RemoveDelivery(Connection& connection, std::int64_t delivery) {
  return InTransaction(connection, [&] {
    return RunWith(connection, kRemove, {delivery}, "removing what was delivered");
  });
}

SinkStatus SplitDelivery(Connection& connection, const Delivery& delivery) {
  const std::int64_t second = delivery.entries[delivery.entries.size() / 2];
  return InTransaction(connection, [&] {
    return RunWith(connection, kSplit, {delivery.number, second}, "splitting a request");
  });
}

SinkStatus BuryDelivery(sqlite::Database& database, const Delivery& delivery,
                        const std::string& detail, WallTime now) {
  Connection& connection = database.connection();
  return InTransaction(connection, [&]() -> SinkStatus {
    SinkResult<Statement> select = connection.Prepare(kEvent);
    if (!select) return select.error();
    select->BindInteger(1, delivery.entries.front());
    if (const int code = select->Step(); code != SQLITE_ROW) {
      return connection.Fail(code, "reading the outbox");
    }
    DeadLetter letter = LetterOf(*select);
    select->Reset();
    letter.id = LetterIdOf(letter.stream, delivery.message_ids.front());
    letter.verdict = ToString(Verdict::kRejected);
    letter.code = ToString(Code::kSinkRejected);
    letter.detail = detail;
    letter.written_at = now;
    const auto written = database.dead_letters().Write({&letter, 1});
    if (!written) return written.error();
    return RunWith(connection, kRemove, {delivery.number}, "removing a dead letter");
  });
}

SinkResult<bool> HoldsOwner(Connection& connection, std::string_view stream,
                            std::string_view owner) {
  SinkResult<Statement> select = connection.Prepare(kOwner);
  if (!select) return select.error();
  select->BindText(1, stream);
  select->BindText(2, owner);
  const int code = select->Step();
  if (code == SQLITE_DONE) return false;
  if (code != SQLITE_ROW) return connection.Fail(code, "reading the outbox");
  return true;
}

std::string OwnerOfProducer(std::string_view producer) {
  return "producer:" + std::string(producer);
}
std::string OwnerOfId(std::string_view id) { return "id:" + std::string(id); }

}  // namespace oncegate::webhook
