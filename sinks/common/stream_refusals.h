// Catalogue entries of streams, and why a stream can not be used as it is configured: the same
// words in every sink. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "sinks/sink.h"

namespace oncegate {

/// A catalogue entry as it reads.
struct CatalogueEntry {
  std::string stream;
  std::string table;  // As the configuration writes it.
  std::string mode;
  std::string kind;
  std::string key_columns;  // See KeyColumnsText.
};

std::string InQuotes(std::string_view text);

/// One setting that the entry and the configuration do not agree on.
struct Contradiction {
  std::string_view setting;
  std::string_view was;
  std::string_view is;
};
std::string ContradictionText(std::string_view stream, const Contradiction& contradiction);

/// What the entry of the target's stream says else than the target; empty: nothing. Whether both
/// name the same table is for the sink to know.
std::string WhyEntryDiffers(const StreamTarget& target, const CatalogueEntry& entry,
                            bool is_same_table);

/// Empty if the entry holds words that this program does not know; see UnknownEntryText.
std::optional<StreamRecord> RecordOf(const CatalogueEntry& entry);
std::string UnknownEntryText(const CatalogueEntry& entry);

std::string TableTakenText(const StreamTarget& target, std::string_view owner);
std::string TableGoneText(const StreamTarget& target);
/// Of the columns target.
std::string NoTableText(const StreamTarget& target);

}  // namespace oncegate
