// Names of tables in databases.
#pragma once

#include <string>
#include <string_view>

namespace oncegate {

/// What is wrong with a table's name, `table` or `schema.table`; empty if nothing is.
std::string TableNameFault(std::string_view table);

}  // namespace oncegate
