// Rows in the binary format of COPY. Pure.
//
//     data    := "PGCOPY\n" 0xff "\r\n" 0x00 | int32 0 | int32 0 | row* | int16 -1
//     row     := int16 count | field*
//     field   := int32 byte length, or -1 for NULL | bytes
//     numeric := int16 digits | int16 weight | int16 0 | int16 0 | digit*
//     digit   := int16, 0 … 9999; the first one counts 10000^weight
//
// Other fields are as in binary.h; all integers are big-endian.
#pragma once

#include <span>
#include <string>

#include "dedupe/types/event.h"

namespace oncegate::postgres {

/// The rows in the order of kRowColumns (document_table.h); a key of the event's own, or NULL.
std::string CopyRows(std::span<const Event* const> rows, WallTime applied_at);

std::string BinaryNumeric(const Version& version);

}  // namespace oncegate::postgres
