#include "sinks/registry.h"

#include <algorithm>
#include <array>

#include "sinks/files/files_sink.h"
#include "sinks/kafka/kafka_sink.h"
#include "sinks/mysql/mysql_sink.h"
#include "sinks/postgres/postgres_sink.h"
#include "sinks/redis/redis_sink.h"
#include "sinks/sqlite/sqlite_sink.h"
#include "sinks/webhook/webhook_sink.h"

namespace oncegate {
namespace {

// Every sink, one line each. Pointers, since the types are initialised in files of their own.
constexpr std::array kSinkTypes{
    &kFilesSinkType, &kKafkaSinkType,  &kMysqlSinkType,   &kPostgresSinkType,
    &kRedisSinkType, &kSqliteSinkType, &kWebhookSinkType,
};

}  // namespace

const SinkType* FindSinkType(std::string_view name) {
  const auto* const found =
      std::find_if(kSinkTypes.begin(), kSinkTypes.end(),
                   [name](const SinkType* type) { return type->name == name; });
  return found == kSinkTypes.end() ? nullptr : *found;
}

std::vector<std::string_view> SinkTypeNames() {
  std::vector<std::string_view> names;
  names.reserve(std::size(kSinkTypes));
  for (const SinkType* type : kSinkTypes) names.push_back(type->name);
  return names;
}

}  // namespace oncegate
