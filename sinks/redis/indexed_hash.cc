#include "sinks/redis/indexed_hash.h"

#include <algorithm>
#include <utility>

#include "sinks/redis/names.h"

namespace oncegate::redis {
namespace {

constexpr std::size_t kFieldsPerCommand = 1'000;

/// Before the first text behind all that begin with `prefix`, as ZRANGEBYLEX wants it.
std::string EndOf(std::string prefix) {
  while (!prefix.empty() && prefix.back() == '\xff') prefix.pop_back();
  if (prefix.empty()) return "+";
  ++prefix.back();
  return "(" + prefix;
}

}  // namespace

RedisResult<std::vector<std::optional<std::string>>> ReadFields(
    Connection& connection, const std::string& hash, std::span<const std::string> fields) {
  std::vector<Arguments> commands;
  for (std::size_t first = 0; first < fields.size(); first += kFieldsPerCommand) {
    Arguments& command = commands.emplace_back(Arguments{"HMGET", hash});
    for (const std::string& field :
         fields.subspan(first, std::min(kFieldsPerCommand, fields.size() - first))) {
      command.Add(field);
    }
  }
  const auto replies = connection.RunAll(commands);
  if (!replies) return replies.error();
  std::vector<std::optional<std::string>> values;
  values.reserve(fields.size());
  for (const Reply& reply : *replies) {
    for (std::size_t i = 0; i < reply.view().Size(); ++i) {
      const auto text = reply.view().At(i).MaybeText();
      values.push_back(text ? std::optional(std::string(*text)) : std::nullopt);
    }
  }
  CHECK(values.size() == fields.size());
  return values;
}

RedisResult<std::vector<std::string>> ListFields(Connection& connection, const std::string& hash,
                                                 const FieldRange& range) {
  const bool goes_on = !range.after.empty() && range.after >= range.prefix;
  const auto reply = connection.Run(
      {"ZRANGEBYLEX", Names::OrderOf(hash), goes_on ? "(" + range.after : "[" + range.prefix,
       EndOf(range.prefix), "LIMIT", "0", std::to_string(range.limit)});
  if (!reply) return reply.error();
  std::vector<std::string> fields;
  for (std::size_t i = 0; i < reply->view().Size(); ++i) {
    fields.emplace_back(reply->view().At(i).Text());
  }
  return fields;
}

RedisResult<std::uint64_t> CountFields(Connection& connection, const std::string& hash,
                                       const std::string& prefix) {
  const auto reply =
      connection.Run({"ZLEXCOUNT", Names::OrderOf(hash), "[" + prefix, EndOf(prefix)});
  if (!reply) return reply.error();
  return static_cast<std::uint64_t>(reply->view().Integer());
}

}  // namespace oncegate::redis
