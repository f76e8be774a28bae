#include "sinks/files/publish.h"

#include <functional>
#include <set>
#include <system_error>
#include <utility>
#include <vector>

#include "sinks/files/disk.h"
#include "sinks/sqlite/catalogue.h"

namespace oncegate::files {
namespace {

using sqlite::Database;
using Needs = sqlite::SessionSlot::Needs;

SinkStatus CutAndRename(const Layout& layout, const Part& part,
                        const std::filesystem::path& published) {
  const std::filesystem::path open = layout.OpenPart(part.name);
  SinkResult<File> file = File::Open(open);
  if (!file) return file.error();
  SinkResult<std::uint64_t> size = file->Size();
  if (!size) return size.error();
  if (*size < part.bytes) return LostPart(layout, part, SinkErrorClass::kRefused);
  if (*size > part.bytes) {
    if (SinkStatus cut = file->Truncate(part.bytes); !cut) return cut;
  }
  if (SinkStatus synced = file->SyncData(); !synced) return synced;
  for (const auto& folder :
       {layout.TableFolder(part.folder), layout.DayFolder(part.folder, part.day)}) {
    if (SinkStatus made = MakeFolder(folder); !made) return made;
  }
  return Rename(open, published);
}

SinkStatus PublishFile(const Layout& layout, const Part& part) {
  const std::filesystem::path day = layout.DayFolder(part.folder, part.day);
  SinkResult<bool> is_open = FileExists(layout.OpenPart(part.name));
  if (!is_open) return is_open.error();
  if (*is_open) {
    if (SinkStatus renamed = CutAndRename(layout, part, day / part.name); !renamed) return renamed;
  } else {
    SinkResult<bool> is_published = FileExists(day / part.name);
    if (!is_published) return is_published.error();
    if (!*is_published) return LostPart(layout, part, SinkErrorClass::kRefused);
  }
  if (SinkStatus synced = SyncFolder(day); !synced) return synced;
  return SyncFolder(layout.OpenFolder());
}

SinkStatus InTransactionOf(sqlite::SessionSlot& slot,
                           const std::function<SinkStatus(sqlite::Connection&)>& work) {
  return slot.Use(Needs::kNothing, [&](Database& database) {
    return InTransaction(database.connection(), [&] { return work(database.connection()); });
  });
}

SinkResult<std::vector<Part>> PartsToPublish(sqlite::SessionSlot& slot) {
  return slot.Use(Needs::kNothing,
                  [](Database& database) { return ListPartsToPublish(database.connection()); });
}

SinkError ForeignPart(const Layout& layout, const std::string& name) {
  return {SinkErrorClass::kRefused,
          layout.OpenPart(name).string() + " may hold settled events, but " +
              layout.Manifest().string() +
              " has never known a stream, so it is not the manifest that vouches for them; restore "
              "the folder as a whole, or move the part away",
          ""};
}

/// Transactions that did not commit made them. Precondition: no part is open, and nobody else can
/// make one.
SinkStatus RemoveStrays(const Layout& layout, sqlite::Connection& connection) {
  SinkResult<std::vector<Part>> parts = ListPartsToPublish(connection);
  if (!parts) return parts.error();
  const SinkResult<std::vector<StreamRecord>> streams = sqlite::ListStreams(connection);
  if (!streams) return streams.error();
  std::set<std::string> known;
  for (Part& part : *parts) known.insert(std::move(part.name));
  std::error_code error;
  std::filesystem::directory_iterator entry(layout.OpenFolder(), error);
  for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
    const std::string name = entry->path().filename();
    if (!name.starts_with("part-") || known.contains(name)) continue;
    if (streams->empty()) return ForeignPart(layout, name);
    std::filesystem::remove(entry->path(), error);
    if (error) break;
  }
  if (error) return DiskError(error.value(), "clearing", layout.OpenFolder());
  return {};
}

}  // namespace

SinkError LostPart(const Layout& layout, const Part& part, SinkErrorClass error_class) {
  return {error_class,
          "of the part " + layout.OpenPart(part.name).string() + " of stream \"" + part.stream +
              "\" the manifest vouches for " + std::to_string(part.bytes) + " bytes and " +
              std::to_string(part.events) +
              " events, which are not there; restore the folder as a whole, or delete the row \"" +
              part.name + "\" from oncegate_parts in " + layout.Manifest().string() +
              " to go on without them",
          ""};
}

SinkStatus PublishParts(const Layout& layout, sqlite::SessionSlot& slot) {
  SinkResult<std::vector<Part>> parts = PartsToPublish(slot);
  if (!parts) return parts.error();
  std::vector<std::string> published;
  SinkStatus status;
  for (const Part& part : *parts) {
    status = PublishFile(layout, part);
    if (!status) break;
    published.push_back(part.name);
  }
  if (published.empty()) return status;
  SinkStatus marked = InTransactionOf(slot, [&](sqlite::Connection& connection) -> SinkStatus {
    for (const std::string& name : published) {
      if (SinkStatus done = MarkPublished(connection, name); !done) return done;
    }
    return {};
  });
  return status ? marked : status;
}

SinkStatus RecoverParts(const Layout& layout, sqlite::SessionSlot& slot) {
  const SinkStatus cleared = InTransactionOf(slot, [&](sqlite::Connection& connection) {
    SinkStatus closed = CloseEveryPart(connection);
    return closed ? RemoveStrays(layout, connection) : closed;
  });
  if (!cleared) return cleared;
  return PublishParts(layout, slot);
}

SinkStatus CloseAndPublishParts(const Layout& layout, sqlite::SessionSlot& slot) {
  if (SinkStatus closed = InTransactionOf(slot, CloseEveryPart); !closed) return closed;
  return PublishParts(layout, slot);
}

}  // namespace oncegate::files
