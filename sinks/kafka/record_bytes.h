// Fields of a ledger record as bytes: the version of the layout, then integers in big-endian and
// texts with their length before them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace oncegate::kafka {

inline constexpr char kRecordLayout = 1;

class RecordWriter {
 public:
  RecordWriter() : bytes_(1, kRecordLayout) {}
  void Number(std::uint64_t number) {
    for (int shift = 56; shift >= 0; shift -= 8)
      bytes_.push_back(static_cast<char>(number >> shift));
  }
  void Byte(char byte) { bytes_.push_back(byte); }
  void Raw(std::string_view raw) { bytes_.append(raw); }
  void Text(std::string_view text) {
    Number(text.size());
    Raw(text);
  }
  std::string Take() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

/// Once something is missing, everything further reads as zero and Complete() is false.
class RecordReader {
 public:
  explicit RecordReader(std::string_view bytes) : bytes_(bytes) {
    intact_ = Byte() == kRecordLayout;
  }
  std::string_view Raw(std::size_t size) {
    if (size > bytes_.size()) {
      intact_ = false;
      bytes_ = {};
      return {};
    }
    const std::string_view raw = bytes_.substr(0, size);
    bytes_.remove_prefix(size);
    return raw;
  }
  char Byte() {
    const std::string_view raw = Raw(1);
    return raw.empty() ? '\0' : raw.front();
  }
  std::uint64_t Number() {
    std::uint64_t number = 0;
    for (const char c : Raw(8)) number = number << 8 | static_cast<unsigned char>(c);
    return number;
  }
  std::int64_t Signed() { return static_cast<std::int64_t>(Number()); }
  std::string_view Text() { return Raw(Number()); }
  std::string_view Rest() { return Raw(bytes_.size()); }
  bool Complete() const { return intact_ && bytes_.empty(); }

 private:
  std::string_view bytes_;
  bool intact_ = true;
};

template <typename T>
std::optional<T> IfComplete(const RecordReader& reader, T value) {
  if (!reader.Complete()) return std::nullopt;
  return value;
}

}  // namespace oncegate::kafka
