#include "server/decode/record_fields.h"

#include <string>

namespace oncegate {
namespace {

constexpr std::array<std::string_view, kFieldCount> kNames{
    "producer", "epoch", "seq", "id", "key", "op", "version", "after", "time", "value"};

FieldType TypeOfLiteralOrNumber(std::string_view token) {
  const char first = token.front();
  return first == 't' || first == 'f' || first == 'n' ? FieldType::kOther : FieldType::kNumber;
}

}  // namespace

std::string_view ToString(Field field) { return kNames[static_cast<std::size_t>(field)]; }

std::optional<Field> ParseField(std::string_view name) {
  for (std::size_t i = 0; i < kFieldCount; ++i) {
    if (kNames[i] == name) return static_cast<Field>(i);
  }
  return std::nullopt;
}

bool RecordFields::Read(JsonWalker* walker) {
  entries_.fill({});
  value_hash_ = {};
  walker->StartRecord();
  if (walker->cursor().Peek() != '{') {
    walker->problem().Report(ProblemRank::kShape, Code::kNotAnObject, "a record is a JSON object",
                             nullptr);
    ValueHash hash;
    std::string_view slice;
    return walker->WalkValue(nullptr, &hash, &slice);
  }
  bool more = false;
  walker->Open('}', &more);
  while (more) {
    if (!ReadMember(walker) || !walker->Continue('}', &more)) return false;
  }
  return true;
}

bool RecordFields::ReadMember(JsonWalker* walker) {
  Place place;
  if (!walker->ReadString(nullptr, &place.name) || !walker->Expect(':', "expected :")) return false;
  const std::optional<Field> field = ParseField(place.name);
  if (!field) return ReadUnknown(walker, &place);
  if (Has(*field)) {
    walker->problem().Report(ProblemRank::kJson, Code::kDuplicateMember,
                             "member " + Quoted(place.name) + " occurs twice", &place);
  }
  return ReadKnown(walker, *field, &place);
}

bool RecordFields::ReadUnknown(JsonWalker* walker, const Place* place) {
  if (walker->problem().Takes(ProblemRank::kUnknownField)) {
    walker->problem().Report(ProblemRank::kUnknownField, Code::kUnknownField,
                             "unknown field " + Quoted(place->name), place);
  }
  ValueHash hash;
  std::string_view slice;
  return walker->WalkValue(place, &hash, &slice);
}

bool RecordFields::ReadKnown(JsonWalker* walker, Field field, const Place* place) {
  Entry& entry = entries_[static_cast<std::size_t>(field)];
  entry.type = FieldType::kOther;
  if (field == Field::kValue) return walker->WalkValue(place, &value_hash_, &entry.text);
  switch (walker->cursor().Peek()) {
    case '"':
      entry.type = FieldType::kString;
      return walker->ReadString(place, &entry.text);
    case '{':
    case '[': {
      ValueHash hash;
      return walker->WalkValue(place, &hash, &entry.text);
    }
    default:
      if (!walker->ReadLiteralOrNumber(&entry.text)) return false;
      entry.type = TypeOfLiteralOrNumber(entry.text);
      return true;
  }
}

}  // namespace oncegate
