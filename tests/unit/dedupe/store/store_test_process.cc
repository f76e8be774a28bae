// store_test_process hold FOLDER    opens the store, prints "open", closes it when input ends
// store_test_process append FOLDER  appends audit records and producer states until it is killed,
//                                   printing the number of each when it is done
// store_test_process open FOLDER    opens the store as a user without rights; prints the error
#include <unistd.h>

#include <iostream>
#include <string>
#include <string_view>

#include "dedupe/store/leveldb_store.h"

namespace oncegate {
namespace {

constexpr uid_t kNobody = 65534;

int Hold() {
  std::cout << "open" << std::endl;
  std::string line;
  while (std::getline(std::cin, line)) {
  }
  return 0;
}

int Append(LevelDbStore* store) {
  for (std::int64_t number = 0;; ++number) {
    IndexedProducer entry;
    entry.state.known = true;
    entry.state.window.ranges = {{0, number}};
    IndexUpdate update;
    update.producers.push_back({{"orders", "pos-17"}, entry});
    if (!store->Write(update)) return 1;
    if (!store->AppendAudit({WallTime{number}, std::to_string(number)})) return 1;
    std::cout << number << std::endl;
  }
}

int Run(std::string_view mode, const char* folder) {
  if (mode == "open" && ::getuid() == 0 && ::setuid(kNobody) != 0) return 3;
  LevelDbStoreOptions options;
  options.directory = folder;
  options.write_buffer_bytes = 64 * 1024;
  auto store = LevelDbStore::Open(options);
  if (!store) {
    std::cout << store.error().message << std::endl;
    return 1;
  }
  return mode == "append" ? Append(store->get()) : Hold();
}

}  // namespace
}  // namespace oncegate

int main(int argc, char** argv) { return argc == 3 ? oncegate::Run(argv[1], argv[2]) : 2; }
