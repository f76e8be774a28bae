// FrameCompressor: text -> one zstd frame (RFC 8878) with its size and checksum. A file of such
// frames is a zstd file. One thread at a time.
#pragma once

#include <memory>
#include <string>
#include <string_view>

struct ZSTD_CCtx_s;

namespace oncegate::files {

/// Above it zstd needs windows that readers refuse by default.
inline constexpr int kCompressionLevelMax = 19;

class FrameCompressor {
 public:
  /// `level`: 1 … kCompressionLevelMax.
  explicit FrameCompressor(int level);

  /// The view is valid until the next call.
  std::string_view Compress(std::string_view text);

 private:
  struct Free {
    void operator()(ZSTD_CCtx_s* context) const;
  };

  std::unique_ptr<ZSTD_CCtx_s, Free> context_;
  std::string frame_;
};

}  // namespace oncegate::files
