#include "tests/unit/dedupe/store/faulty_env.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

namespace oncegate {

class FaultyEnv::File : public leveldb::WritableFile {
 public:
  File(FaultyEnv* disk, std::string name, leveldb::WritableFile* file)
      : disk_(disk), name_(std::move(name)), file_(file) {}

  leveldb::Status Append(const leveldb::Slice& data) override {
    const auto wanted = static_cast<std::int64_t>(data.size());
    const std::int64_t left = disk_->bytes_left_.fetch_sub(wanted);
    if (left >= wanted) return file_->Append(data);
    disk_->bytes_left_ = 0;
    const auto fits = static_cast<std::size_t>(std::max<std::int64_t>(left, 0));
    const leveldb::Status written = file_->Append(leveldb::Slice(data.data(), fits));
    return written.ok() ? leveldb::Status::IOError(name_, "No space left on device") : written;
  }
  leveldb::Status Close() override { return file_->Close(); }
  leveldb::Status Flush() override { return file_->Flush(); }
  leveldb::Status Sync() override {
    if (disk_->fail_syncs_) return leveldb::Status::IOError(name_, "Input/output error");
    return file_->Sync();
  }

 private:
  FaultyEnv* const disk_;
  const std::string name_;
  const std::unique_ptr<leveldb::WritableFile> file_;
};

leveldb::Status FaultyEnv::NewWritableFile(const std::string& name, leveldb::WritableFile** file) {
  const leveldb::Status opened = target()->NewWritableFile(name, file);
  if (opened.ok()) *file = new File(this, name, *file);
  return opened;
}

leveldb::Status FaultyEnv::NewAppendableFile(const std::string& name,
                                             leveldb::WritableFile** file) {
  const leveldb::Status opened = target()->NewAppendableFile(name, file);
  if (opened.ok()) *file = new File(this, name, *file);
  return opened;
}

}  // namespace oncegate
