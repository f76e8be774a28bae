// The properties that fuzzers try to break: one function a subject, one file a function. libFuzzer
// drives each of them in a program of its own (fuzz_body and so on); fuzz_corpus_test runs all of
// them over the files in corpus/, with any compiler.
//
// A property that does not hold ends the process by a CHECK. Everything is derived from `input`, so
// that a file always takes the same way.
#pragma once

#include <array>
#include <string_view>

namespace oncegate::fuzz {

/// A request body of any format in a stream of any mode.
void FuzzBody(std::string_view input);
/// A request head, and the chunked body behind it.
void FuzzRequest(std::string_view input);
/// gzip and zstd.
void FuzzDecompress(std::string_view input);
/// A configuration file.
void FuzzConfig(std::string_view input);
/// Keys and values of the LevelDB store.
void FuzzStore(std::string_view input);
/// The bytes of a producer's state, and what is judged on it.
void FuzzState(std::string_view input);

struct Target {
  std::string_view name;  // Of its folder in corpus/.
  void (*run)(std::string_view input);
};

inline constexpr std::array<Target, 6> kTargets{{
    {"body", FuzzBody},
    {"config", FuzzConfig},
    {"decompress", FuzzDecompress},
    {"request", FuzzRequest},
    {"state", FuzzState},
    {"store", FuzzStore},
}};

}  // namespace oncegate::fuzz
