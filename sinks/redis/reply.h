// Replies of the server. A view points into the Reply that owns it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

struct redisReply;

namespace oncegate::redis {

class ReplyView {
 public:
  explicit ReplyView(const redisReply* reply) : reply_(reply) {}

  bool IsError() const;
  bool IsNil() const;
  /// Of a string, status or error; empty for anything else.
  std::string_view Text() const;
  /// Empty for nil.
  std::optional<std::string_view> MaybeText() const;
  /// Of an integer; 0 for anything else.
  std::int64_t Integer() const;
  /// Elements of an array; 0 for anything else.
  std::size_t Size() const;
  /// Precondition: index < Size().
  ReplyView At(std::size_t index) const;

 private:
  const redisReply* reply_;
};

class Reply {
 public:
  explicit Reply(redisReply* reply) : reply_(reply) {}

  ReplyView view() const { return ReplyView(reply_.get()); }

 private:
  struct Free {
    void operator()(redisReply* reply) const;
  };
  std::unique_ptr<redisReply, Free> reply_;
};

}  // namespace oncegate::redis
