// FilesSession: a session whose rows become lines of part files. Ledger, ids and catalogue are
// those of the SQLite sink, in the manifest; so are the lengths of the parts, and that is why lines
// and marks become valid by one COMMIT.
#pragma once

#include <memory>
#include <span>
#include <string>

#include "sinks/files/frame.h"
#include "sinks/files/lake.h"
#include "sinks/files/part_writer.h"
#include "sinks/sqlite/session.h"

namespace oncegate::files {

class FilesSession final : public sqlite::SqliteSession {
 public:
  FilesSession(std::shared_ptr<Lake> lake, std::shared_ptr<sqlite::SessionSlot> slot);
  ~FilesSession() override;

  SinkStatus EnsureStream(const StreamTarget& target) override;
  SinkStatus Begin() override;
  SinkStatus UpsertRows(const StreamTarget& target, std::span<const Event* const> rows,
                        WallTime now, RowsOutcome* outcome) override;
  CommitOutcome Commit() override;
  void Rollback() override;
  SinkStatus Ping() override;

 private:
  void TakeBack();

  const std::shared_ptr<Lake> lake_;
  PartWriter writer_;
  FrameCompressor compressor_;
  std::string lines_;
};

}  // namespace oncegate::files
