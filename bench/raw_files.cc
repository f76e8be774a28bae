#include "bench/raw_files.h"

#include <zstd.h>

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>

#include "bench/log_file.h"
#include "server/load/rows.h"

namespace oncegate::bench {
namespace {

// Both as the sink has them by default.
constexpr std::uint64_t kPartBytes = 134'217'728;
constexpr int kCompressionLevel = 3;

class Writer {
 public:
  Writer(const std::filesystem::path& folder, const std::string& name)
      : folder_(folder), name_(name), context_(ZSTD_createCCtx(), &ZSTD_freeCCtx) {
    ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_compressionLevel, kCompressionLevel);
    ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_checksumFlag, 1);
  }

  void Write(std::uint64_t first_row, std::uint32_t rows) {
    lines_.clear();
    for (std::uint64_t row = first_row; row < first_row + rows; ++row) {
      lines_ += "{\"key\":\"" + RowKey(row) + "\",\"op\":\"upsert\",\"value\":" + RowValue(row) +
                ",\"producer\":\"" + name_ + "\",\"epoch\":0,\"seq\":" + std::to_string(row) +
                ",\"id\":null,\"version\":null,\"event_time\":null,"
                "\"applied_at\":\"2026-01-31T12:00:00.123456Z\"}\n";
    }
    frame_.resize(ZSTD_compressBound(lines_.size()));
    const std::size_t size =
        ZSTD_compress2(context_.get(), frame_.data(), frame_.size(), lines_.data(), lines_.size());
    if (ZSTD_isError(size) != 0) throw std::runtime_error(ZSTD_getErrorName(size));
    if (!part_) part_.emplace(Open());
    part_->Append(std::string_view(frame_).substr(0, size));
    part_->Sync();
    if (part_->size() >= kPartBytes) Publish();
  }

 private:
  std::filesystem::path Open() const { return folder_ / (name_ + ".open"); }

  void Publish() {
    part_.reset();
    const std::string name = name_ + "-" + std::to_string(published_++) + ".ndjson.zst";
    std::filesystem::rename(Open(), folder_ / name);
  }

  const std::filesystem::path folder_;
  const std::string name_;
  std::unique_ptr<ZSTD_CCtx, std::size_t (*)(ZSTD_CCtx*)> context_;
  std::string lines_;
  std::string frame_;
  std::optional<LogFile> part_;
  std::uint32_t published_ = 0;
};

}  // namespace

double RunRawFiles(const std::filesystem::path& folder, const RawRun& run) {
  return RunRaw(run, [&](std::uint32_t number) -> WriteGroup {
    const auto writer = std::make_shared<Writer>(folder, "part-" + std::to_string(number));
    return [writer, rows = run.rows_per_group](std::uint64_t first_row) {
      writer->Write(first_row, rows);
    };
  });
}

}  // namespace oncegate::bench
