#include "sinks/redis/catalogue.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "sinks/common/stream_refusals.h"

namespace oncegate::redis {
namespace {

constexpr std::string_view kLayout = "1";

SinkError Refuse(std::string message) { return {SinkErrorClass::kRefused, std::move(message), ""}; }

/// An entry as it reads; the words between the layout and the table.
struct Entry {
  std::string_view mode;
  std::string_view kind;
  std::string_view format;
  std::string_view table;
};

std::optional<Entry> ReadEntry(std::string_view text) {
  std::array<std::string_view, 4> words;
  for (std::string_view& word : words) {
    const std::size_t space = text.find(' ');
    if (space == std::string_view::npos) return std::nullopt;
    word = text.substr(0, space);
    text.remove_prefix(space + 1);
  }
  if (words[0] != kLayout) return std::nullopt;
  return Entry{words[1], words[2], words[3], text};
}

SinkError Unknown(std::string_view stream) {
  return Refuse("the catalogue entry of stream " + InQuotes(stream) +
                " is not known to this oncegate; use the oncegate that wrote it, or a newer one");
}

/// The entry that is there says something else than the target.
SinkError Contradicts(const StreamTarget& target, RowFormat format, const Entry& entry) {
  const auto refuse = [&](std::string_view setting, std::string_view was, std::string_view is) {
    return Refuse(ContradictionText(target.stream, {setting, was, is}));
  };
  if (entry.table != target.table) return refuse("table", entry.table, target.table);
  if (entry.mode != ToString(target.mode))
    return refuse("dedupe", entry.mode, ToString(target.mode));
  if (entry.kind != ToString(target.kind))
    return refuse("target", entry.kind, ToString(target.kind));
  return refuse("format", entry.format, ToString(format));
}

SinkStatus CheckTarget(const RedisSettings& settings, const StreamTarget& target) {
  switch (target.kind) {
    case TargetKind::kDocument:
      break;
    case TargetKind::kAppend:
      return Refuse("stream " + InQuotes(target.stream) +
                    " can not use target = \"append\" in Redis: a script that dies half-way leaves "
                    "entries, and nothing would tell their second writing; use \"document\"");
    case TargetKind::kColumns:
      return Refuse("stream " + InQuotes(target.stream) +
                    " can not use target = \"columns\" in Redis, which has no tables; use "
                    "\"document\", with format = \"hash\" for what an event carries besides its "
                    "value");
  }
  const std::string why = settings.key_template.WhyNot(target.table, settings.prefix);
  if (why.empty()) return {};
  return Refuse("stream " + InQuotes(target.stream) + " can not use the table name " +
                InQuotes(target.table) + ": " + why);
}

}  // namespace

std::string EntryOf(const StreamTarget& target, RowFormat format) {
  std::string entry(kLayout);
  for (const std::string_view word : {ToString(target.mode), ToString(target.kind),
                                      ToString(format), std::string_view(target.table)}) {
    entry += " ";
    entry += word;
  }
  return entry;
}

SinkResult<std::vector<StreamRecord>> ListStreams(Connection& connection, const Names& names) {
  const auto reply = connection.Run({"HGETALL", names.Streams()});
  if (!reply) return ToSinkError(reply.error());
  std::vector<StreamRecord> streams;
  for (std::size_t i = 0; i + 1 < reply->view().Size(); i += 2) {
    const std::string stream(reply->view().At(i).Text());
    const std::optional<Entry> entry = ReadEntry(reply->view().At(i + 1).Text());
    const auto mode = entry ? ParseDedupeMode(entry->mode) : std::nullopt;
    const auto kind = entry ? ParseTargetKind(entry->kind) : std::nullopt;
    if (!mode || !kind) return Unknown(stream);
    streams.push_back({stream, std::string(entry->table), *mode, *kind});
  }
  std::sort(streams.begin(), streams.end(),
            [](const auto& a, const auto& b) { return a.stream < b.stream; });
  return streams;
}

SinkStatus EnsureStream(Connection& connection, const RedisSettings& settings,
                        const StreamTarget& target) {
  if (SinkStatus checked = CheckTarget(settings, target); !checked) return checked;
  const Names names(settings.prefix);
  const std::string entry = EntryOf(target, settings.format);
  const auto reply = connection.Eval(Script::kEnsureStream, {names.Streams(), names.Tables()},
                                     {target.stream, entry, target.table});
  if (!reply) return ToSinkError(reply.error());
  const std::string_view found = reply->view().At(1).Text();
  if (reply->view().At(0).Text() == "owner") {
    return Refuse(TableTakenText(target, found));
  }
  if (found == entry) return {};
  const std::optional<Entry> stored = ReadEntry(found);
  return stored ? Contradicts(target, settings.format, *stored) : Unknown(target.stream);
}

SinkStatus EnsureLayout(Connection& connection, const RedisSettings& settings) {
  const auto reply = connection.Eval(Script::kOpen, {Names(settings.prefix).Meta()},
                                     {kLayout, settings.key_template_text});
  if (!reply) return ToSinkError(reply.error());
  const std::string_view layout = reply->view().At(0).Text();
  const std::string_view key_template = reply->view().At(1).Text();
  if (layout != kLayout) {
    return Refuse("the keys below " + InQuotes(settings.prefix) + " have layout " +
                  InQuotes(layout) + ", this oncegate writes " + InQuotes(kLayout));
  }
  if (key_template == settings.key_template_text) return {};
  return Refuse("the rows were written with key_template = " + InQuotes(key_template) +
                ", the configuration says " + InQuotes(settings.key_template_text) +
                "; go back to the former, or use another prefix");
}

}  // namespace oncegate::redis
