// Rows in the text format of COPY, columns as kRowColumns (document_table.h) says. Pure.
#pragma once

#include <span>
#include <string>

#include "dedupe/types/event.h"

namespace oncegate::postgres {

std::string ToCopyText(std::span<const Event* const> rows);

}  // namespace oncegate::postgres
