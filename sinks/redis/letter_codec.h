// A dead letter as the value of its field. Pure.
//
//     letter = stamp (16 characters, never the same for two writes) *text
//     text   = decimal length ":" bytes
//
// The texts are, in this order: stream, producer, epoch, seq, event_id, key, key_is_default, op,
// version, event_time, value, verdict, code, detail, written_at. Numbers are decimal digits, times
// microseconds since 1970; what there is none of is empty.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "sinks/dead_letter.h"

namespace oncegate::redis {

inline constexpr std::size_t kLetterStampBytes = 16;

std::string EncodeLetter(const DeadLetter& letter, std::string_view stamp);
/// Empty where the bytes are no letter.
std::optional<DeadLetter> DecodeLetter(std::string_view id, std::string_view bytes);

}  // namespace oncegate::redis
