// Lake: the folder of one files sink, as its sessions share it. The members stand in the order in
// which they need each other: the publisher ends first, the lock goes last.
#pragma once

#include <memory>
#include <mutex>

#include "sinks/files/folder_lock.h"
#include "sinks/files/layout.h"
#include "sinks/files/publisher.h"
#include "sinks/files/settings.h"
#include "sinks/sink.h"
#include "sinks/sqlite/session.h"

namespace oncegate::files {

class Lake {
 public:
  explicit Lake(Settings settings);

  /// A connection to the manifest. The first one locks the folder, and publishes what an earlier
  /// process left open.
  SinkResult<std::shared_ptr<sqlite::SessionSlot>> Connect();

  const Settings& settings() const { return settings_; }
  const Layout& layout() const { return layout_; }
  Publisher& publisher() { return publisher_; }

 private:
  SinkStatus TakeFolder();

  const Settings settings_;
  const Layout layout_;
  std::mutex mutex_;
  FolderLock lock_;         // Guarded by mutex_.
  bool has_table_ = false;  // Guarded by mutex_.
  bool started_ = false;    // Guarded by mutex_.
  sqlite::OpenSessions sessions_;
  Publisher publisher_;
};

}  // namespace oncegate::files
