#include "server/decode/zstd.h"

#include <zstd.h>

#include <memory>

#include "dedupe/types/check.h"
#include "server/decode/bounded_output.h"

namespace oncegate {
namespace {

constexpr int kWindowLogMax = 23;  // 8 MiB, what RFC 8878 recommends that decoders support.

struct FreeContext {
  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};
using Context = std::unique_ptr<ZSTD_DCtx, FreeContext>;

Context MakeContext() {
  Context context(ZSTD_createDCtx());
  CHECK(context != nullptr);
  CHECK(!ZSTD_isError(ZSTD_DCtx_setParameter(context.get(), ZSTD_d_windowLogMax, kWindowLogMax)));
  return context;
}

}  // namespace

boost::system::result<std::string, DecompressError> DecompressZstd(std::string_view bytes,
                                                                   std::size_t bytes_max) {
  if (bytes.empty()) return Malformed("the zstd data is cut off");
  BoundedOutput output(bytes.size(), bytes_max);
  const Context context = MakeContext();
  ZSTD_inBuffer input{bytes.data(), bytes.size(), 0};
  while (true) {
    const BoundedOutput::Room room = output.MakeRoom();
    ZSTD_outBuffer chunk{room.begin, room.size, 0};
    const std::size_t left = ZSTD_decompressStream(context.get(), &chunk, &input);
    if (ZSTD_isError(left)) {
      return Malformed(std::string("this can not be read as zstd data: ") +
                       ZSTD_getErrorName(left));
    }
    output.Filled(chunk.pos);
    if (output.IsTooLarge()) return TooLarge(bytes_max);
    if (input.pos < input.size) continue;
    if (left == 0) return output.Take();  // At the end of a frame.
    if (chunk.pos < chunk.size) return Malformed("the zstd data is cut off");
  }
}

}  // namespace oncegate
