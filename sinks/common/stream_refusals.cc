#include "sinks/common/stream_refusals.h"

#include "sinks/common/columns_shape.h"

namespace oncegate {

std::string InQuotes(std::string_view text) { return "\"" + std::string(text) + "\""; }

std::string ContradictionText(std::string_view stream, const Contradiction& contradiction) {
  return "stream " + InQuotes(stream) + " was written with " + std::string(contradiction.setting) +
         " = " + InQuotes(contradiction.was) + ", the configuration says " +
         InQuotes(contradiction.is) + "; go back to " + InQuotes(contradiction.was) +
         ", or give the new setting a new stream";
}

std::string WhyEntryDiffers(const StreamTarget& target, const CatalogueEntry& entry,
                            bool is_same_table) {
  const auto differs = [&](std::string_view setting, std::string_view was, std::string_view is) {
    return ContradictionText(target.stream, {setting, was, is});
  };
  if (!is_same_table) return differs("table", entry.table, target.table);
  if (entry.mode != ToString(target.mode)) {
    return differs("dedupe", entry.mode, ToString(target.mode));
  }
  if (entry.kind != ToString(target.kind)) {
    return differs("target", entry.kind, ToString(target.kind));
  }
  const std::string key_columns = KeyColumnsText(target);
  if (entry.key_columns != key_columns) {
    return differs("key_columns", entry.key_columns, key_columns);
  }
  return "";
}

std::optional<StreamRecord> RecordOf(const CatalogueEntry& entry) {
  const std::optional<DedupeMode> mode = ParseDedupeMode(entry.mode);
  const std::optional<TargetKind> kind = ParseTargetKind(entry.kind);
  if (!mode || !kind) return std::nullopt;
  return StreamRecord{entry.stream, entry.table, *mode, *kind};
}

std::string UnknownEntryText(const CatalogueEntry& entry) {
  return "the catalogue entry of stream " + InQuotes(entry.stream) +
         " is not known to this oncegate (dedupe = " + InQuotes(entry.mode) +
         ", target = " + InQuotes(entry.kind) + "); use the oncegate that wrote it, or a newer one";
}

std::string TableTakenText(const StreamTarget& target, std::string_view owner) {
  return "table " + InQuotes(target.table) + " already belongs to stream " + InQuotes(owner) +
         "; stream " + InQuotes(target.stream) + " needs a table of its own";
}

std::string TableGoneText(const StreamTarget& target) {
  return "table " + InQuotes(target.table) + " of stream " + InQuotes(target.stream) +
         " is gone; restore it, or delete 'stream:" + target.stream +
         "' from oncegate_schema to go on with an empty one";
}

std::string NoTableText(const StreamTarget& target) {
  return "there is no table " + InQuotes(target.table) + " for stream " + InQuotes(target.stream) +
         "; target = \"columns\" writes to a table that exists: create it";
}

}  // namespace oncegate
