#include "sinks/redis/connection.h"

#include <hiredis/hiredis.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace oncegate::redis {
namespace {

using std::chrono::milliseconds;

timeval ToTimeval(milliseconds duration) {
  return {.tv_sec = duration.count() / 1000, .tv_usec = duration.count() % 1000 * 1000};
}

std::string HeaderOf(std::size_t arguments) { return "*" + std::to_string(arguments) + "\r\n"; }

RedisResult<Reply> ErrorAsError(RedisResult<Reply> reply) {
  if (reply && reply->view().IsError()) return ErrorOfReply(reply->view().Text());
  return reply;
}

}  // namespace

Connection::Connection(redisContext* context) : context_(context) {}

Connection::~Connection() = default;

void Connection::Free::operator()(redisContext* context) const { redisFree(context); }

RedisResult<std::unique_ptr<Connection>> Connection::Open(const RedisSettings& settings) {
  std::unique_ptr<Connection> connection(new Connection(redisConnectWithTimeout(
      settings.address.host.c_str(), settings.address.port, ToTimeval(settings.connect_timeout))));
  redisContext* const context = connection->context_.get();
  if (context == nullptr) return RedisError{"", "out of memory", true};
  if (context->err != 0) return connection->Lose(context->errstr);
  if (auto set = connection->SetTimeouts(settings.connect_timeout); !set) return set.error();
  if (auto in = connection->LogIn(settings.address); !in) return in.error();
  if (auto loaded = connection->LoadScripts(); !loaded) return loaded.error();
  if (auto set = connection->SetTimeouts(settings.command_timeout); !set) return set.error();
  return connection;
}

RedisStatus Connection::SetTimeouts(milliseconds timeout) {
  const auto user_timeout = static_cast<unsigned>(timeout.count());
  const bool is_set = redisSetTimeout(context_.get(), ToTimeval(timeout)) == REDIS_OK &&
                      redisEnableKeepAlive(context_.get()) == REDIS_OK &&
                      setsockopt(context_->fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &user_timeout,
                                 sizeof user_timeout) == 0;
  if (!is_set) return Lose("the timeouts of the connection can not be set");
  return {};
}

RedisStatus Connection::LogIn(const Address& address) {
  if (!address.password.empty()) {
    Arguments auth{"AUTH"};
    if (!address.user.empty()) auth.Add(address.user);
    auth.Add(address.password);
    if (auto in = Run(auth); !in) return in.error();
  }
  if (address.database == 0) return {};
  auto selected = Run({"SELECT", std::to_string(address.database)});
  if (!selected) return selected.error();
  return {};
}

RedisStatus Connection::LoadScripts() {
  std::vector<Arguments> loads;
  for (std::size_t i = 0; i < kScriptCount; ++i) {
    loads.push_back({"SCRIPT", "LOAD", TextOf(static_cast<Script>(i))});
  }
  const auto loaded = RunAll(loads);
  if (!loaded) return loaded.error();
  for (std::size_t i = 0; i < kScriptCount; ++i) digests_[i] = (*loaded)[i].view().Text();
  return {};
}

RedisError Connection::Lose(std::string why) {
  usable_ = false;
  return {"", std::move(why), true};
}

// Not hiredis's own write, which has the whole process killed by SIGPIPE.
RedisStatus Connection::Send(std::string_view bytes) {
  if (!usable_) return Lose("the connection is lost");
  while (!bytes.empty()) {
    const ssize_t sent = send(context_->fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) return Lose(std::string("sending failed: ") + std::strerror(errno));
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return {};
}

RedisResult<Reply> Connection::Receive() {
  if (!usable_) return Lose("the connection is lost");
  void* reply = nullptr;
  if (redisGetReply(context_.get(), &reply) != REDIS_OK) {
    return Lose(std::string("no answer: ") + context_->errstr);
  }
  return Reply(static_cast<redisReply*>(reply));
}

RedisStatus Connection::SendCommand(const Arguments& command) {
  return Send(HeaderOf(command.count()) + command.bytes());
}

RedisResult<Reply> Connection::Run(const Arguments& command) {
  if (auto sent = SendCommand(command); !sent) return sent.error();
  return ErrorAsError(Receive());
}

RedisResult<std::vector<Reply>> Connection::RunAll(std::span<const Arguments> commands) {
  auto replies = RunEach(commands);
  if (!replies) return replies;
  for (const Reply& reply : *replies) {
    if (reply.view().IsError()) return ErrorOfReply(reply.view().Text());
  }
  return replies;
}

RedisResult<std::vector<Reply>> Connection::RunEach(std::span<const Arguments> commands) {
  std::string bytes;
  for (const Arguments& command : commands) {
    bytes += HeaderOf(command.count());
    bytes += command.bytes();
  }
  if (auto sent = Send(bytes); !sent) return sent.error();
  std::vector<Reply> replies;
  for (std::size_t i = 0; i < commands.size(); ++i) {
    auto reply = Receive();
    if (!reply) return reply.error();
    replies.push_back(std::move(*reply));
  }
  return replies;
}

RedisResult<Reply> Connection::EvalBy(std::string_view verb, std::string_view script,
                                      const Arguments& keys, const Arguments& arguments) {
  const Arguments head{verb, script, std::to_string(keys.count())};
  const std::string start =
      HeaderOf(head.count() + keys.count() + arguments.count()) + head.bytes() + keys.bytes();
  if (auto sent = Send(start); !sent) return sent.error();
  if (auto sent = Send(arguments.bytes()); !sent) return sent.error();
  return ErrorAsError(Receive());
}

RedisResult<Reply> Connection::Eval(Script script, const Arguments& keys,
                                    const Arguments& arguments) {
  auto reply = EvalBy("EVALSHA", digests_[static_cast<std::size_t>(script)], keys, arguments);
  // The server was restarted or its scripts were flushed; it ran nothing.
  if (!reply && reply.error().code == "NOSCRIPT") {
    return EvalBy("EVAL", TextOf(script), keys, arguments);
  }
  return reply;
}

}  // namespace oncegate::redis
