// Zstandard (RFC 8878), one or several frames, with windows of at most 8 MiB.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "server/decode/decompress.h"

namespace oncegate {

boost::system::result<std::string, DecompressError> DecompressZstd(std::string_view bytes,
                                                                   std::size_t bytes_max);

}  // namespace oncegate
