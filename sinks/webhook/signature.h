// Signatures and message ids as Standard Webhooks 1.0 describes them (standardwebhooks.com). Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "sinks/sink.h"

namespace oncegate::webhook {

/// The key of a secret: `whsec_` and base64 of 24 to 64 bytes. Empty for anything else.
std::optional<std::string> DecodeSecret(std::string_view secret);

/// What is signed.
struct SignedContent {
  std::string_view message_id;
  std::int64_t timestamp_seconds = 0;  // Of the attempt, since 1970.
  std::string_view body;
};

/// `v1,` and base64 of the HMAC-SHA256.
std::string Sign(std::string_view key, const SignedContent& content);
/// The value of the webhook-signature header: one signature for each key, with spaces between, so
/// that a receiver that knows one of the secrets is content.
std::string SignWithAll(std::span<const std::string> keys, const SignedContent& content);

/// `msg_` and 32 hex digits, made from the identity of the event alone: the same event has the same
/// id wherever and however often it is frozen.
std::string MessageIdOf(const StreamTarget& target, const Event& event);
/// Of a request that carries several events.
std::string MessageIdOfBatch(std::span<const std::string_view> message_ids);

}  // namespace oncegate::webhook
