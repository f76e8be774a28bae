#include "server/cli/batch_source.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <mutex>
#include <random>

namespace oncegate {
namespace {

constexpr std::size_t kReadBytes = 1024 * 1024;
/// A batch ends here, far below the service's default body limit of 16 MiB.
constexpr std::uint64_t kBatchBytes = 4 * 1024 * 1024;
/// Batches that are shuffled among each other. Every other one missing makes half as many ranges,
/// which stays below the 256 of a window.
constexpr std::size_t kShuffleBlock = 256;

bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

/// Counts the records of bytes as they come.
class RecordCounter {
 public:
  void Take(char c) {
    if (c == '\n') {
      EndLine();
    } else if (!IsBlank(c)) {
      line_has_record_ = true;
    }
  }
  std::uint64_t Finish() {
    EndLine();
    return records_;
  }
  std::uint64_t records() const { return records_; }

 private:
  void EndLine() {
    if (line_has_record_) ++records_;
    line_has_record_ = false;
  }

  std::uint64_t records_ = 0;
  bool line_has_record_ = false;
};

/// Cuts bytes into parts and batches as they come.
class Slicer {
 public:
  Slicer(std::uint32_t batch_records, std::uint32_t parts, std::uint64_t total_records)
      : batch_records_(batch_records), total_records_(total_records), parts_(parts) {}

  void Take(char c) {
    ++current_.bytes;
    counter_.Take(c);
    if (c == '\n') EndLine();
  }
  std::vector<std::vector<BatchSlice>> Finish() {
    counter_.Finish();
    EndBatch();
    return std::move(parts_);
  }

 private:
  std::uint64_t PartEnd() const { return total_records_ * (part_ + 1) / parts_.size(); }
  std::uint64_t CurrentRecords() const { return counter_.records() - current_.first_record; }

  void EndLine() {
    const bool full = CurrentRecords() == batch_records_ || current_.bytes >= kBatchBytes;
    if (full || counter_.records() == PartEnd()) EndBatch();
  }
  void EndBatch() {
    current_.records = static_cast<std::uint32_t>(CurrentRecords());
    if (current_.records > 0) parts_[part_].push_back(current_);
    current_ = {current_.offset + current_.bytes, 0, counter_.records(), 0};
    while (part_ + 1 < parts_.size() && counter_.records() >= PartEnd()) ++part_;
  }

  const std::uint32_t batch_records_;
  const std::uint64_t total_records_;
  std::vector<std::vector<BatchSlice>> parts_;
  std::size_t part_ = 0;
  BatchSlice current_;
  RecordCounter counter_;
};

class FileSource : public BatchSource {
 public:
  FileSource(std::shared_ptr<const RecordFile> file, std::vector<BatchSlice> slices)
      : file_(std::move(file)), slices_(std::move(slices)) {}

  Result<std::optional<SendBatch>> Next() override {
    const std::size_t i = next_.fetch_add(1);
    if (i >= slices_.size()) return std::optional<SendBatch>();
    auto text = file_->Read(slices_[i]);
    if (text.has_error()) return text.error();
    return std::optional<SendBatch>(
        {std::move(*text), slices_[i].first_record, slices_[i].records});
  }

 private:
  const std::shared_ptr<const RecordFile> file_;
  const std::vector<BatchSlice> slices_;
  std::atomic<std::size_t> next_ = 0;
};

class StreamSource : public BatchSource {
 public:
  StreamSource(std::istream* input, std::uint32_t batch_records, std::uint64_t skip_records)
      : input_(input), batch_records_(batch_records), skip_records_(skip_records) {}

  Result<std::optional<SendBatch>> Next() override {
    const std::lock_guard lock(mutex_);
    SendBatch batch;
    std::string line;
    while (batch.records < batch_records_ && batch.text.size() < kBatchBytes &&
           std::getline(*input_, line)) {
      if (std::ranges::all_of(line, IsBlank)) continue;
      if (record_++ < skip_records_) continue;
      if (batch.records++ == 0) batch.first_record = record_ - 1;
      batch.text.append(line).push_back('\n');
    }
    if (input_->bad()) return Error{"the input can not be read"};
    if (batch.records == 0) return std::optional<SendBatch>();
    return std::optional<SendBatch>(std::move(batch));
  }

