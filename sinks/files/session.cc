#include "sinks/files/session.h"

#include <algorithm>
#include <system_error>
#include <utility>

#include "sinks/files/event_line.h"
#include "sinks/sqlite/catalogue.h"

namespace oncegate::files {
namespace {

SinkError Refuse(const StreamTarget& target, const std::string& why) {
  return {SinkErrorClass::kRefused,
          "stream \"" + target.stream + "\" can not be written to files: " + why, ""};
}

SinkStatus CheckTarget(const StreamTarget& target) {
  if (target.kind != TargetKind::kAppend) {
    return Refuse(target,
                  "a file keeps every event as a line, so it has target = \"append\" "
                  "alone, not \"" +
                      std::string(ToString(target.kind)) + "\"");
  }
  const std::string& folder = target.table;
  const bool is_plain =
      !folder.empty() && std::all_of(folder.begin(), folder.end(), [](unsigned char c) {
        return c > 0x20 && c != '/' && c != '=' && c != 0x7f;
      });
  if (!is_plain || folder.starts_with('.') || folder.starts_with('_')) {
    return Refuse(target, "its table \"" + folder +
                              "\" names the folder, which must hold no \"/\", \"=\" or blank and "
                              "must not begin with \".\" or \"_\", since readers leave those out");
  }
  return {};
}

/// What lies in a folder that the catalogue does not know was put there by somebody else, or by a
/// manifest that is gone.
SinkStatus CheckFolderIsFree(const Layout& layout, const StreamTarget& target) {
  const std::filesystem::path folder = layout.TableFolder(target.table);
  std::error_code error;
  if (!std::filesystem::exists(folder, error) && !error) return {};
  if (std::filesystem::is_directory(folder, error) && std::filesystem::is_empty(folder, error)) {
    return {};
  }
  return Refuse(target, "there is already something at " + folder.string() +
                            " that this manifest knows nothing of; move it away, or give the "
                            "stream another folder (setting \"table\")");
}

}  // namespace

FilesSession::FilesSession(std::shared_ptr<Lake> lake, std::shared_ptr<sqlite::SessionSlot> slot)
    : SqliteSession(std::move(slot)),
      lake_(std::move(lake)),
      writer_(lake_->layout(), lake_->settings().roll_bytes),
      compressor_(lake_->settings().compression_level) {}

FilesSession::~FilesSession() { TakeBack(); }

SinkStatus FilesSession::EnsureStream(const StreamTarget& target) {
  if (SinkStatus checked = CheckTarget(target); !checked) return checked;
  return Use(Needs::kNothing, [&](sqlite::Database& database) {
    return sqlite::EnterStream(database.connection(), target,
                               [&] { return CheckFolderIsFree(lake_->layout(), target); });
  });
}

SinkStatus FilesSession::Begin() {
  if (SinkStatus health = lake_->publisher().Health(); !health) return health;
  return SqliteSession::Begin();
}

SinkStatus FilesSession::UpsertRows(const StreamTarget& target, std::span<const Event* const> rows,
                                    WallTime now, RowsOutcome* outcome) {
  *outcome = {};
  if (rows.empty()) return {};
  lines_.clear();
  for (const Event* event : rows) AppendEventLine(*event, now, &lines_);
  const std::string_view frame = compressor_.Compress(lines_);
  outcome->effects.assign(rows.size(), RowEffect::kWritten);
  return Use(Needs::kTransaction, [&](sqlite::Database& database) {
    return writer_.Append(database.connection(), target, frame, rows.size(), now);
  });
}

CommitOutcome FilesSession::Commit() {
  const bool has_news = writer_.HasNews();
  const CommitOutcome outcome = SqliteSession::Commit();
  writer_.Forget();
  if (has_news) lake_->publisher().Wake();
  return outcome;
}

void FilesSession::Rollback() {
  TakeBack();
  SqliteSession::Rollback();
}

/// Once the transaction is gone the parts may be another's, who finds them longer than they should
/// be.
void FilesSession::TakeBack() {
  const auto take_back = [this](sqlite::Database&) -> SinkStatus {
    writer_.TakeBack();
    return {};
  };
  if (!Use(Needs::kTransaction, take_back)) writer_.Forget();
}

SinkStatus FilesSession::Ping() {
  if (SinkStatus health = lake_->publisher().Health(); !health) return health;
  return SqliteSession::Ping();
}

}  // namespace oncegate::files
