// The three streams of a process, handed in so that commands can be tested.
#pragma once

#include <istream>
#include <ostream>

namespace oncegate {

struct ProgramStreams {
  std::istream* input;
  std::ostream* output;
  std::ostream* error;
};

}  // namespace oncegate
