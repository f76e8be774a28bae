// Compressed bodies for tests.
#pragma once

#include <string>
#include <string_view>

namespace oncegate::e2e {

std::string Gzip(std::string_view text);
std::string Zstd(std::string_view text);

}  // namespace oncegate::e2e
