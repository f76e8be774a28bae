// Times as text of fixed width, so that text order is time order. Pure.
#pragma once

#include <array>
#include <string_view>

#include "dedupe/types/identity.h"

namespace oncegate::sqlite {

/// "2026-01-31T12:00:00.123456Z", without a terminating NUL. Precondition: years 0000-9999.
using TimeText = std::array<char, 27>;
TimeText FormatTime(WallTime time);

inline std::string_view ViewOf(const TimeText& text) { return {text.data(), text.size()}; }

}  // namespace oncegate::sqlite
