#include "sinks/files/lake.h"

#include <utility>

#include "sinks/files/disk.h"
#include "sinks/files/part_table.h"
#include "sinks/files/publish.h"

namespace oncegate::files {
namespace {

sqlite::ConnectionSettings ManifestOf(const Settings& settings) {
  return {Layout(settings.path).Manifest(), settings.busy_timeout};
}

}  // namespace

Lake::Lake(Settings settings)
    : settings_(std::move(settings)),
      layout_(settings_.path),
      publisher_(layout_, ManifestOf(settings_), settings_.roll_interval, &sessions_) {}

SinkStatus Lake::TakeFolder() {
  if (lock_.Holds(layout_.Lock())) return {};
  has_table_ = false;
  for (const auto& folder : {layout_.Root(), layout_.Hidden(), layout_.OpenFolder()}) {
    if (SinkStatus made = MakeFolder(folder); !made) return made;
  }
  return lock_.Take(layout_.Lock());
}

SinkResult<std::shared_ptr<sqlite::SessionSlot>> Lake::Connect() {
  const std::lock_guard lock(mutex_);
  if (SinkStatus taken = TakeFolder(); !taken) return taken.error();
  SinkResult<std::shared_ptr<sqlite::SessionSlot>> slot = sessions_.Open(ManifestOf(settings_));
  if (!slot) return slot;
  if (!has_table_) {
    const SinkStatus made = (*slot)->Use(
        sqlite::SessionSlot::Needs::kNothing,
        [](sqlite::Database& database) { return EnsurePartTable(database.connection()); });
    if (!made) return made.error();
    has_table_ = true;
  }
  if (started_) return slot;
  // Before any session: none of them has a part open that the manifest does not show yet.
  if (SinkStatus recovered = RecoverParts(layout_, **slot); !recovered) return recovered.error();
  publisher_.Start();
  started_ = true;
  return slot;
}

}  // namespace oncegate::files
