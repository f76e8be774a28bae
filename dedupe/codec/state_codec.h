// ProducerState <-> bytes, as stored in the ledger and in the index. The grammar stands at the top
// of state_codec.cc and in docs/format.md; the first byte is the format version, the last four a
// checksum. Old versions stay readable for ever.
#pragma once

#include <string>
#include <string_view>

#include "dedupe/types/producer_state.h"
#include "dedupe/types/result.h"

namespace oncegate {

/// Precondition: state.known.
std::string EncodeState(const ProducerState& state);

/// Fails on an unknown version, a wrong checksum, trailing bytes, or ranges that break the
/// invariant of Window. Never reads out of bounds, whatever the bytes.
Result<ProducerState> DecodeState(std::string_view bytes);

}  // namespace oncegate
