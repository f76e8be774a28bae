#include "sinks/redis/dead_letters.h"

#include <algorithm>
#include <utility>

#include "sinks/redis/indexed_hash.h"
#include "sinks/redis/letter_codec.h"

namespace oncegate::redis {
namespace {

constexpr std::uint32_t kPage = 1'000;

/// Whether the letter is there as the transaction leaves it.
bool IsThere(const PendingField& letter) {
  return letter.next.empty() ? !letter.expected.empty() : letter.next != kRemoved;
}

bool Holds(std::span<const std::string> names, const std::string& name) {
  return !name.empty() && std::find(names.begin(), names.end(), name) != names.end();
}

bool Owns(const DeadLetterOwners& owners, const DeadLetter& letter) {
  const bool is_in_range = !letter.sequence || letter.sequence->value <= owners.through_sequence;
  return (is_in_range && Holds(owners.producers, letter.producer)) ||
         Holds(owners.event_ids, letter.event_id);
}

}  // namespace

SinkResult<std::vector<std::optional<std::string>>> DeadLetters::Look(
    std::span<const std::string> ids, Transaction::Fields* pending) {
  auto values = ReadFields(connection_, names_.DeadLetters(), ids);
  if (!values) return ToSinkError(values.error());
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const std::string stamp = (*values)[i].value_or("").substr(0, kLetterStampBytes);
    pending->try_emplace(ids[i], PendingField{stamp, ""});
  }
  return std::move(*values);
}

SinkResult<DeadLetter> DeadLetters::Decode(const std::string& id, const std::string& bytes) const {
  std::optional<DeadLetter> letter = DecodeLetter(id, bytes);
  if (letter) return std::move(*letter);
  return SinkError{SinkErrorClass::kConnection,
                   "the dead letter " + id + " in " + names_.DeadLetters() + " can not be read",
                   ""};
}

SinkResult<std::uint64_t> DeadLetters::Write(std::span<const DeadLetter> letters,
                                             std::size_t letter_bytes_max,
                                             Transaction::Fields* pending) {
  std::vector<std::string> ids;
  for (const DeadLetter& letter : letters) ids.push_back(letter.id);
  if (const auto looked = Look(ids, pending); !looked) return looked.error();
  std::uint64_t fresh = 0;
  for (const DeadLetter& letter : letters) {
    PendingField& field = pending->at(letter.id);
    if (IsThere(field)) continue;
    field.next = EncodeLetter(letter, NewStamp());
    if (field.next.size() > letter_bytes_max) {
      return SinkError{
          SinkErrorClass::kStream,
          "the dead letter " + letter.id + " is longer than the server's proto-max-bulk-len", ""};
    }
    ++fresh;
  }
  return fresh;
}

SinkResult<std::vector<DeadLetter>> DeadLetters::Read(std::span<const std::string> ids,
                                                      Transaction::Fields* pending) {
  const auto values = Look(ids, pending);
  if (!values) return values.error();
  std::vector<DeadLetter> letters;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const PendingField& field = pending->at(ids[i]);
    if (!IsThere(field)) continue;
    auto letter = Decode(ids[i], field.next.empty() ? (*values)[i].value_or("") : field.next);
    if (!letter) return letter.error();
    letters.push_back(std::move(*letter));
  }
  return letters;
}

SinkResult<std::uint64_t> DeadLetters::Delete(std::span<const std::string> ids,
                                              Transaction::Fields* pending) {
  if (const auto looked = Look(ids, pending); !looked) return looked.error();
  std::uint64_t deleted = 0;
  for (const std::string& id : ids) {
    PendingField& field = pending->at(id);
    if (!IsThere(field)) continue;
    field.next = field.expected.empty() ? "" : kRemoved;
    ++deleted;
  }
  return deleted;
}

SinkResult<std::uint64_t> DeadLetters::Forget(const DeadLetterOwners& owners,
                                              Transaction::Fields* pending) {
  std::vector<std::string> owned;
  std::vector<DeadLetter> page;
  std::string after;
  do {
    auto listed = List({owners.stream, after, kPage});
    if (!listed) return listed.error();
    page = std::move(*listed);
    for (const DeadLetter& letter : page) {
      if (Owns(owners, letter)) owned.push_back(letter.id);
    }
    if (!page.empty()) after = page.back().id;
  } while (page.size() == kPage);
  return Delete(owned, pending);
}

SinkResult<std::vector<DeadLetter>> DeadLetters::List(const DeadLetterQuery& query) {
  const std::string prefix = query.stream.empty() ? "" : Names::Field(query.stream, "");
  std::string after(query.after);
  std::vector<DeadLetter> letters;
  // As with marks, a field without a value must not make a page short.
  while (letters.size() < query.limit) {
    const auto limit = static_cast<std::uint32_t>(query.limit - letters.size());
    const auto ids = ListFields(connection_, names_.DeadLetters(), {prefix, after, limit});
    if (!ids) return ToSinkError(ids.error());
    const auto values = ReadFields(connection_, names_.DeadLetters(), *ids);
    if (!values) return ToSinkError(values.error());
    for (std::size_t i = 0; i < ids->size(); ++i) {
      if (!(*values)[i]) continue;
      auto letter = Decode((*ids)[i], *(*values)[i]);
      if (!letter) return letter.error();
      letters.push_back(std::move(*letter));
    }
    if (ids->size() < limit) break;
    after = ids->back();
  }
  return letters;
}

}  // namespace oncegate::redis
