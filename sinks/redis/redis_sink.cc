#include "sinks/redis/redis_sink.h"

#include <utility>

#include "sinks/redis/catalogue.h"
#include "sinks/redis/connection.h"
#include "sinks/redis/server_check.h"
#include "sinks/redis/session.h"
#include "sinks/redis/settings.h"

namespace oncegate {
namespace {

using redis::RedisSettings;

// One lane judges while the other one's script runs; Redis runs one at a time.
constexpr std::uint32_t kDefaultLanes = 2;

class RedisSink final : public Sink {
 public:
  explicit RedisSink(RedisSettings settings) : settings_(std::move(settings)) {}

  SinkResult<std::unique_ptr<SinkSession>> Connect() override {
    auto connection = redis::Connection::Open(settings_);
    if (!connection) return redis::ToSinkError(connection.error());
    auto facts = redis::CheckServer(**connection, settings_);
    if (!facts) return facts.error();
    if (auto ensured = redis::EnsureLayout(**connection, settings_); !ensured) {
      return ensured.error();
    }
    return std::unique_ptr<SinkSession>(std::make_unique<redis::RedisSession>(
        std::move(*connection), settings_, std::move(*facts)));
  }

  std::uint32_t DefaultLanes() const override { return kDefaultLanes; }

 private:
  const RedisSettings settings_;
};

std::vector<OptionFault> CheckRedis(const SinkOptions& options) {
  std::vector<OptionFault> faults;
  redis::ReadSettings(options, &faults);
  return faults;
}

Result<std::unique_ptr<Sink>> MakeRedis(const SinkOptions& options) {
  std::vector<OptionFault> faults;
  RedisSettings settings = redis::ReadSettings(options, &faults);
  if (!faults.empty()) return Error{faults.front().key + " " + faults.front().message};
  return std::unique_ptr<Sink>(std::make_unique<RedisSink>(std::move(settings)));
}

}  // namespace

const SinkType kRedisSinkType{"redis", &CheckRedis, &MakeRedis, TargetKind::kDocument};

}  // namespace oncegate