 private:
  std::mutex mutex_;
  std::istream* const input_;  // Guarded by mutex_.
  const std::uint32_t batch_records_;
  const std::uint64_t skip_records_;
  std::uint64_t record_ = 0;  // Guarded by mutex_.
};

Error LastError(const std::string& what) { return {what + ": " + std::strerror(errno)}; }

}  // namespace

Result<std::shared_ptr<RecordFile>> RecordFile::Open(const std::string& path) {
  const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return LastError(path);
  std::shared_ptr<RecordFile> file(new RecordFile(descriptor));
  struct stat status {};
  if (fstat(descriptor, &status) != 0) return LastError(path);
  if (!S_ISREG(status.st_mode)) {
    return Error{path + ": is no regular file; send it through standard input (-)"};
  }
  return file;
}

RecordFile::~RecordFile() { close(descriptor_); }

template <typename Visitor>
Status RecordFile::ForEachByte(Visitor visit) const {
  std::string buffer(kReadBytes, '\0');
  std::uint64_t offset = 0;
  for (;;) {
    const ssize_t bytes =
        pread(descriptor_, buffer.data(), buffer.size(), static_cast<off_t>(offset));
    if (bytes < 0) return LastError("reading the file");
    if (bytes == 0) return Ok();
    for (ssize_t i = 0; i < bytes; ++i) visit(buffer[static_cast<std::size_t>(i)]);
    offset += static_cast<std::uint64_t>(bytes);
  }
}

Result<std::vector<std::vector<BatchSlice>>> RecordFile::Slice(std::uint32_t batch_records,
                                                               std::uint32_t parts) const {
  RecordCounter counter;
  Status read = ForEachByte([&](char c) { counter.Take(c); });
  if (read.has_error()) return read.error();
  Slicer slicer(batch_records, parts, counter.Finish());
  read = ForEachByte([&](char c) { slicer.Take(c); });
  if (read.has_error()) return read.error();
  return slicer.Finish();
}

Result<std::string> RecordFile::Read(const BatchSlice& slice) const {
  std::string text(slice.bytes, '\0');
  std::size_t done = 0;
  while (done < text.size()) {
    const ssize_t bytes = pread(descriptor_, text.data() + done, text.size() - done,
                                static_cast<off_t>(slice.offset + done));
    if (bytes < 0) return LastError("reading the file");
    if (bytes == 0) return Error{"the file became shorter while it was read"};
    done += static_cast<std::size_t>(bytes);
  }
  return {boost::system::in_place_value, std::move(text)};
}

std::vector<BatchSlice> Rehearse(const std::vector<BatchSlice>& slices,
                                 const Rehearsal& rehearsal) {
  std::vector<BatchSlice> order;
  order.reserve(slices.size() * rehearsal.copies);
  for (const BatchSlice& slice : slices) order.insert(order.end(), rehearsal.copies, slice);
  if (!rehearsal.shuffle) return order;
  std::mt19937_64 random(*rehearsal.shuffle);
  for (std::size_t begin = 0; begin < order.size(); begin += kShuffleBlock) {
    const std::size_t end = std::min(order.size(), begin + kShuffleBlock);
    std::shuffle(order.begin() + static_cast<std::ptrdiff_t>(begin),
                 order.begin() + static_cast<std::ptrdiff_t>(end), random);
  }
  return order;
}

std::unique_ptr<BatchSource> MakeFileSource(std::shared_ptr<const RecordFile> file,
                                            std::vector<BatchSlice> slices) {
  return std::make_unique<FileSource>(std::move(file), std::move(slices));
}

std::unique_ptr<BatchSource> MakeStreamSource(std::istream* input, std::uint32_t batch_records,
                                              std::uint64_t skip_records) {
  return std::make_unique<StreamSource>(input, batch_records, skip_records);
}

}  // namespace oncegate
