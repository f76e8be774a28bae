// Publishing: a part whose length is fixed in the manifest is cut to it, made durable, renamed into
// its day's folder and marked. Each step may be the last one of the process, and each may be done
// again: the list says what was meant, the names say how far it came.
#pragma once

#include <string>

#include "sinks/files/layout.h"
#include "sinks/files/part_table.h"
#include "sinks/sink.h"
#include "sinks/sqlite/session.h"

namespace oncegate::files {

/// What the manifest vouches for is not in the folder.
SinkError LostPart(const Layout& layout, const Part& part, SinkErrorClass error_class);

/// Publishes every part that is to be published, up to the first that can not be. kRefused where
/// one was lost.
SinkStatus PublishParts(const Layout& layout, sqlite::SessionSlot& slot);

/// What an earlier process left behind: closes and publishes the parts it had open, removes files
/// that never became parts. kRefused where these may be parts of a manifest that is gone.
/// Precondition: there is no session yet.
SinkStatus RecoverParts(const Layout& layout, sqlite::SessionSlot& slot);

/// As far as it gets, for the end of the process: the next start does the rest.
SinkStatus CloseAndPublishParts(const Layout& layout, sqlite::SessionSlot& slot);

}  // namespace oncegate::files
