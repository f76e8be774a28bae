#include "server/http/request_id.h"

#include <algorithm>
#include <random>

namespace oncegate {
namespace {

std::uint64_t Random64() {
  std::random_device device;
  return (std::uint64_t{device()} << 32) | device();
}

// The mixing step of SplitMix64: a bijection, so that consecutive states never repeat an id.
std::uint64_t Mix(std::uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9U;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebU;
  return x ^ (x >> 31);
}

void AppendHex(std::string* text, std::uint64_t value) {
  constexpr std::string_view kHex = "0123456789abcdef";
  for (int shift = 60; shift >= 0; shift -= 4) text->push_back(kHex[(value >> shift) & 15]);
}

}  // namespace

bool IsSaneRequestId(std::string_view id) {
  return !id.empty() && id.size() <= kRequestIdBytesMax &&
         std::all_of(id.begin(), id.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

RequestIdSource::RequestIdSource() : prefix_(Random64()), state_(Random64()) {}

std::string RequestIdSource::Next() {
  state_ += 0x9e3779b97f4a7c15U;
  std::string id;
  id.reserve(32);
  AppendHex(&id, prefix_);
  AppendHex(&id, Mix(state_));
  return id;
}

std::string RequestIdSource::TakeOverOrMake(const HeaderList& headers) {
  if (headers.Count("X-Request-Id") == 1) {
    const std::string_view sent = *headers.Find("X-Request-Id");
    if (IsSaneRequestId(sent)) return std::string(sent);
  }
  return Next();
}

}  // namespace oncegate
