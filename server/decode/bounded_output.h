// BoundedOutput: a string that grows as a decompressor fills it, never beyond its bound.
#pragma once

#include <cstddef>
#include <string>
#include <utility>

#include "server/decode/decompress.h"

namespace oncegate {

DecompressError TooLarge(std::size_t bytes_max);
DecompressError Malformed(std::string detail);

class BoundedOutput {
 public:
  BoundedOutput(std::size_t input_bytes, std::size_t bytes_max);

  /// Room to write to; made larger if there is none. One byte beyond the bound is offered, so that
  /// an output that ends exactly at the bound is told from one that goes on.
  struct Room {
    char* begin = nullptr;
    std::size_t size = 0;
  };
  Room MakeRoom();
  /// `bytes` of the room were filled.
  void Filled(std::size_t bytes) { used_ += bytes; }
  bool IsTooLarge() const { return used_ > bytes_max_; }

  std::string Take();

 private:
  std::string text_;
  std::size_t used_ = 0;
  std::size_t bytes_max_;
};

}  // namespace oncegate
