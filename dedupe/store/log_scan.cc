#include "dedupe/store/log_scan.h"

#include <algorithm>
#include <boost/crc.hpp>
#include <cstddef>
#include <optional>

namespace oncegate::store {
namespace {

// LevelDB's log format: blocks of 32 KiB, in each of them physical records of
//     checksum(4, masked CRC-32C of type and payload) length(2) type(1) payload(length)
// with little-endian numbers; a rest of less than 7 bytes is padding. A logical record is one FULL
// physical record, or FIRST, any number of MIDDLE, LAST.
constexpr std::size_t kBlockBytes = 32768;
constexpr std::size_t kHeaderBytes = 7;
constexpr std::size_t kSectorBytes = 512;  // What a disk writes whole or not at all.

enum RecordType : unsigned char { kFull = 1, kFirst = 2, kMiddle = 3, kLast = 4 };

std::uint32_t MaskedChecksumOf(std::string_view type_and_payload) {
  boost::crc_optimal<32, 0x1EDC6F41, 0xFFFFFFFF, 0xFFFFFFFF, true, true> crc;
  crc.process_bytes(type_and_payload.data(), type_and_payload.size());
  const std::uint32_t checksum = crc.checksum();
  return ((checksum >> 15) | (checksum << 17)) + 0xa282ead8U;
}

struct Header {
  std::uint32_t checksum = 0;
  std::size_t length = 0;
  unsigned char type = 0;
};

/// Precondition: a header lies at the front of `bytes`.
Header LoadHeader(std::string_view bytes) {
  const auto byte = [bytes](std::size_t i) {
    return static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[i]));
  };
  return {.checksum = byte(0) | byte(1) << 8 | byte(2) << 16 | byte(3) << 24,
          .length = byte(4) | byte(5) << 8,
          .type = static_cast<unsigned char>(byte(6))};
}

/// The whole physical record at the front of `block`, if there is one that passes its checksum.
std::optional<Header> ReadPhysical(std::string_view block) {
  if (block.size() < kHeaderBytes) return std::nullopt;
  const Header header = LoadHeader(block);
  if (header.type < kFull || header.type > kLast) return std::nullopt;
  if (header.length > block.size() - kHeaderBytes) return std::nullopt;
  if (MaskedChecksumOf(block.substr(kHeaderBytes - 1, 1 + header.length)) != header.checksum) {
    return std::nullopt;
  }
  return header;
}

/// From `offset` to the end of its block or of the log.
std::string_view RestOfBlock(std::string_view log, std::size_t offset) {
  return log.substr(offset, kBlockBytes - offset % kBlockBytes);
}

/// True if a readable record follows the damage at `offset`. In the damaged block it may begin
/// anywhere, since the damage may be to a length; later blocks begin with one.
bool AnythingReadableAfter(std::string_view log, std::size_t offset) {
  const std::string_view rest = RestOfBlock(log, offset);
  for (std::size_t i = 1; i + kHeaderBytes <= rest.size(); ++i) {
    if (ReadPhysical(rest.substr(i))) return true;
  }
  for (std::size_t block = offset + rest.size(); block < log.size(); block += kBlockBytes) {
    if (ReadPhysical(RestOfBlock(log, block))) return true;
  }
  return false;
}

/// True if the log ends in zeros that begin with the unreadable record or with a sector in it.
bool EndsInUnwrittenBytes(std::string_view log, std::size_t offset) {
  const std::size_t last_written = log.find_last_not_of('\0');
  const std::size_t zeros = last_written == std::string_view::npos ? 0 : last_written + 1;
  if (zeros <= offset) return true;
  return (zeros + kSectorBytes - 1) / kSectorBytes * kSectorBytes < log.size();
}

/// True if the log ends within the record at `offset`. A record that would reach beyond its block
/// was never written like that, and one that is whole but for its length is damaged: neither ended
/// early.
bool EndsEarly(std::string_view log, std::size_t offset) {
  const std::string_view rest = RestOfBlock(log, offset);
  const std::size_t block_bytes_left = kBlockBytes - offset % kBlockBytes;
  if (rest.size() == block_bytes_left) return false;
  if (rest.size() < kHeaderBytes) return true;
  const Header header = LoadHeader(rest);
  return header.length > rest.size() - kHeaderBytes &&
         header.length <= block_bytes_left - kHeaderBytes &&
         MaskedChecksumOf(rest.substr(kHeaderBytes - 1)) != header.checksum;
}

/// `logical` is where the logical record began whose physical record at `offset` can not be read.
LogScan ClassifyUnreadable(std::string_view log, std::size_t logical, std::size_t offset) {
  LogScan scan{.condition = LogCondition::kDamaged, .readable_bytes = logical};
  if (AnythingReadableAfter(log, offset)) return scan;
  if (EndsInUnwrittenBytes(log, offset)) {
    scan.condition = LogCondition::kZeroTail;
  } else if (EndsEarly(log, offset)) {
    scan.condition = LogCondition::kShortTail;
  }
  return scan;
}

}  // namespace

LogScan ScanLog(std::string_view log) {
  std::size_t logical = 0;
  bool within_record = false;
  std::size_t offset = 0;
  while (offset < log.size()) {
    const std::string_view rest = RestOfBlock(log, offset);
    const bool ends_with_block = (offset + rest.size()) % kBlockBytes == 0;
    if (rest.size() < kHeaderBytes && ends_with_block) {  // Padding.
      offset += rest.size();
      continue;
    }
    if (!within_record) logical = offset;
    const std::optional<Header> header = ReadPhysical(rest);
    if (!header) return ClassifyUnreadable(log, logical, offset);
    const bool continues = header->type == kMiddle || header->type == kLast;
    if (continues != within_record) {
      return {.condition = LogCondition::kDamaged, .readable_bytes = logical};
    }
    within_record = header->type == kFirst || header->type == kMiddle;
    offset += kHeaderBytes + header->length;
  }
  if (within_record) return {.condition = LogCondition::kShortTail, .readable_bytes = logical};
  return {.condition = LogCondition::kIntact, .readable_bytes = log.size()};
}

}  // namespace oncegate::store
