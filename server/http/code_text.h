// What a code of one record means, for a person. Pure.
#pragma once

#include <string>

#include "dedupe/types/verdict.h"

namespace oncegate {

/// The result's own text if it has one, else the constant sentence of its code.
std::string DescribeResult(const EventResult& result);

}  // namespace oncegate
