// The Sink interface: where rows and their marks go, in one transaction. A sink decides nothing
// about duplicates: it reads and locks the ledger, writes what it is told, and answers "committed",
// "lost the race, here is the ledger's state", "these rows are bad" or "down". The loop of judge,
// commit and judge again belongs to server/ingest.
//
// Sink: thread-safe. SinkSession: one connection, used by one thread at a time; every call blocks,
// for no longer than the session's timeouts.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "dedupe/types/dedupe_mode.h"
#include "dedupe/types/event.h"
#include "dedupe/types/identity.h"
#include "dedupe/types/result.h"
#include "dedupe/types/verdict.h"
#include "sinks/dead_letter.h"

namespace oncegate {

enum class SinkErrorClass : std::uint8_t {
  kRestart,     // Deadlock, serialization, lock or statement timeout: the whole group again, from
                // Begin.
  kConnection,  // The sink is away, full or shutting down: pause the lane, retry with backoff.
  kStream,      // One table or right: pause only this stream, retry with backoff.
  kRefused,     // The stream can not be used as configured (table not ours, contradicting mode).
};
std::string_view ToString(SinkErrorClass error_class);

struct SinkError {
  SinkErrorClass error_class = SinkErrorClass::kConnection;
  std::string message;   // For a person; no payload, no credentials.
  std::string sqlstate;  // Or the driver's own code; may be empty.
};

[[noreturn]] inline void throw_exception_from_error(const SinkError& error,
                                                    const boost::source_location&) {
  std::fprintf(stderr, "value() of a failed SinkResult: %s\n", error.message.c_str());
  std::abort();
}

template <typename T>
using SinkResult = boost::system::result<T, SinkError>;
using SinkStatus = SinkResult<void>;

enum class TargetKind : std::uint8_t {
  kDocument,  // One row a key, through the row guard; a delete leaves a row without a value.
  kAppend,    // One row an event, deletes too; nothing is ever overwritten.
  kColumns,   // One row a key of a table of the user, a column per field; see ColumnsOptions.
};
/// As it is written in the configuration and in the catalogue.
std::string_view ToString(TargetKind kind);
std::optional<TargetKind> ParseTargetKind(std::string_view text);

/// What becomes of fields of a value that have no column.
enum class UnknownFields : std::uint8_t {
  kReject,  // The event is rejected.
  kIgnore,
  kColumn,  // They go together, as one JSON object, into unknown_fields_column.
};
std::string_view ToString(UnknownFields unknown_fields);
std::optional<UnknownFields> ParseUnknownFields(std::string_view text);

enum class DeleteKind : std::uint8_t {
  kHard,  // The row is removed.
  kSoft,  // The row stays, with deleted_column true.
};
std::string_view ToString(DeleteKind kind);
std::optional<DeleteKind> ParseDeleteKind(std::string_view text);

/// The columns target: a table that exists, whose columns take the fields of a value (a JSON
/// object) by name. Names are those of the catalogue, exactly.
///
/// The key of an event names the row: the text of the one key column, or a JSON array of the values
/// of several (see sinks/common/row_key.h). An upsert writes the row as a whole: a field that is
/// absent puts its column's default, so that the row does not depend on which earlier events were
/// folded or superseded. Per key the ledger holds a guard row (oncegate_rows), which outlives the
/// row itself.
struct ColumnsOptions {
  std::vector<std::string> key_columns;  // Not empty.
  std::vector<std::string> columns;      // Those to write besides the key; empty: all there are.
  UnknownFields unknown_fields = UnknownFields::kReject;
  std::string unknown_fields_column;
  std::string version_column;  // Takes the event's version; a row of a higher one stays. Or empty.
  DeleteKind deletes = DeleteKind::kHard;
  std::string deleted_column;  // With kSoft.
  bool auto_evolve = false;    // A field without a column asks for one: RowsOutcome::new_columns.
};

/// What a column that events ask for has to hold.
enum class ColumnKind : std::uint8_t {
  kText,
  kInteger,  // Of 64 bits.
  kNumber,
  kBoolean,
  kJson,
};

struct NewColumn {
  std::string name;
  ColumnKind kind = ColumnKind::kText;
  friend bool operator==(const NewColumn&, const NewColumn&) = default;
};

/// Where the rows of a stream go. `table` may be qualified ("schema.table") where the sink has
/// schemas.
struct StreamTarget {
  std::string stream;
  std::string table;
  DedupeMode mode = DedupeMode::kWindow;
  TargetKind kind = TargetKind::kDocument;
  ColumnsOptions columns = {};  // Of kColumns.
};

struct LedgerKey {
  std::string_view stream;
  std::string_view producer;
  friend auto operator<=>(const LedgerKey&, const LedgerKey&) = default;
};

struct LedgerRequest {
  LedgerKey key;
  /// True: lock the row until the end of the transaction (it will be written). False: read only.
  bool lock = true;
};

struct LedgerRow {
  bool found = false;
  Token token;
  std::string state;  // Opaque here; see dedupe/codec.
  WallTime updated_at;
};

/// One write of a ledger row. `expected` empty: the producer was read as unknown, so the row is
/// only ever inserted; else it is only ever updated, and only where the token still is `expected`.
struct LedgerWrite {
  LedgerKey key;
  std::optional<Token> expected;
  Token token;
  Epoch epoch;
  std::string_view state;
};

struct IdClaim {
  std::string_view id;
  Fingerprint fingerprint;
  /// The index remembers the id: confirm by a read instead of an insert. A wrong belief is
  /// corrected (an id that is not there after all is inserted).
  bool believed_seen = false;
};

struct IdOutcome {
  bool fresh = false;  // Claimed by this transaction.
  Fingerprint stored;  // Of the earlier claim, where not fresh.
  WallTime committed_at;
};

enum class RowEffect : std::uint8_t {
  kWritten,
  kNewerExists,  // The row guard refused: the row holds something newer.
  kSameVersion,  // Refused by the row guard at equal version (see RowsOutcome::stored).
};

struct BadRow {
  std::uint32_t row = 0;                 // Index into the rows given.
  Verdict verdict = Verdict::kRejected;  // Or kInvalid: a number that the sink can not hold.
  Code code = Code::kSinkRejected;
  std::string detail;  // For the client: error code and the server's primary message.
};

/// What a row that was refused at equal version holds now.
struct StoredRow {
  std::uint32_t row = 0;
  bool deleted = false;
  std::string value;  // JSON text; empty if deleted.
  /// Where the target keeps no value: of the event that wrote the row; `value` says nothing then.
  std::optional<Fingerprint> fingerprint = {};
};

struct RowsOutcome {
  std::vector<RowEffect> effects;  // Parallel to the rows given; meaningless if `bad` is not empty.
  std::vector<BadRow> bad;         // Not empty: nothing usable was written, roll back.
  std::vector<StoredRow> stored;   // Version streams only.
  /// Not empty: nothing usable was written. Roll back, AddColumns, and write the rows again.
  std::vector<NewColumn> new_columns;
};

enum class CommitOutcome : std::uint8_t {
  kCommitted,
  kAborted,  // Certainly not committed: the whole group again.
  kInDoubt,  // Unknown. Discard the session, connect again, run the same group again.
};

/// What the sink's catalogue knows about a stream.
struct StreamRecord {
  std::string stream;
  std::string table;
  DedupeMode mode = DedupeMode::kWindow;
  TargetKind kind = TargetKind::kDocument;
};

struct LedgerQuery {
  std::string_view stream;
  std::string_view prefix;  // Of the producer; empty: all.
  std::string_view after;   // Producer id in byte order; empty: from the start.
  std::uint32_t limit = 100;
};

struct ListedProducer {
  std::string producer;
  LedgerRow row;
};

struct IdSweep {
  std::string_view stream;
  WallTime cutoff;         // Ids committed before it.
  std::string_view after;  // Position; empty: from the start.
  std::uint32_t limit = 1000;
  bool dry_run = false;  // Count only.
};

struct IdSweepResult {
  std::vector<std::string> ids;  // Those deleted (dry run: those that would be), at most `limit`.
  std::string next;              // Empty: the end was reached.
};

/// Guard rows of deleted rows, which keep late events from bringing them back (kColumns).
struct GuardSweep {
  std::string_view stream;
  WallTime cutoff;         // Deleted before it.
  std::string_view after;  // Position; empty: from the start.
  std::uint32_t limit = 1000;
};

class SinkSession {
 public:
  virtual ~SinkSession() = default;

