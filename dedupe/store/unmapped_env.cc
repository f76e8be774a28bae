#include "dedupe/store/unmapped_env.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <system_error>
#include <utility>

#include "dedupe/store/files.h"

namespace oncegate::store {
namespace {

leveldb::Status StatusOf(const std::string& name, int error_number) {
  const std::string cause = std::generic_category().message(error_number);
  return error_number == ENOENT ? leveldb::Status::NotFound(name, cause)
                                : leveldb::Status::IOError(name, cause);
}

class PositionedFile : public leveldb::RandomAccessFile {
 public:
  PositionedFile(std::string name, OwnedDescriptor descriptor)
      : name_(std::move(name)), descriptor_(std::move(descriptor)) {}

  leveldb::Status Read(std::uint64_t offset, std::size_t bytes, leveldb::Slice* result,
                       char* scratch) const override {
    std::size_t done = 0;
    while (done < bytes) {
      const ssize_t read = ::pread(descriptor_.get(), scratch + done, bytes - done,
                                   static_cast<off_t>(offset + done));
      if (read < 0 && errno == EINTR) continue;
      if (read < 0) return StatusOf(name_, errno);
      if (read == 0) break;  // The end of the file; LevelDB asks for no more than there should be.
      done += static_cast<std::size_t>(read);
    }
    *result = leveldb::Slice(scratch, done);
    return leveldb::Status::OK();
  }

 private:
  const std::string name_;
  const OwnedDescriptor descriptor_;
};

}  // namespace

leveldb::Status UnmappedEnv::NewRandomAccessFile(const std::string& name,
                                                 leveldb::RandomAccessFile** file) {
  *file = nullptr;
  OwnedDescriptor descriptor(::open(name.c_str(), O_RDONLY | O_CLOEXEC));
  if (!descriptor.is_open()) return StatusOf(name, errno);
  *file = new PositionedFile(name, std::move(descriptor));
  return leveldb::Status::OK();
}

}  // namespace oncegate::store
