// The bytes of one connection that were received and not yet used. Bounded; small while idle,
// because most connections are.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>
#include <utility>

namespace oncegate {

class ReceiveBuffer {
 public:
  explicit ReceiveBuffer(std::size_t bytes_max) : bytes_max_(std::max(bytes_max, kIdleBytes)) {}

  std::string_view Unread() const { return {data_.get() + begin_, end_ - begin_}; }
  bool empty() const { return begin_ == end_; }

  void Consume(std::size_t bytes) {
    begin_ += bytes;
    if (begin_ == end_) begin_ = end_ = 0;
  }

  /// Room for more bytes; empty if the bound is reached. Invalidates views.
  std::span<char> Prepare() {
    if (begin_ > 0) {
      std::memmove(data_.get(), data_.get() + begin_, end_ - begin_);
      end_ -= begin_;
      begin_ = 0;
    }
    if (end_ == capacity_ && capacity_ < bytes_max_) {
      Resize(std::min(std::max(capacity_ * 2, kIdleBytes), bytes_max_));
    }
    return {data_.get() + end_, capacity_ - end_};
  }
  void Commit(std::size_t bytes) { end_ += bytes; }

  /// Gives memory back before a wait that may be long.
  void ShrinkIfEmpty() {
    if (empty() && capacity_ > kKeptBytes) {
      data_.reset();
      capacity_ = begin_ = end_ = 0;
    }
  }

 private:
  static constexpr std::size_t kIdleBytes = 2 * 1024;
  static constexpr std::size_t kKeptBytes = 4 * 1024;

  void Resize(std::size_t capacity) {
    auto data = std::make_unique_for_overwrite<char[]>(capacity);
    if (end_ > 0) std::memcpy(data.get(), data_.get(), end_);
    data_ = std::move(data);
    capacity_ = capacity;
  }

  std::unique_ptr<char[]> data_;
  std::size_t capacity_ = 0;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::size_t bytes_max_;
};

}  // namespace oncegate