  // ---- Catalogue. Each call is a transaction of its own; none may be open. ----

  virtual SinkResult<std::vector<StreamRecord>> ListStreams() = 0;
  /// Creates the stream's table and catalogue entry, or confirms that both are there and agree.
  /// kRefused when the table exists and is not ours, or the entry contradicts the target. kColumns:
  /// the table is the user's; kRefused, by name, for what it lacks.
  virtual SinkStatus EnsureStream(const StreamTarget& target) = 0;
  /// kColumns with auto_evolve: adds nullable columns to the user's table, unless they are there by
  /// now (another instance may be doing the same). A column that the database refuses to add is no
  /// error: in the next transaction UpsertRows says so of every row that has such a field.
  virtual SinkStatus AddColumns(const StreamTarget& target, std::span<const NewColumn> columns);

  // ---- One transaction: Begin … Commit or Rollback. After an error nothing but Rollback. ----

  virtual SinkStatus Begin() = 0;
  /// Reads (and locks, where asked) ledger rows as they are committed now. `requests` sorted by
  /// key, no key twice; `rows` becomes parallel to them.
  virtual SinkStatus ReadLedger(std::span<const LedgerRequest> requests,
                                std::vector<LedgerRow>* rows) = 0;
  /// `writes` sorted by key, no key twice. `lost` receives the indexes of writes that took no
  /// effect (inserted by somebody else meanwhile, or token changed); all others took effect.
  /// `lost` null: if one takes no effect, this call or a later one of the transaction fails with
  /// kRestart, or Commit aborts. The sink need not wait for the answer, which may save a round
  /// trip.
  virtual SinkStatus WriteLedger(std::span<const LedgerWrite> writes, WallTime now,
                                 std::vector<std::uint32_t>* lost) = 0;
  /// Id streams. `claims` sorted by id, no id twice; `outcomes` becomes parallel.
  virtual SinkStatus ClaimIds(std::string_view stream, std::span<const IdClaim> claims,
                              WallTime now, std::vector<IdOutcome>* outcomes) = 0;
  /// kDocument, kColumns: one row per key, sorted by key bytes, through the row guard (see
  /// dedupe/judge/fold.h). kAppend: rows in arrival order, each of them becomes a row of the table.
  /// Finds bad rows within the transaction; then *outcome lists all of them.
  virtual SinkStatus UpsertRows(const StreamTarget& target, std::span<const Event* const> rows,
                                WallTime now, RowsOutcome* outcome) = 0;
  /// False for a letter that the sink would never take: it is larger than its server does.
  virtual bool CanKeep(const DeadLetter& /*letter*/) const { return true; }
  /// `letters` sorted by id, no id twice, such as CanKeep allows. One that is kept already stays as
  /// it is. Answers how many are new.
  virtual SinkResult<std::uint64_t> WriteDeadLetters(std::span<const DeadLetter> letters) = 0;
  /// Reads and locks those letters that are still there, sorted by id. `ids` sorted, none twice.
  virtual SinkResult<std::vector<DeadLetter>> LockDeadLetters(std::span<const std::string> ids) = 0;
  /// `ids` sorted, none twice. Answers how many were there.
  virtual SinkResult<std::uint64_t> DeleteDeadLetters(std::span<const std::string> ids) = 0;
  /// Deletes the letters of identities that are forgotten. Answers how many there were.
  virtual SinkResult<std::uint64_t> ForgetDeadLetters(const DeadLetterOwners& owners) = 0;
  virtual CommitOutcome Commit() = 0;
  /// Asked once a transaction is known to be committed, with events that it took: those of them
  /// that the sink could not bring to their place afterwards and keeps as dead letters, each told
  /// once. For sinks whose COMMIT is not yet the end of the way.
  virtual void TakeDeadLettered(const StreamTarget& /*target*/,
                                std::span<const Event* const> /*events*/,
                                std::vector<BadRow>* /*dead*/) {}
  /// Never fails; a session that can not roll back reports IsUsable() == false.
  virtual void Rollback() = 0;
  /// False once the connection is gone: discard the session.
  virtual bool IsUsable() const = 0;

