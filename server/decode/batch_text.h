// BatchText: puts strings into the memory of a batch, many per allocation, where events can view
// them.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <string_view>

#include "server/ingest/batch.h"

namespace oncegate {

class BatchText {
 public:
  /// The batch outlives this object.
  explicit BatchText(Batch* batch) : batch_(batch) {}

  /// `text` itself if it views the batch's body, else a copy that lives as long as the batch.
  std::string_view Keep(std::string_view text);
  /// A copy of the concatenation.
  std::string_view Join(std::initializer_list<std::string_view> parts);

 private:
  Batch* batch_;
  std::size_t chunk_bytes_ = 0;
};

}  // namespace oncegate
