#include "tests/unit/sinks/sqlite/faulty_disk.h"

#include <sqlite3.h>

#include <fstream>
#include <stdexcept>

namespace oncegate::sqlite {
namespace {

constexpr char kName[] = "faulty-disk";

sqlite3_vfs* real_vfs = nullptr;
sqlite3_vfs faulty_vfs;

/// The real file lies directly behind it in memory that SQLite owns.
struct File {
  sqlite3_file base;
  FaultyDisk* disk;
  const char* name;

  sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
};

File& FileOf(sqlite3_file* file) { return *reinterpret_cast<File*>(file); }
sqlite3_file* RealOf(sqlite3_file* file) { return FileOf(file).real(); }

int Close(sqlite3_file* file) { return RealOf(file)->pMethods->xClose(RealOf(file)); }
int Read(sqlite3_file* file, void* to, int size, sqlite3_int64 at) {
  return RealOf(file)->pMethods->xRead(RealOf(file), to, size, at);
}
int Write(sqlite3_file* file, const void* from, int size, sqlite3_int64 at) {
  if (const int code = FileOf(file).disk->Next().code; code != SQLITE_OK) return code;
  return RealOf(file)->pMethods->xWrite(RealOf(file), from, size, at);
}
int Truncate(sqlite3_file* file, sqlite3_int64 size) {
  if (const int code = FileOf(file).disk->Next().code; code != SQLITE_OK) return code;
  return RealOf(file)->pMethods->xTruncate(RealOf(file), size);
}
int Sync(sqlite3_file* file, int flags) {
  const FaultyDisk::Fault fault = FileOf(file).disk->Next();
  if (fault.code != SQLITE_OK && !fault.late) return fault.code;
  sqlite3_int64 size = 0;
  sqlite3_file* const real = RealOf(file);
  int code = real->pMethods->xSync(real, flags);
  if (code == SQLITE_OK) code = real->pMethods->xFileSize(real, &size);
  std::string content(static_cast<std::size_t>(size), '\0');
  if (code == SQLITE_OK && size != 0) {
    code = real->pMethods->xRead(real, content.data(), static_cast<int>(size), 0);
  }
  if (code == SQLITE_OK && FileOf(file).name != nullptr) {
    FileOf(file).disk->RememberSynced(FileOf(file).name, std::move(content));
  }
  return code == SQLITE_OK ? fault.code : code;
}
int FileSize(sqlite3_file* file, sqlite3_int64* size) {
  return RealOf(file)->pMethods->xFileSize(RealOf(file), size);
}
int Lock(sqlite3_file* file, int level) {
  return RealOf(file)->pMethods->xLock(RealOf(file), level);
}
int Unlock(sqlite3_file* file, int level) {
  return RealOf(file)->pMethods->xUnlock(RealOf(file), level);
}
int CheckReservedLock(sqlite3_file* file, int* held) {
  return RealOf(file)->pMethods->xCheckReservedLock(RealOf(file), held);
}
int FileControl(sqlite3_file* file, int operation, void* argument) {
  return RealOf(file)->pMethods->xFileControl(RealOf(file), operation, argument);
}
int SectorSize(sqlite3_file* file) { return RealOf(file)->pMethods->xSectorSize(RealOf(file)); }
int Characteristics(sqlite3_file* file) {
  return RealOf(file)->pMethods->xDeviceCharacteristics(RealOf(file));
}
int ShmMap(sqlite3_file* file, int page, int size, int extend, void volatile** memory) {
  return RealOf(file)->pMethods->xShmMap(RealOf(file), page, size, extend, memory);
}
int ShmLock(sqlite3_file* file, int offset, int count, int flags) {
  return RealOf(file)->pMethods->xShmLock(RealOf(file), offset, count, flags);
}
void ShmBarrier(sqlite3_file* file) { RealOf(file)->pMethods->xShmBarrier(RealOf(file)); }
int ShmUnmap(sqlite3_file* file, int remove) {
  return RealOf(file)->pMethods->xShmUnmap(RealOf(file), remove);
}

constexpr sqlite3_io_methods kMethods{2,
                                      Close,
                                      Read,
                                      Write,
                                      Truncate,
                                      Sync,
                                      FileSize,
                                      Lock,
                                      Unlock,
                                      CheckReservedLock,
                                      FileControl,
                                      SectorSize,
                                      Characteristics,
                                      ShmMap,
                                      ShmLock,
                                      ShmBarrier,
                                      ShmUnmap,
                                      nullptr,
                                      nullptr};

int Open(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* out_flags) {
  File& faulty = FileOf(file);
  faulty.base.pMethods = nullptr;
  faulty.disk = static_cast<FaultyDisk*>(vfs->pAppData);
  faulty.name = name;
  const int code = real_vfs->xOpen(real_vfs, name, faulty.real(), flags, out_flags);
  if (code == SQLITE_OK) faulty.base.pMethods = &kMethods;
  return code;
}

}  // namespace

FaultyDisk::FaultyDisk() {
  real_vfs = sqlite3_vfs_find(nullptr);
  faulty_vfs = *real_vfs;
  faulty_vfs.zName = kName;
  faulty_vfs.pNext = nullptr;
  faulty_vfs.pAppData = this;
  faulty_vfs.szOsFile = real_vfs->szOsFile + static_cast<int>(sizeof(File));
  faulty_vfs.xOpen = &Open;
  if (sqlite3_vfs_register(&faulty_vfs, 1) != SQLITE_OK) throw std::runtime_error("no VFS");
}

FaultyDisk::~FaultyDisk() {
  sqlite3_vfs_unregister(&faulty_vfs);
  sqlite3_vfs_register(real_vfs, 1);
}

void FaultyDisk::FailAt(int operation, int code) {
  countdown_ = operation;
  code_ = code;
  late_ = false;
  failed_ = false;
}

void FaultyDisk::FailLateAt(int operation, int code) {
  FailAt(operation, code);
  late_ = true;
}

void FaultyDisk::Heal() { countdown_ = -1; }

FaultyDisk::Fault FaultyDisk::Next() {
  if (countdown_ < 0 || countdown_-- > 0) return {};
  failed_ = true;
  return {code_, late_};
}

void FaultyDisk::RememberSynced(const std::string& name, std::string content) {
  synced_[name] = std::move(content);
}

void FaultyDisk::CopyDurable(const std::filesystem::path& database,
                             const std::filesystem::path& folder) const {
  for (const char* suffix : {"", "-wal"}) {
    const auto found = synced_.find(database.string() + suffix);
    const std::filesystem::path copy = folder / (database.filename().string() + suffix);
    std::filesystem::remove(copy);
    if (found != synced_.end()) std::ofstream(copy, std::ios::binary) << found->second;
  }
  std::filesystem::remove(folder / (database.filename().string() + "-shm"));
}

}  // namespace oncegate::sqlite
