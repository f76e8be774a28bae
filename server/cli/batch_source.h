// Where the batches of `oncegate send` come from. A record is a line that is not blank; its number
// counts from 0 over the whole input, as the service counts them.
//
// BatchSource: thread-safe.
#pragma once

#include <cstdint>
#include <istream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "dedupe/types/result.h"

namespace oncegate {

struct SendBatch {
  std::string text;  // Whole lines.
  std::uint64_t first_record = 0;
  std::uint32_t records = 0;
};

/// A batch as its place in a file.
struct BatchSlice {
  std::uint64_t offset = 0;
  std::uint64_t bytes = 0;
  std::uint64_t first_record = 0;
  std::uint32_t records = 0;
};

class BatchSource {
 public:
  virtual ~BatchSource() = default;
  /// The next batch, or nothing at the end of the input.
  virtual Result<std::optional<SendBatch>> Next() = 0;
};

/// A regular file, opened for reading at places.
class RecordFile {
 public:
  static Result<std::shared_ptr<RecordFile>> Open(const std::string& path);
  ~RecordFile();
  RecordFile(const RecordFile&) = delete;
  RecordFile& operator=(const RecordFile&) = delete;

  /// Cuts the file into batches of at most `batch_records` (a batch also ends after a few
  /// megabytes) in `parts` contiguous parts of nearly equal numbers of records. Where a part begins
  /// depends on the file alone, so that a later run gives every record to the same part.
  Result<std::vector<std::vector<BatchSlice>>> Slice(std::uint32_t batch_records,
                                                     std::uint32_t parts) const;
  /// Thread-safe.
  Result<std::string> Read(const BatchSlice& slice) const;

 private:
  explicit RecordFile(int descriptor) : descriptor_(descriptor) {}
  template <typename Visitor>
  Status ForEachByte(Visitor visit) const;

  int descriptor_;
};

struct Rehearsal {
  std::uint32_t copies = 1;
  std::optional<std::uint64_t> shuffle;  // Seed.
};

/// Every slice `copies` times; shuffled within bounded blocks, so that a window stream can follow.
std::vector<BatchSlice> Rehearse(const std::vector<BatchSlice>& slices, const Rehearsal& rehearsal);

std::unique_ptr<BatchSource> MakeFileSource(std::shared_ptr<const RecordFile> file,
                                            std::vector<BatchSlice> slices);

/// `input` outlives the source. Records before `skip_records` are passed over.
std::unique_ptr<BatchSource> MakeStreamSource(std::istream* input, std::uint32_t batch_records,
                                              std::uint64_t skip_records);

}  // namespace oncegate
