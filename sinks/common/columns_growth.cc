#include "sinks/common/columns_growth.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>

namespace oncegate {
namespace {

constexpr std::size_t kNameBytesMax = 63;

/// Names that Postgres, SQLite or InnoDB give to columns of their own.
constexpr std::array<std::string_view, 14> kSystemNames{
    "cmax", "cmin", "ctid",      "oid",       "rowid",       "_rowid_",       "tableoid",
    "xmax", "xmin", "db_row_id", "db_trx_id", "db_roll_ptr", "db_row_hash_1", "fts_doc_id"};

/// Such names mean the same with and without quotes, in every database.
bool IsPlainName(std::string_view name) {
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; };
  return !name.empty() && name.size() <= kNameBytesMax && is_letter(name.front()) &&
         std::all_of(name.begin(), name.end(),
                     [&](char c) { return is_letter(c) || (c >= '0' && c <= '9'); }) &&
         std::find(kSystemNames.begin(), kSystemNames.end(), name) == kSystemNames.end();
}

bool IsInteger(std::string_view token) {
  std::int64_t number = 0;
  const char* const end = token.data() + token.size();
  const auto [rest, error] = std::from_chars(token.data(), end, number);
  return error == std::errc() && rest == end;
}

/// Of a value that is not null.
ColumnKind ColumnKindOf(std::string_view value) {
  switch (KindOf(value)) {
    case JsonKind::kBoolean:
      return ColumnKind::kBoolean;
    case JsonKind::kNumber:
      return IsInteger(value) ? ColumnKind::kInteger : ColumnKind::kNumber;
    case JsonKind::kObject:
    case JsonKind::kArray:
      return ColumnKind::kJson;
    case JsonKind::kNull:
    case JsonKind::kString:
      break;
  }
  return ColumnKind::kText;
}

/// What holds values of both kinds.
ColumnKind Join(ColumnKind left, ColumnKind right) {
  const auto is_number = [](ColumnKind kind) {
    return kind == ColumnKind::kInteger || kind == ColumnKind::kNumber;
  };
  if (left == right) return left;
  return is_number(left) && is_number(right) ? ColumnKind::kNumber : ColumnKind::kText;
}

}  // namespace

void ColumnRefusals::Add(const StreamTarget& target, const NewColumn& column, std::string reason) {
  next_[{target.stream, column.name}] = std::move(reason);
}

void ColumnRefusals::OnBegin() { now_ = std::exchange(next_, {}); }

const std::string* ColumnRefusals::Find(std::string_view stream, std::string_view column) const {
  if (now_.empty()) return nullptr;
  const auto found = now_.find({std::string(stream), std::string(column)});
  return found == now_.end() ? nullptr : &found->second;
}

bool ColumnGrowth::MayHaveColumn(const std::string& name, std::size_t asked_for) const {
  if (!target_.columns.auto_evolve || !IsPlainName(name)) return false;
  if (kinds_.contains(name)) return true;
  return shape_.names.size() + asked_for < kTableColumnsMax &&
         !std::binary_search(shape_.names.begin(), shape_.names.end(), name);
}

std::string ColumnGrowth::Take(ColumnsRow* row) {
  std::vector<std::size_t> unknown;
  std::map<std::string, ColumnKind, std::less<>> wanted = kinds_;
  for (const std::size_t m : row->unknown_members) {
    const JsonMember& member = row->members[m];
    const bool is_null = KindOf(member.value) == JsonKind::kNull;
    if (MayHaveColumn(member.name, wanted.size())) {
      const std::string* const refused = refusals_.Find(target_.stream, member.name);
      if (refused != nullptr && !is_null) {
        return "field \"" + member.name + "\" has no column, and none can be added: " + *refused;
      }
      if (is_null) {
        // It says what a row without the column says, too.
        if (target_.columns.unknown_fields == UnknownFields::kColumn) unknown.push_back(m);
        continue;
      }
      const ColumnKind kind = ColumnKindOf(member.value);
      const auto [place, is_new] = wanted.try_emplace(member.name, kind);
      if (!is_new) place->second = Join(place->second, kind);
      continue;
    }
    if (target_.columns.unknown_fields == UnknownFields::kReject) {
      return "field \"" + member.name + "\" has no column that events may write";
    }
    unknown.push_back(m);
  }
  row->unknown_members = std::move(unknown);
  kinds_ = std::move(wanted);
  return "";
}

std::vector<NewColumn> ColumnGrowth::columns() const {
  std::vector<NewColumn> columns;
  for (const auto& [name, kind] : kinds_) columns.push_back({name, kind});
  return columns;
}

}  // namespace oncegate
