// openapi.yaml as it was when the program was built.
#pragma once

#include <string_view>

namespace oncegate {

std::string_view OpenApiDocument();

}  // namespace oncegate
