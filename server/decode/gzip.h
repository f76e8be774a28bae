// gzip (RFC 1952), one or several members; each member's checksum and length are verified.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "server/decode/decompress.h"

namespace oncegate {

boost::system::result<std::string, DecompressError> DecompressGzip(std::string_view bytes,
                                                                   std::size_t bytes_max);

}  // namespace oncegate
