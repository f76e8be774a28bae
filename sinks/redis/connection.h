// Connection: one connection to a Redis server. One thread at a time; every call blocks for no
// longer than its timeout waits for the next bytes. After a failed exchange the connection is dead:
// hiredis can not tell which reply would come next.
#pragma once

#include <array>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sinks/redis/arguments.h"
#include "sinks/redis/error.h"
#include "sinks/redis/reply.h"
#include "sinks/redis/scripts.h"
#include "sinks/redis/settings.h"

struct redisContext;

namespace oncegate::redis {

class Connection {
 public:
  /// Connects, logs in, selects the database and loads the scripts.
  static RedisResult<std::unique_ptr<Connection>> Open(const RedisSettings& settings);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// One command; an error reply is an error.
  RedisResult<Reply> Run(const Arguments& command);
  /// Commands sent together; the first error reply is the error, once all replies were read.
  RedisResult<std::vector<Reply>> RunAll(std::span<const Arguments> commands);
  /// The same, with error replies among the replies.
  RedisResult<std::vector<Reply>> RunEach(std::span<const Arguments> commands);
  /// Runs a script that the server may have forgotten.
  RedisResult<Reply> Eval(Script script, const Arguments& keys, const Arguments& arguments);

  bool IsUsable() const { return usable_; }

 private:
  struct Free {
    void operator()(redisContext* context) const;
  };

  explicit Connection(redisContext* context);
  RedisStatus SetTimeouts(std::chrono::milliseconds timeout);
  RedisStatus LogIn(const Address& address);
  RedisStatus LoadScripts();
  RedisStatus Send(std::string_view bytes);
  RedisStatus SendCommand(const Arguments& command);
  /// Error replies are values here.
  RedisResult<Reply> Receive();
  RedisResult<Reply> EvalBy(std::string_view verb, std::string_view script, const Arguments& keys,
                            const Arguments& arguments);
  RedisError Lose(std::string why);

  std::unique_ptr<redisContext, Free> context_;
  std::array<std::string, kScriptCount> digests_;
  bool usable_ = true;
};

}  // namespace oncegate::redis
