#include "server/decode/gzip.h"

#include <zlib.h>

#include <algorithm>
#include <limits>

#include "dedupe/types/check.h"
#include "server/decode/bounded_output.h"

namespace oncegate {
namespace {

constexpr int kGzipOnly = 16;  // Added to the window bits, see inflateInit2.
constexpr std::size_t kZlibBytesMax = std::numeric_limits<uInt>::max();

class Inflater {
 public:
  Inflater() { CHECK(inflateInit2(&stream_, MAX_WBITS + kGzipOnly) == Z_OK); }
  ~Inflater() { inflateEnd(&stream_); }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  /// Moves bytes from *input to *output; Z_OK, Z_STREAM_END or an error of zlib.
  int Step(std::string_view* input, BoundedOutput* output) {
    const BoundedOutput::Room room = output->MakeRoom();
    const auto input_bytes = static_cast<uInt>(std::min(input->size(), kZlibBytesMax));
    const auto output_bytes = static_cast<uInt>(std::min(room.size, kZlibBytesMax));
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(input->data()));
    stream_.avail_in = input_bytes;
    stream_.next_out = reinterpret_cast<Bytef*>(room.begin);
    stream_.avail_out = output_bytes;
    const int outcome = inflate(&stream_, Z_NO_FLUSH);
    input->remove_prefix(input_bytes - stream_.avail_in);
    output->Filled(output_bytes - stream_.avail_out);
    return outcome;
  }

  void BeginMember() { CHECK(inflateReset(&stream_) == Z_OK); }

 private:
  z_stream stream_{};
};

}  // namespace

boost::system::result<std::string, DecompressError> DecompressGzip(std::string_view bytes,
                                                                   std::size_t bytes_max) {
  BoundedOutput output(bytes.size(), bytes_max);
  Inflater inflater;
  while (true) {
    const int outcome = inflater.Step(&bytes, &output);
    if (output.IsTooLarge()) return TooLarge(bytes_max);
    if (outcome == Z_STREAM_END) {
      if (bytes.empty()) return output.Take();
      inflater.BeginMember();
    } else if (outcome == Z_BUF_ERROR) {
      return Malformed("the gzip data is cut off");
    } else if (outcome != Z_OK) {
      return Malformed("this is not gzip data");
    }
  }
}

}  // namespace oncegate
