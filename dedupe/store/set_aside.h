// Setting a store's folder aside, for `oncegate rebuild-index`: the index is built again from the
// ledgers, and what was there is kept for whoever wants to know what happened to it.
#pragma once

#include <filesystem>

#include "dedupe/types/identity.h"
#include "dedupe/types/result.h"

namespace oncegate {

/// Renames `directory` to a name beside it that holds the time, and stores that in *moved_to; empty
/// if there was nothing to rename. Refused while a process uses the store.
Status SetAsideStore(const std::filesystem::path& directory, WallTime now,
                     std::filesystem::path* moved_to);

}  // namespace oncegate
