// The rows that every contestant writes: the same keys and the same values.
#pragma once

#include <cstdint>
#include <string>

namespace oncegate {

/// A distinct key per number, in no particular order of bytes.
std::string RowKey(std::uint64_t number);
/// A JSON object of about 150 bytes without white space.
std::string RowValue(std::uint64_t number);
/// The same with a note that brings it to about `bytes`, of text that hardly compresses.
std::string RowValue(std::uint64_t number, std::uint32_t bytes);

}  // namespace oncegate
