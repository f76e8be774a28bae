// Finds the fingerprints of many sequences of one producer with one iterator: records of
// neighbouring blocks lie side by side, so a resent run of sequences is read straight through.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "dedupe/store/guarded_database.h"
#include "dedupe/store/index.h"

namespace oncegate::store {

/// `sequences` sorted; `found` has the same size and is overwritten. Where a sequence was written
/// more than once, the latest record counts.
Status LookUpFingerprints(GuardedDatabase* database, const FingerprintScope& scope,
                          std::span<const std::int64_t> sequences,
                          std::span<std::optional<Fingerprint>> found);

}  // namespace oncegate::store
