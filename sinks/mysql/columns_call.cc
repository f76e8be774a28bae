#include "sinks/mysql/columns_call.h"

#include <algorithm>
#include <charconv>
#include <tuple>
#include <unordered_map>

#include "dedupe/types/check.h"
#include "sinks/mysql/document_table.h"
#include "sinks/mysql/row_guard.h"
#include "sinks/mysql/row_isolation.h"

namespace oncegate::mysql {
namespace {

/// Of a parameter besides its bytes.
constexpr std::size_t kParameterBytes = 16;

std::int64_t IntegerOf(std::string_view digits) {
  std::int64_t number = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return number;
}

void AddValue(const ColumnValue& value, Parameters* parameters) {
  if (value.is_null) return parameters->AddNull(value.kind);
  if (value.kind == ParameterKind::kBytes) return parameters->AddBytes(value.bytes());
  parameters->AddText(value.bytes());
}

/// Equal for equal keys.
void AppendKeyPart(std::string_view part, std::string* key) {
  *key += std::to_string(part.size());
  key->push_back(':');
  *key += part;
}

}  // namespace

MysqlStatus ColumnsCall::Write(std::span<const Event* const> events,
                               const std::vector<ColumnsRowValues>& values, RowsOutcome* outcome) {
  events_ = events;
  values_ = &values;
  outcome_ = outcome;
  is_there_.assign(events.size(), false);
  steps_.assign(events.size(), WriteStep::kInsert);
  Places winners;
  for (std::uint32_t i = 0; i < events.size(); ++i) {
    if (outcome->effects[i] == RowEffect::kWritten) winners.push_back(i);
  }
  if (const MysqlStatus looked = Look(winners); !looked) return looked.error();
  const WritePlaces write = [this](std::span<const std::uint32_t> places, std::size_t* written) {
    return WriteSome(places, written);
  };
  const Places places = Plan(winners);
  if (const MysqlStatus done = WriteIsolated(places, write, &outcome->bad); !done) {
    return done.error();
  }
  if (const MysqlStatus tried = TryBadRowsAgain(write, &outcome->bad); !tried) return tried.error();
  std::sort(outcome->bad.begin(), outcome->bad.end(),
            [](const BadRow& left, const BadRow& right) { return left.row < right.row; });
  return {};
}

MysqlStatus ColumnsCall::Look(std::span<const std::uint32_t> places) {
  const BlockStatement standing = StandingSql(table_, number_);
  const ColumnsShape& shape = table_.shape;
  while (!places.empty()) {
    const auto part = places.first(std::min(places.size(), standing.rows_max));
    const std::size_t size = ListBlock(part.size());
    Parameters parameters;
    std::unordered_map<std::string, std::uint32_t> places_by_key;
    for (std::size_t i = 0; i < size; ++i) {
      const std::uint32_t place = part[std::min(i, part.size() - 1)];
      AddKey(place, &parameters);
      std::string key;
      for (const ColumnValue& value : (*values_)[place].keys) AppendKeyPart(value.bytes(), &key);
      places_by_key[key] = place;
    }
    const auto rows = connection_.Execute(standing.Of(size), parameters);
    if (!rows) return rows.error();
    for (std::size_t row = 0; row < rows->size(); ++row) {
      std::string key;
      for (std::size_t i = 0; i < shape.keys.size(); ++i) {
        const bool is_integer = shape.key_types[i] == KeyType::kInteger;
        std::string text =
            is_integer ? std::to_string(rows->Integer(row, i)) : std::string(rows->Bytes(row, i));
        // Such columns take texts for the same that differ in spaces at their end, and no key of
        // an event has any.
        if (shape.key_types[i] == KeyType::kPaddedText) {
          text.erase(text.find_last_not_of(' ') + 1);
        }
        AppendKeyPart(text, &key);
      }
      const auto found = places_by_key.find(key);
      CHECK(found != places_by_key.end());
      Take(*rows, row, found->second);
    }
    places = places.subspan(part.size());
  }
  return {};
}

void ColumnsCall::Take(const QueryRows& rows, std::size_t row, std::uint32_t place) {
  is_there_[place] = true;
  const std::size_t version = table_.shape.keys.size();
  if (!table_.shape.version || rows.IsNull(row, version)) return;
  if (IsHigher(rows.Bytes(row, version), *events_[place]->version)) {
    outcome_->effects[place] = RowEffect::kNewerExists;
  }
}

Places ColumnsCall::Plan(const Places& winners) {
  const WriteStep over = table_.key_index == "PRIMARY" ? WriteStep::kReplace : WriteStep::kUpdate;
  Places places;
  for (const std::uint32_t place : winners) {
    if (outcome_->effects[place] != RowEffect::kWritten) continue;
    const bool is_delete = events_[place]->operation == Operation::kDelete;
    if (is_delete && !is_there_[place]) continue;
    if (is_delete) {
      steps_[place] = WriteStep::kDelete;
    } else {
      steps_[place] = is_there_[place] ? over : WriteStep::kInsert;
    }
    places.push_back(place);
  }
  // Such that rows of one statement stand together.
  std::stable_sort(places.begin(), places.end(), [this](std::uint32_t left, std::uint32_t right) {
    return std::tie(steps_[left], (*values_)[left].sent_fields) <
           std::tie(steps_[right], (*values_)[right].sent_fields);
  });
  return places;
}

bool ColumnsCall::AreAlike(std::uint32_t left, std::uint32_t right) const {
  return steps_[left] == steps_[right] &&
         (*values_)[left].sent_fields == (*values_)[right].sent_fields;
}

MysqlStatus ColumnsCall::WriteSome(std::span<const std::uint32_t> places, std::size_t* written) {
  while (*written < places.size()) {
    const auto rest = places.subspan(*written);
    const auto other = std::find_if(rest.begin(), rest.end(), [&](std::uint32_t place) {
      return !AreAlike(place, rest.front());
    });
    std::size_t part = 0;
    const MysqlStatus done =
        WriteRun(rest.first(static_cast<std::size_t>(other - rest.begin())), &part);
    *written += part;
    if (!done) return done.error();
  }
  return {};
}

MysqlStatus ColumnsCall::WriteRun(std::span<const std::uint32_t> places, std::size_t* written) {
  switch (steps_[places.front()]) {
    case WriteStep::kDelete:
    case WriteStep::kReplace:
      return WriteBlocks(connection_, StatementOf(places.front()), Source(), places, written);
    case WriteStep::kUpdate:
      for (const std::uint32_t place : places) {
        if (const MysqlStatus updated = Update(place); !updated) return updated.error();
        ++*written;
      }
      break;
    case WriteStep::kInsert:
      return Insert(places, written);
  }
  return {};
}

MysqlStatus ColumnsCall::Insert(std::span<const std::uint32_t> places, std::size_t* written) {
  const MysqlStatus done =
      WriteBlocks(connection_, StatementOf(places.front()), Source(), places, written);
  if (done || !IsDuplicate(done.error())) return done;
  const auto suspects = places.subspan(*written, std::min(kBlockRowsMax, places.size() - *written));
  if (const MysqlStatus looked = Look(suspects); !looked) return looked.error();
  const bool met = std::any_of(suspects.begin(), suspects.end(),
                               [this](std::uint32_t place) { return is_there_[place]; });
  // Any other duplicate is one of another unique index.
  return met ? Restart("somebody else has inserted the row meanwhile") : done;
}

MysqlStatus ColumnsCall::Update(std::uint32_t place) {
  Parameters parameters;
  AddRow(place, &parameters);
  const auto updated = connection_.Execute(StatementOf(place).Of(1), parameters);
  if (!updated) return updated.error();
  // Counted are rows that changed. One that is gone went with another row (ON DELETE CASCADE).
  if (updated->affected() > 0) return {};
  is_there_[place] = false;
  if (const MysqlStatus looked = Look({&place, 1}); !looked) return looked.error();
  if (is_there_[place]) return {};
  steps_[place] = WriteStep::kInsert;
  std::size_t written = 0;
  return Insert({&place, 1}, &written);
}

BlockStatement ColumnsCall::StatementOf(std::uint32_t place) const {
  return WriteSql(target_, table_, number_, steps_[place], (*values_)[place].sent_fields);
}

RowSource ColumnsCall::Source() const {
  return {[this](std::uint32_t place, Parameters* parameters) { AddRow(place, parameters); },
          [this](std::uint32_t place) { return BytesOf(place); }};
}

void ColumnsCall::AddRow(std::uint32_t place, Parameters* parameters) const {
  switch (steps_[place]) {
    case WriteStep::kDelete:
      if (table_.shape.version && target_.columns.deletes == DeleteKind::kSoft) {
        parameters->AddVersion(events_[place]->version);
      }
      return AddKey(place, parameters);
    case WriteStep::kUpdate:
      AddFields(place, parameters);
      return AddKey(place, parameters);
    case WriteStep::kReplace:
    case WriteStep::kInsert:
      AddKey(place, parameters);
      return AddFields(place, parameters);
  }
}

void ColumnsCall::AddKey(std::uint32_t place, Parameters* parameters) const {
  const std::vector<ColumnValue>& keys = (*values_)[place].keys;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (table_.shape.key_types[i] == KeyType::kInteger) {
      parameters->AddInteger(IntegerOf(keys[i].bytes()));
    } else {
      AddValue(keys[i], parameters);
    }
  }
}

void ColumnsCall::AddFields(std::uint32_t place, Parameters* parameters) const {
  const ColumnsRowValues& values = (*values_)[place];
  for (std::size_t i = 0; i < values.fields.size(); ++i) {
    if (values.sent_fields[i] == kSent) AddValue(values.fields[i], parameters);
  }
  if (table_.shape.version) parameters->AddVersion(events_[place]->version);
  if (table_.shape.unknown) AddValue(values.unknown, parameters);
}

std::size_t ColumnsCall::BytesOf(std::uint32_t place) const {
  return BytesOfRow(*events_[place]) + kParameterBytes * (*values_)[place].fields.size();
}

}  // namespace oncegate::mysql
