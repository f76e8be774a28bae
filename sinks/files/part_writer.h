// PartWriter: what one transaction appends to the open parts of its streams.
//
// The manifest's write lock is held from before the first Append until TakeBack, or until COMMIT:
// so one transaction at a time touches files, whichever session it belongs to, and nothing needs
// to be remembered from one transaction to the next. What the manifest says in the transaction is
// the truth. A file that is longer than that holds bytes of a transaction that did not commit, or
// of which nobody knows yet whether it did: a COMMIT that failed may come back when the log is read
// after a crash. Such a part is never written again. It is closed at its committed length, and cut
// to it once the transaction that says so is durable.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sinks/files/disk.h"
#include "sinks/files/layout.h"
#include "sinks/files/part_table.h"
#include "sinks/sink.h"
#include "sinks/sqlite/connection.h"

namespace oncegate::files {

class PartWriter {
 public:
  PartWriter(Layout layout, std::uint64_t roll_bytes)
      : layout_(std::move(layout)), roll_bytes_(roll_bytes) {}

  /// Appends a frame to the open part of the stream and of the day of `now`, and makes it durable;
  /// the row of the part is written in the open transaction. kStream where the part was lost.
  SinkStatus Append(sqlite::Connection& connection, const StreamTarget& target,
                    std::string_view frame, std::uint64_t events, WallTime now);
  /// Undoes what was appended. Precondition: the transaction is open and COMMIT was not sent.
  void TakeBack();
  /// Ends the transaction. What was appended stays as it is.
  void Forget();
  /// A part was opened or closed.
  bool HasNews() const { return has_news_; }

 private:
  struct Touched {
    std::string name;
    File file;
    std::uint64_t begin = 0;  // Its length before this transaction.
    bool is_new = false;
    bool is_doubtful = false;  // Syncing it failed.
  };
  struct Place {
    Touched* part = nullptr;
    std::uint64_t offset = 0;
  };

  SinkResult<Place> FindPlace(sqlite::Connection& connection, const StreamTarget& target,
                              WallTime now);
  SinkResult<bool> Reopen(const Part& part);
  SinkStatus OpenNew(sqlite::Connection& connection, const Part& part, WallTime now);

  const Layout layout_;
  const std::uint64_t roll_bytes_;
  std::vector<Touched> touched_;
  bool has_news_ = false;
};

}  // namespace oncegate::files