  // ---- Reading and sweeping. Each call is a transaction of its own; none may be open. ----

  virtual SinkResult<std::vector<ListedProducer>> ListProducers(const LedgerQuery& query) = 0;
  virtual SinkResult<std::uint64_t> CountProducers(std::string_view stream) = 0;
  virtual SinkResult<std::uint64_t> CountIds(std::string_view stream) = 0;
  virtual SinkResult<IdSweepResult> SweepIds(const IdSweep& sweep) = 0;
  /// In byte order of their ids.
  virtual SinkResult<std::vector<DeadLetter>> ListDeadLetters(const DeadLetterQuery& query) = 0;
  virtual SinkResult<std::uint64_t> CountDeadLetters(std::string_view stream) = 0;
  /// Removes what the sweep finds among the next `limit` guard rows; gives the position to go on
  /// from, empty at the end. For sinks with guard rows only.
  virtual SinkResult<std::string> SweepGuards(const GuardSweep& sweep);
  /// A cheap round trip that proves that the sink can be written to.
  virtual SinkStatus Ping() = 0;
};

/// How a sink that delivers on its own (a webhook) stands. Counters since the start.
struct DeliveryReport {
  bool is_circuit_open = false;
  std::uint64_t pending_events = 0;  // Frozen, and not yet taken by the receiver.
  std::uint64_t delivered = 0;       // Requests that the receiver took.
  std::uint64_t retried = 0;         // Requests that have to be sent again.
  std::uint64_t dead_lettered = 0;   // Events that the receiver will never take.
};

class Sink {
 public:
  virtual ~Sink() = default;
  /// Connects within connect_timeout and creates or checks the ledger's tables. Fails with
  /// kConnection (away) or kRefused (unusable as it is, e.g. an UNLOGGED ledger, a newer ledger
  /// schema).
  virtual SinkResult<std::unique_ptr<SinkSession>> Connect() = 0;
  /// Lanes where the configuration does not say.
  virtual std::uint32_t DefaultLanes() const = 0;

  // ---- For sinks that do something between the calls of their sessions. ----

  /// An operator's word: start nothing on your own until Resume. Resume also ends what the sink
  /// stopped by itself until a person looked at it.
  virtual void Pause() {}
  virtual void Resume() {}
  /// What keeps rows from where they belong although sessions can be opened; empty: nothing.
  virtual std::optional<SinkError> Trouble() const { return std::nullopt; }
  /// Empty: a sink that delivers nothing on its own.
  virtual std::optional<DeliveryReport> Delivery() const { return std::nullopt; }
};

}  // namespace oncegate
