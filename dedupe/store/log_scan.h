// Reads a LevelDB log (or MANIFEST) and tells a write that a crash cut short from damage.
//
// LevelDB itself is of no help there. It accepts a log that ends early, but with the same silence
// drops whole records where a length byte of the last 32 KiB block is damaged or a stretch in the
// middle reads as zeros; and with paranoid_checks it refuses a tail of zeros, which is what a file
// looks like when power failed after it had grown and before its data were written.
//
// The rule here: whatever is followed by a record that still passes its checksum is damage; an
// unfinished or zero-filled rest with nothing readable behind it is a torn tail.
#pragma once

#include <cstdint>
#include <string_view>

namespace oncegate::store {

enum class LogCondition : std::uint8_t {
  kIntact,
  kShortTail,  // The file ends within a record: LevelDB ignores that record, as it should.
  kZeroTail,   // The file ends in zeros where a record should go on: LevelDB would refuse it.
  kDamaged,
};

struct LogScan {
  LogCondition condition = LogCondition::kIntact;
  /// Where the first record that can not be read begins; the size of the log if there is none.
  std::uint64_t readable_bytes = 0;
};

LogScan ScanLog(std::string_view log);

}  // namespace oncegate::store
