#include "bench/raw_redis.h"

#include <hiredis/hiredis.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "server/load/rows.h"

namespace oncegate::bench {
namespace {

class Connection {
 public:
  explicit Connection(std::uint16_t port) : context_(redisConnect("127.0.0.1", port), &redisFree) {
    Check(context_ != nullptr && context_->err == 0);
    Run({"SELECT", "1"});
  }

  void Run(const std::vector<std::string>& command) {
    Append(command);
    TakeReplies(1);
  }

  void Load(const std::string& producer, std::uint64_t first_row, std::uint32_t rows) {
    Append({"MULTI"});
    for (std::uint64_t row = first_row; row < first_row + rows; ++row) {
      Append({"SET", "raw:" + RowKey(row), RowValue(row)});
    }
    Append({"HSET", "ledger", producer, std::to_string(first_row)});
    Append({"EXEC"});
    constexpr std::uint32_t kOthers = 3;
    TakeReplies(rows + kOthers);
  }

 private:
  void Check(bool succeeded) const {
    if (succeeded) return;
    throw std::runtime_error(context_ == nullptr ? "Redis" : context_->errstr);
  }

  void Append(const std::vector<std::string>& command) {
    constexpr std::size_t kWordsMax = 4;
    const char* words[kWordsMax];
    std::size_t sizes[kWordsMax];
    for (std::size_t i = 0; i < command.size(); ++i) {
      words[i] = command[i].data();
      sizes[i] = command[i].size();
    }
    Check(redisAppendCommandArgv(context_.get(), static_cast<int>(command.size()), words, sizes) ==
          REDIS_OK);
  }

  void TakeReplies(std::uint32_t count) {
    for (std::uint32_t i = 0; i < count; ++i) {
      void* reply = nullptr;
      Check(redisGetReply(context_.get(), &reply) == REDIS_OK);
      const std::unique_ptr<void, void (*)(void*)> owned(reply, &freeReplyObject);
      const auto* const answer = static_cast<const redisReply*>(reply);
      if (answer->type == REDIS_REPLY_ERROR) throw std::runtime_error(answer->str);
    }
  }

  std::unique_ptr<redisContext, void (*)(redisContext*)> context_;
};

}  // namespace

double RunRawRedis(std::uint16_t port, const RawRun& run) {
  const double rate = RunRaw(run, [&](std::uint32_t number) -> WriteGroup {
    const auto connection = std::make_shared<Connection>(port);
    return [connection, producer = "raw-" + std::to_string(number), rows = run.rows_per_group](
               std::uint64_t first_row) { connection->Load(producer, first_row, rows); };
  });
  Connection(port).Run({"FLUSHDB"});
  return rate;
}

}  // namespace oncegate::bench
