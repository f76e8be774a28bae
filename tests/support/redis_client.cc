#include "tests/support/redis_client.h"

#include <hiredis/hiredis.h>

#include <stdexcept>

namespace oncegate::test {
namespace {

RedisValue ValueOf(const redisReply& reply) {
  RedisValue value;
  switch (reply.type) {
    case REDIS_REPLY_NIL:
      break;
    case REDIS_REPLY_INTEGER:
      value.text = std::to_string(reply.integer);
      break;
    case REDIS_REPLY_ARRAY:
      for (std::size_t i = 0; i < reply.elements; ++i) {
        value.elements.push_back(ValueOf(*reply.element[i]));
      }
      break;
    case REDIS_REPLY_ERROR:
      value.text = "!" + std::string(reply.str, reply.len);
      break;
    default:
      value.text = std::string(reply.str, reply.len);
  }
  return value;
}

}  // namespace

void RedisClient::Close::operator()(redisContext* context) const { redisFree(context); }

RedisClient::RedisClient(std::uint16_t port) : context_(redisConnect("127.0.0.1", port)) {
  if (context_ == nullptr || context_->err != 0) {
    throw std::runtime_error("Redis does not answer on port " + std::to_string(port));
  }
}

RedisValue RedisClient::Try(const std::vector<std::string>& command) {
  std::vector<const char*> texts;
  std::vector<std::size_t> lengths;
  for (const std::string& argument : command) {
    texts.push_back(argument.data());
    lengths.push_back(argument.size());
  }
  void* reply = redisCommandArgv(context_.get(), static_cast<int>(texts.size()), texts.data(),
                                 lengths.data());
  if (reply == nullptr) {
    throw std::runtime_error(command.front() + ": " + std::string(context_->errstr));
  }
  const std::unique_ptr<void, void (*)(void*)> owner(reply, &freeReplyObject);
  return ValueOf(*static_cast<redisReply*>(reply));
}

RedisValue RedisClient::Run(const std::vector<std::string>& command) {
  RedisValue value = Try(command);
  if (value.text && value.text->starts_with('!')) {
    throw std::runtime_error(command.front() + ": " + *value.text);
  }
  return value;
}

std::string RedisClient::Text(const std::vector<std::string>& command) {
  return Run(command).text.value_or("");
}

std::int64_t RedisClient::Number(const std::vector<std::string>& command) {
  return std::stoll(Text(command));
}

}  // namespace oncegate::test
