#include "sinks/redis/reply.h"

#include <hiredis/hiredis.h>

#include "dedupe/types/check.h"

namespace oncegate::redis {

bool ReplyView::IsError() const { return reply_->type == REDIS_REPLY_ERROR; }

bool ReplyView::IsNil() const { return reply_->type == REDIS_REPLY_NIL; }

std::string_view ReplyView::Text() const {
  switch (reply_->type) {
    case REDIS_REPLY_STRING:
    case REDIS_REPLY_STATUS:
    case REDIS_REPLY_ERROR:
      return {reply_->str, reply_->len};
    default:
      return {};
  }
}

std::optional<std::string_view> ReplyView::MaybeText() const {
  if (IsNil()) return std::nullopt;
  return Text();
}

std::int64_t ReplyView::Integer() const {
  return reply_->type == REDIS_REPLY_INTEGER ? reply_->integer : 0;
}

std::size_t ReplyView::Size() const {
  return reply_->type == REDIS_REPLY_ARRAY ? reply_->elements : 0;
}

ReplyView ReplyView::At(std::size_t index) const {
  CHECK(index < Size());
  return ReplyView(reply_->element[index]);
}

void Reply::Free::operator()(redisReply* reply) const { freeReplyObject(reply); }

}  // namespace oncegate::redis
