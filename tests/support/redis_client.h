// RedisClient: one plain connection of a test, for looking at a server and for standing in the way
// of others. Used by one thread at a time. Every failure throws std::runtime_error.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

struct redisContext;

namespace oncegate::test {

/// A reply with everything in it as text; an error reply as its text with "!" before it.
struct RedisValue {
  std::optional<std::string> text;  // Empty: nil, or an array.
  std::vector<RedisValue> elements;
};

class RedisClient {
 public:
  explicit RedisClient(std::uint16_t port);

  /// Throws for an error reply.
  RedisValue Run(const std::vector<std::string>& command);
  /// Gives an error reply like any other.
  RedisValue Try(const std::vector<std::string>& command);
  /// The text of the reply; "" for nil.
  std::string Text(const std::vector<std::string>& command);
  std::int64_t Number(const std::vector<std::string>& command);

 private:
  struct Close {
    void operator()(redisContext* context) const;
  };
  std::unique_ptr<redisContext, Close> context_;
};

}  // namespace oncegate::test
