// Unsigned integers in 7-bit groups, lowest first, as in LevelDB and Protocol Buffers: one byte
// below 128, ten bytes at most. Only the shortest form is read, so that equal values are equal
// bytes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace oncegate {

void AppendVarint(std::uint64_t value, std::string* bytes);

/// Takes one varint off the front of *bytes. False, with both untouched, if the bytes end within
/// it, it is not the shortest form, or it exceeds 64 bits.
bool ReadVarint(std::string_view* bytes, std::uint64_t* value);

}  // namespace oncegate
