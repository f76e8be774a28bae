#include "sinks/webhook/signature.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <string>

#include "dedupe/types/check.h"

namespace oncegate::webhook {
namespace {

constexpr std::string_view kSecretPrefix = "whsec_";
constexpr std::size_t kKeyBytesMin = 24;
constexpr std::size_t kKeyBytesMax = 64;
constexpr std::size_t kIdBytes = 16;  // Of the hash: ids of different events never meet.
constexpr std::size_t kBase64Group = 4;

const unsigned char* BytesOf(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

std::string EncodeBase64(std::string_view bytes) {
  std::string text(bytes.size() / 3 * 4 + 5, '\0');
  const int length = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), BytesOf(bytes),
                                     static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(length));
  return text;
}

std::optional<std::string> DecodeBase64(std::string_view text) {
  if (text.empty() || text.size() % kBase64Group != 0) return std::nullopt;
  std::size_t padding = 0;
  while (padding < 2 && text[text.size() - 1 - padding] == '=') ++padding;
  // The decoder takes padding anywhere for zeros.
  if (text.find('=') < text.size() - padding) return std::nullopt;
  std::string bytes(text.size() / kBase64Group * 3, '\0');
  const int length = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()), BytesOf(text),
                                     static_cast<int>(text.size()));
  if (length < 0) return std::nullopt;
  bytes.resize(static_cast<std::size_t>(length) - padding);
  return bytes;
}

/// Hashes texts so that no two lists of texts look alike: each behind its length.
class IdentityHash {
 public:
  void Add(std::string_view text) {
    input_ += std::to_string(text.size());
    input_ += ':';
    input_ += text;
  }
  void Add(std::int64_t number) { Add(std::to_string(number)); }

  std::string MessageId() const {
    constexpr std::string_view kHexDigits = "0123456789abcdef";
    std::array<unsigned char, EVP_MAX_MD_SIZE> hash{};
    unsigned int length = 0;
    CHECK(EVP_Digest(input_.data(), input_.size(), hash.data(), &length, EVP_sha256(), nullptr) ==
          1);
    std::string id = "msg_";
    for (std::size_t i = 0; i < kIdBytes; ++i) {
      id += kHexDigits[hash[i] >> 4U];
      id += kHexDigits[hash[i] & 0xFU];
    }
    return id;
  }

 private:
  std::string input_;
};

}  // namespace

std::optional<std::string> DecodeSecret(std::string_view secret) {
  if (!secret.starts_with(kSecretPrefix)) return std::nullopt;
  auto key = DecodeBase64(secret.substr(kSecretPrefix.size()));
  if (!key || key->size() < kKeyBytesMin || key->size() > kKeyBytesMax) return std::nullopt;
  return key;
}

std::string Sign(std::string_view key, const SignedContent& content) {
  std::string input(content.message_id);
  input += '.';
  input += std::to_string(content.timestamp_seconds);
  input += '.';
  input += content.body;
  std::array<unsigned char, EVP_MAX_MD_SIZE> hash{};
  unsigned int length = 0;
  CHECK(HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), BytesOf(input), input.size(),
             hash.data(), &length) != nullptr);
  return "v1," + EncodeBase64({reinterpret_cast<const char*>(hash.data()), length});
}

std::string SignWithAll(std::span<const std::string> keys, const SignedContent& content) {
  std::string signatures;
  for (const std::string& key : keys) {
    if (!signatures.empty()) signatures += ' ';
    signatures += Sign(key, content);
  }
  return signatures;
}

std::string MessageIdOf(const StreamTarget& target, const Event& event) {
  IdentityHash hash;
  hash.Add(target.stream);
  if (target.mode == DedupeMode::kId) {
    hash.Add("id");
    hash.Add(event.id);
  } else {
    hash.Add("sequence");
    hash.Add(event.producer);
    hash.Add(event.epoch.value);
    hash.Add(event.sequence ? event.sequence->value : -1);
  }
  return hash.MessageId();
}

std::string MessageIdOfBatch(std::span<const std::string_view> message_ids) {
  IdentityHash hash;
  for (const std::string_view id : message_ids) hash.Add(id);
  return hash.MessageId();
}

}  // namespace oncegate::webhook
