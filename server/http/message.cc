#include "server/http/message.h"

#include "server/http/ascii.h"

namespace oncegate {

void HeaderList::Reserve(std::size_t fields, std::size_t bytes) {
  entries_.reserve(fields);
  bytes_.reserve(bytes);
}

void HeaderList::Add(std::string_view name, std::string_view value) {
  Entry entry;
  entry.name_at = static_cast<std::uint32_t>(bytes_.size());
  entry.name_size = static_cast<std::uint32_t>(name.size());
  bytes_.append(name);
  entry.value_at = static_cast<std::uint32_t>(bytes_.size());
  entry.value_size = static_cast<std::uint32_t>(value.size());
  bytes_.append(value);
  entries_.push_back(entry);
}

HeaderList::Field HeaderList::operator[](std::size_t i) const {
  const Entry& entry = entries_[i];
  const std::string_view bytes = bytes_;
  return {bytes.substr(entry.name_at, entry.name_size),
          bytes.substr(entry.value_at, entry.value_size)};
}

bool HeaderList::IsNamed(const Entry& entry, std::string_view name) const {
  // A request is asked for about twenty names; nearly all differ in size.
  return entry.name_size == name.size() &&
         EqualsIgnoreCase({bytes_.data() + entry.name_at, entry.name_size}, name);
}

std::optional<std::string_view> HeaderList::Find(std::string_view name) const {
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    if (IsNamed(entries_[i], name)) return (*this)[i].value;
  }
  return std::nullopt;
}

std::size_t HeaderList::Count(std::string_view name) const {
  std::size_t count = 0;
  for (const Entry& entry : entries_) count += IsNamed(entry, name) ? 1 : 0;
  return count;
}

}  // namespace oncegate
