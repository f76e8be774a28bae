#include "sinks/files/frame.h"

#include <zstd.h>

#include "dedupe/types/check.h"

namespace oncegate::files {

void FrameCompressor::Free::operator()(ZSTD_CCtx_s* context) const { ZSTD_freeCCtx(context); }

FrameCompressor::FrameCompressor(int level) : context_(ZSTD_createCCtx()) {
  CHECK(context_ != nullptr);
  ZSTD_CCtx_s* const context = context_.get();
  CHECK(ZSTD_isError(ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, level)) == 0);
  CHECK(ZSTD_isError(ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1)) == 0);
}

std::string_view FrameCompressor::Compress(std::string_view text) {
  frame_.resize(ZSTD_compressBound(text.size()));
  // With room for the worst case it fails for lack of memory alone.
  const std::size_t size =
      ZSTD_compress2(context_.get(), frame_.data(), frame_.size(), text.data(), text.size());
  CHECK(ZSTD_isError(size) == 0);
  return std::string_view(frame_).substr(0, size);
}

}  // namespace oncegate::files
