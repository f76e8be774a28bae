// From the bytes of a request to events; the hash of every value included where fingerprints are
// on. The argument is the number of records of the request.
#include "server/decode/decode.h"

#include <benchmark/benchmark.h>
#include <zlib.h>

#include <utility>

#include "bench/micro/inputs.h"
#include "dedupe/types/check.h"
#include "server/decode/decompress.h"

namespace oncegate::bench {
namespace {

void DecodeRepeatedly(benchmark::State& run, BodyFormat format, std::string body,
                      bool fingerprints) {
  const std::size_t body_bytes = body.size();
  const std::shared_ptr<Batch> first = BatchOf({});
  auto spec = std::make_shared<StreamSpec>(*first->stream);
  spec->fingerprints = fingerprints;
  for (auto _ : run) {
    // A fresh batch, as every request has one; the bytes are handed on, not copied.
    Batch batch;
    batch.stream = spec;
    batch.body = std::move(body);
    Decode(format, &batch);
    body = std::move(batch.body);
  }
  run.SetItemsProcessed(run.iterations() * run.range(0));
  run.SetBytesProcessed(run.iterations() * static_cast<std::int64_t>(body_bytes));
}

BodyShape Shape(const benchmark::State& run) {
  return {.records = static_cast<std::size_t>(run.range(0))};
}

void DecodeNdjson(benchmark::State& run) {
  DecodeRepeatedly(run, BodyFormat::kNdjson, NdjsonBody(Shape(run)), true);
}
BENCHMARK(DecodeNdjson)->Arg(1)->Arg(500)->Arg(10'000);

void DecodeNdjsonWithoutFingerprints(benchmark::State& run) {
  DecodeRepeatedly(run, BodyFormat::kNdjson, NdjsonBody(Shape(run)), false);
}
BENCHMARK(DecodeNdjsonWithoutFingerprints)->Arg(500);

void DecodeJsonArray(benchmark::State& run) {
  DecodeRepeatedly(run, BodyFormat::kJson, JsonArrayBody(Shape(run)), true);
}
BENCHMARK(DecodeJsonArray)->Arg(1)->Arg(500)->Arg(10'000);

void DecodeJsonArrayWithoutFingerprints(benchmark::State& run) {
  DecodeRepeatedly(run, BodyFormat::kJson, JsonArrayBody(Shape(run)), false);
}
BENCHMARK(DecodeJsonArrayWithoutFingerprints)->Arg(500);

std::string Gzip(const std::string& text) {
  z_stream stream{};
  constexpr int kGzipWindowBits = 15 + 16;
  CHECK(deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, kGzipWindowBits, 8,
                     Z_DEFAULT_STRATEGY) == Z_OK);
  std::string compressed(deflateBound(&stream, text.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(compressed.data());
  stream.avail_out = static_cast<uInt>(compressed.size());
  CHECK(deflate(&stream, Z_FINISH) == Z_STREAM_END);
  compressed.resize(stream.total_out);
  deflateEnd(&stream);
  return compressed;
}

/// Decompression alone; the rates are of what comes out.
void DecompressGzip(benchmark::State& run) {
  const std::string body = NdjsonBody(Shape(run));
  const std::string compressed = Gzip(body);
  for (auto _ : run) {
    const auto decompressed = Decompress(ContentCoding::kGzip, compressed, limits::kBodyBytes);
    CHECK(decompressed && decompressed->size() == body.size());
  }
  run.SetItemsProcessed(run.iterations() * run.range(0));
  run.SetBytesProcessed(run.iterations() * static_cast<std::int64_t>(body.size()));
}
BENCHMARK(DecompressGzip)->Arg(500)->Arg(10'000);

}  // namespace
}  // namespace oncegate::bench
