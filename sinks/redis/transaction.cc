#include "sinks/redis/transaction.h"

#include <array>
#include <utility>

namespace oncegate::redis {
namespace {

using Entries = std::vector<const std::pair<const std::string, PendingRow>*>;

/// Those that write a row, then those that delete one, then those that were only read.
struct SortedRows {
  Entries entries;
  std::size_t written = 0;
  std::size_t deleted = 0;
};

SortedRows SortRows(const PendingTable& table) {
  std::array<Entries, 3> parts;
  for (const auto& row : table.rows) {
    const bool is_deleted = row.second.guard && row.second.guard->deleted;
    parts[!row.second.is_written ? 2 : is_deleted ? 1 : 0].push_back(&row);
  }
  SortedRows sorted{{}, parts[0].size(), parts[1].size()};
  for (const Entries& part : parts) {
    sorted.entries.insert(sorted.entries.end(), part.begin(), part.end());
  }
  return sorted;
}

std::string_view TypeOf(RowFormat format) {
  switch (format) {
    case RowFormat::kJson:
      return "string";
    case RowFormat::kHash:
      return "hash";
  }
  return "";
}

std::string FlagsOf(const SortedRows& rows) {
  std::string flags;
  for (std::size_t i = 0; i < rows.written + rows.deleted; ++i) {
    flags.push_back(rows.entries[i]->second.read_guard.empty() ? '0' : '1');
  }
  return flags;
}

class CommitBuilder {
 public:
  CommitBuilder(const RedisSettings& settings, Transaction::CommitCall* call)
      : settings_(settings), names_(settings.prefix), stamp_(NewStamp()), call_(*call) {}

  void AddCatalogue(const std::map<std::string, PendingTable>& tables) {
    call_.keys.Add(names_.Streams());
    call_.arguments.AddNumber(tables.size());
    for (const auto& [name, table] : tables) {
      call_.arguments.Add(table.stream);
      call_.arguments.Add(table.entry);
    }
  }

  void AddTurns(const Transaction::Fields& marks, std::set<std::string> turns) {
    for (const auto& [field, mark] : marks) {
      if (!mark.next.empty()) turns.insert(names_.Turn(field));
    }
    for (const std::string& turn : turns) call_.keys.Add(turn);
    call_.arguments.AddNumber(turns.size());
  }

  void AddRows(const std::string& name, const PendingTable& table) {
    const SortedRows rows = SortRows(table);
    call_.keys.Add(names_.Guards(name));
    AddHeader("0", rows.entries.size());
    call_.arguments.AddNumber(rows.written);
    call_.arguments.Add(TypeOf(settings_.format));
    call_.arguments.Add(FlagsOf(rows));
    call_.arguments.AddNumber(rows.deleted);
    const std::string head = settings_.key_template.HeadOf(name);
    for (std::size_t i = 0; i < rows.written + rows.deleted; ++i) {
      call_.keys.Add(head + rows.entries[i]->first + settings_.key_template.tail());
    }
    for (const auto* row : rows.entries) call_.arguments.Add(row->first);
    for (const auto* row : rows.entries) call_.arguments.Add(row->second.read_guard);
    for (const auto* row : rows.entries) {
      call_.arguments.Add(row->second.is_written ? EncodeGuard(*row->second.guard, stamp_) : "");
    }
    for (std::size_t i = 0; i < rows.written; ++i) AddContent(rows.entries[i]->second.content);
  }

  void AddFields(const std::string& hash, const Transaction::Fields& fields) {
    call_.keys.Add(hash);
    call_.keys.Add(Names::OrderOf(hash));
    AddHeader("1", fields.size());
    for (const std::string_view nothing : {"0", "string", "", "0"}) call_.arguments.Add(nothing);
    for (const auto& [field, pending] : fields) call_.arguments.Add(field);
    for (const auto& [field, pending] : fields) call_.arguments.Add(pending.expected);
    for (const auto& [field, pending] : fields) call_.arguments.Add(pending.next);
  }

 private:
  void AddHeader(std::string_view is_ordered, std::size_t count) {
    call_.arguments.Add(is_ordered);
    call_.arguments.AddNumber(count);
  }

  void AddContent(const std::vector<std::string>& content) {
    if (settings_.format == RowFormat::kHash) call_.arguments.AddNumber(content.size());
    for (const std::string& text : content) call_.arguments.Add(text);
  }

  const RedisSettings& settings_;
  const Names names_;
  const std::string stamp_;
  Transaction::CommitCall& call_;
};

}  // namespace

Transaction::CommitCall Transaction::MakeCommit(const RedisSettings& settings,
                                                std::string_view owner,
                                                const std::set<std::string>& turns) const {
  CommitCall call;
  CommitBuilder builder(settings, &call);
  const Names names(settings.prefix);
  // Marks come last, so that none is there without what it stands for.
  const std::array<std::pair<std::string, const Fields*>, 3> hashes{
      {{names.Ids(), &ids_}, {names.DeadLetters(), &letters_}, {names.Ledger(), &marks_}}};
  std::size_t count = tables_.size();
  for (const auto& [hash, fields] : hashes) count += fields->empty() ? 0 : 1;
  call.arguments.Add(owner);
  builder.AddCatalogue(tables_);
  builder.AddTurns(marks_, turns);
  call.arguments.AddNumber(count);
  for (const auto& [name, table] : tables_) builder.AddRows(name, table);
  for (const auto& [hash, fields] : hashes) {
    if (!fields->empty()) builder.AddFields(hash, *fields);
  }
  return call;
}

}  // namespace oncegate::redis
