#include "server/decode/decompress.h"

#include <gtest/gtest.h>
#include <malloc.h>
#include <zlib.h>
#include <zstd.h>

#include <fstream>
#include <random>
#include <string>

namespace oncegate {
namespace {

constexpr std::size_t kMebibyte = 1024 * 1024;
constexpr std::size_t kBoundBytes = 16 * kMebibyte;

std::string Gzip(std::string_view text) {
  z_stream stream{};
  EXPECT_EQ(deflateInit2(&stream, 6, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
  std::string compressed(deflateBound(&stream, text.size()) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(compressed.data());
  stream.avail_out = static_cast<uInt>(compressed.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  compressed.resize(compressed.size() - stream.avail_out);
  deflateEnd(&stream);
  return compressed;
}

std::string Zstd(std::string_view text, int window_log = 0) {
  ZSTD_CCtx* context = ZSTD_createCCtx();
  if (window_log != 0) ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, window_log);
  std::string compressed(ZSTD_compressBound(text.size()), '\0');
  const std::size_t size =
      ZSTD_compress2(context, compressed.data(), compressed.size(), text.data(), text.size());
  EXPECT_FALSE(ZSTD_isError(size));
  compressed.resize(size);
  ZSTD_freeCCtx(context);
  return compressed;
}

// A stream frame: it does not say how large its content is, so its window is what counts.
std::string ZstdStream(std::string_view text, int window_log) {
  ZSTD_CCtx* context = ZSTD_createCCtx();
  ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, window_log);
  std::string compressed(ZSTD_compressBound(text.size()) + 64, '\0');
  ZSTD_inBuffer input{text.data(), text.size(), 0};
  ZSTD_outBuffer output{compressed.data(), compressed.size(), 0};
  EXPECT_FALSE(ZSTD_isError(ZSTD_compressStream2(context, &output, &input, ZSTD_e_continue)));
  EXPECT_EQ(ZSTD_compressStream2(context, &output, &input, ZSTD_e_end), 0U);
  compressed.resize(output.pos);
  ZSTD_freeCCtx(context);
  return compressed;
}

std::string Compress(ContentCoding coding, std::string_view text) {
  switch (coding) {
    case ContentCoding::kGzip:
      return Gzip(text);
    case ContentCoding::kZstd:
      return Zstd(text);
    case ContentCoding::kIdentity:
      break;
  }
  return std::string(text);
}

// 1 GiB of zeros, made without ever holding it. Behind a full flush the same input gives the same
// bytes again; the checksum at the end is never reached.
std::string GzipBomb() {
  z_stream stream{};
  EXPECT_EQ(deflateInit2(&stream, 9, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
  const std::string zeros(kMebibyte, '\0');
  const auto compress_zeros = [&] {
    std::string compressed(kMebibyte, '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(zeros.data()));
    stream.avail_in = static_cast<uInt>(zeros.size());
    stream.next_out = reinterpret_cast<Bytef*>(compressed.data());
    stream.avail_out = static_cast<uInt>(compressed.size());
    EXPECT_EQ(deflate(&stream, Z_FULL_FLUSH), Z_OK);
    compressed.resize(compressed.size() - stream.avail_out);
    return compressed;
  };
  std::string bomb = compress_zeros();
  const std::string more = compress_zeros();
  for (int i = 1; i < 1024; ++i) bomb += more;
  deflateEnd(&stream);
  return bomb;
}

std::string ZstdBomb() {
  ZSTD_CCtx* context = ZSTD_createCCtx();
  const std::string zeros(kMebibyte, '\0');
  std::string compressed(kMebibyte, '\0');
  ZSTD_outBuffer output{compressed.data(), compressed.size(), 0};
  for (int i = 0; i < 1024; ++i) {
    ZSTD_inBuffer input{zeros.data(), zeros.size(), 0};
    ZSTD_compressStream2(context, &output, &input, i == 1023 ? ZSTD_e_end : ZSTD_e_continue);
  }
  compressed.resize(output.pos);
  ZSTD_freeCCtx(context);
  return compressed;
}

std::string Text(std::size_t size) {
  std::mt19937 random(7);
  std::string text;
  while (text.size() < size) text += "{\"seq\":" + std::to_string(random() % 100000) + "}\n";
  text.resize(size);
  return text;
}

std::string Outcome(ContentCoding coding, std::string_view bytes, std::size_t bytes_max) {
  auto outcome = Decompress(coding, bytes, bytes_max);
  if (outcome) return "done";
  EXPECT_FALSE(outcome.error().detail.empty());
  return outcome.error().fault == DecompressFault::kTooLarge ? "too large" : "malformed";
}

// A size of this process by its name in /proc/self/status: VmRSS, or VmHWM for its highest value.
std::size_t ProcessBytes(const std::string& name) {
  std::ifstream status("/proc/self/status");
  std::string word;
  while (status >> word) {
    if (word == name + ":") {
      std::size_t kibibytes = 0;
      status >> kibibytes;
      return kibibytes * 1024;
    }
  }
  return 0;
}

void ResetPeak() {
  malloc_trim(0);
  std::ofstream("/proc/self/clear_refs") << "5" << std::flush;
  ASSERT_LT(ProcessBytes("VmHWM"), ProcessBytes("VmRSS") + kMebibyte);
}

class Decompression : public testing::TestWithParam<ContentCoding> {};

TEST_P(Decompression, GivesBackWhatWasCompressed) {
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{1}, std::size_t{4095}, std::size_t{4096}, std::size_t{4097},
        std::size_t{300'000}, std::size_t{9'000'000}}) {
    const std::string text = Text(size);
    auto outcome = Decompress(GetParam(), Compress(GetParam(), text), kBoundBytes);
    ASSERT_TRUE(outcome) << size << outcome.error().detail;
    EXPECT_TRUE(*outcome == text) << size;
  }
}

TEST_P(Decompression, EndsExactlyAtTheBound) {
  for (const std::size_t size : {std::size_t{1}, std::size_t{10}, std::size_t{4096},
                                 std::size_t{5000}, kMebibyte, 3 * kMebibyte + 1}) {
    const std::string compressed = Compress(GetParam(), Text(size));
    EXPECT_EQ(Outcome(GetParam(), compressed, size), "done") << size;
    EXPECT_EQ(Outcome(GetParam(), compressed, size - 1), "too large") << size;
    EXPECT_EQ(Outcome(GetParam(), compressed, size + 1), "done") << size;
    EXPECT_EQ(Outcome(GetParam(), compressed, 0), "too large") << size;
  }
}

TEST_P(Decompression, SeveralPartsCountUnderOneBound) {
  const std::string text = Text(1'000'000);
  const std::string part = Compress(GetParam(), text);
  auto outcome = Decompress(GetParam(), part + part + part, 3'000'000);
  ASSERT_TRUE(outcome);
  EXPECT_TRUE(*outcome == text + text + text);
  EXPECT_EQ(Outcome(GetParam(), part + part + part, 2'999'999), "too large");
}

INSTANTIATE_TEST_SUITE_P(Codings, Decompression,
                         testing::Values(ContentCoding::kIdentity, ContentCoding::kGzip,
                                         ContentCoding::kZstd));

class CompressedBytes : public testing::TestWithParam<ContentCoding> {};

TEST_P(CompressedBytes, CutOffAnywhereAreMalformed) {
  const std::string text = Text(5000);
  const std::string compressed = Compress(GetParam(), text);
  const std::string two = compressed + compressed;
  for (std::size_t size = 0; size < compressed.size(); ++size) {
    EXPECT_EQ(Outcome(GetParam(), std::string_view(compressed).substr(0, size), kBoundBytes),
              "malformed")
        << size;
  }
  for (std::size_t size = compressed.size() + 1; size < two.size(); ++size) {
    EXPECT_EQ(Outcome(GetParam(), std::string_view(two).substr(0, size), kBoundBytes), "malformed")
        << size;
  }
}

TEST_P(CompressedBytes, WithGarbageBehindAreMalformed) {
  const std::string compressed = Compress(GetParam(), Text(5000));
  for (const std::string& garbage : {std::string("x"), std::string("\0", 1), std::string(100, '\0'),
                                     std::string("{\"a\":1}"), compressed.substr(1)}) {
    EXPECT_EQ(Outcome(GetParam(), compressed + garbage, kBoundBytes), "malformed");
  }
}

TEST_P(CompressedBytes, AreNotPlainText) {
  EXPECT_EQ(Outcome(GetParam(), "", kBoundBytes), "malformed");
  EXPECT_EQ(Outcome(GetParam(), "[]", kBoundBytes), "malformed");
  EXPECT_EQ(Outcome(GetParam(), Text(5000), kBoundBytes), "malformed");
  const auto other =
      GetParam() == ContentCoding::kGzip ? ContentCoding::kZstd : ContentCoding::kGzip;
  EXPECT_EQ(Outcome(GetParam(), Compress(other, Text(5000)), kBoundBytes), "malformed");
}

TEST_P(CompressedBytes, OfOneGibibyteStayWithinTheBound) {
#ifdef __SANITIZE_THREAD__
  GTEST_SKIP() << "SKIPPED: the sanitizer's own memory hides that of the program";
#endif
  const std::string bomb = GetParam() == ContentCoding::kGzip ? GzipBomb() : ZstdBomb();
  ASSERT_LT(bomb.size(), 2 * kMebibyte);
  ASSERT_NO_FATAL_FAILURE(ResetPeak());
  const std::size_t before = ProcessBytes("VmHWM");
  EXPECT_EQ(Outcome(GetParam(), bomb, kBoundBytes), "too large");
  // The bound, a window of 8 MiB, and what a decompressor needs for itself.
  EXPECT_LT(ProcessBytes("VmHWM") - before, kBoundBytes + 13 * kMebibyte);
}

TEST_P(CompressedBytes, MutatedAtRandomNeverPassTheBound) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE(seed);
  std::mt19937 random(seed);
  const std::string compressed = Compress(GetParam(), Text(20'000));
  for (int round = 0; round < 3000; ++round) {
    std::string mutated = compressed;
    for (unsigned i = random() % 4 + 1; i > 0; --i) {
      mutated[random() % mutated.size()] = static_cast<char>(random());
    }
    auto outcome = Decompress(GetParam(), mutated, 20'000);
    if (outcome) {
      EXPECT_LE(outcome->size(), 20'000U);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Codings, CompressedBytes,
                         testing::Values(ContentCoding::kGzip, ContentCoding::kZstd));

TEST(Gzip, AWrongChecksumIsMalformed) {
  std::string compressed = Gzip(Text(5000));
  compressed[compressed.size() - 8] = static_cast<char>(compressed[compressed.size() - 8] ^ 1);
  EXPECT_EQ(Outcome(ContentCoding::kGzip, compressed, kBoundBytes), "malformed");
}

TEST(Zstd, WindowsBeyondEightMebibytesAreRefused) {
  const std::string text = Text(100'000);
  EXPECT_EQ(Outcome(ContentCoding::kZstd, ZstdStream(text, 23), kBoundBytes), "done");
  EXPECT_EQ(Outcome(ContentCoding::kZstd, ZstdStream(text, 24), kBoundBytes), "malformed");
}

}  // namespace
}  // namespace oncegate
