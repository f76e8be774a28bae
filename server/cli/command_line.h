// Reads the command line. Pure: prints nothing and ends nothing.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "server/cli/commands.h"

namespace oncegate {

struct ParsedCommandLine {
  std::optional<Command> command;  // Absent: print the texts and leave with exit_status.
  int exit_status = 0;
  std::string output;  // For standard output: help.
  std::string error;   // For standard error: wrong usage.
};

/// `arguments` without the program's name.
ParsedCommandLine ParseCommandLine(const std::vector<std::string>& arguments);

}  // namespace oncegate
