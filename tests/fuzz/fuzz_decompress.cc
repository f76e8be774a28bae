// The output never exceeds its bound, does not depend on it, and is what was compressed; what is
// cut off is refused.
#include <zlib.h>
#include <zstd.h>

#include <string>

#include "dedupe/types/check.h"
#include "server/decode/decompress.h"
#include "tests/fuzz/input.h"
#include "tests/fuzz/targets.h"

namespace oncegate::fuzz {
namespace {

constexpr std::size_t kBoundBytes = 256 * 1024;

std::string Gzip(std::string_view text, int level) {
  constexpr int kGzipWindowBits = MAX_WBITS + 16;
  constexpr int kMemoryLevel = 8;
  z_stream stream{};
  CHECK(deflateInit2(&stream, level, Z_DEFLATED, kGzipWindowBits, kMemoryLevel,
                     Z_DEFAULT_STRATEGY) == Z_OK);
  std::string bytes(deflateBound(&stream, text.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(bytes.data());
  stream.avail_out = static_cast<uInt>(bytes.size());
  CHECK(deflate(&stream, Z_FINISH) == Z_STREAM_END);
  bytes.resize(stream.total_out);
  deflateEnd(&stream);
  return bytes;
}

std::string Zstd(std::string_view text, int level) {
  std::string bytes(ZSTD_compressBound(text.size()), '\0');
  const std::size_t size =
      ZSTD_compress(bytes.data(), bytes.size(), text.data(), text.size(), level);
  CHECK(ZSTD_isError(size) == 0);
  bytes.resize(size);
  return bytes;
}

/// Bytes of a stranger.
void CheckForeign(ContentCoding coding, std::string_view bytes) {
  const auto text = Decompress(coding, bytes, kBoundBytes);
  if (!text) {
    CHECK(!text.error().detail.empty());
    return;
  }
  CHECK(text->size() <= kBoundBytes);
  const auto exactly = Decompress(coding, bytes, text->size());
  CHECK(exactly && *exactly == *text);
  if (text->empty()) return;
  const auto bounded = Decompress(coding, bytes, text->size() - 1);
  CHECK(!bounded && bounded.error().fault == DecompressFault::kTooLarge);
}

/// Our own bytes of `text`, as one member and as two.
void CheckRoundTrip(ContentCoding coding, std::string_view text, const std::string& bytes,
                    std::size_t cut) {
  const auto back = Decompress(coding, bytes, kBoundBytes);
  CHECK(back && *back == text);
  const auto twice = Decompress(coding, bytes + bytes, kBoundBytes);
  CHECK(twice && *twice == std::string(text).append(text));
  const auto cut_off = Decompress(coding, bytes.substr(0, cut % bytes.size()), kBoundBytes);
  CHECK(!cut_off && cut_off.error().fault == DecompressFault::kMalformed);
}

}  // namespace

void FuzzDecompress(std::string_view input) {
  Input choices(input);
  const std::size_t choice = choices.Below(4);
  const std::size_t cut = choices.Byte();
  const int level = 1 + static_cast<int>(choices.Below(3));
  const std::string_view rest = choices.Rest().substr(0, kBoundBytes / 2);
  switch (choice) {
    case 0:
      return CheckForeign(ContentCoding::kGzip, rest);
    case 1:
      return CheckForeign(ContentCoding::kZstd, rest);
    case 2:
      return CheckRoundTrip(ContentCoding::kGzip, rest, Gzip(rest, level), cut);
    case 3:
      return CheckRoundTrip(ContentCoding::kZstd, rest, Zstd(rest, level), cut);
  }
}

}  // namespace oncegate::fuzz
