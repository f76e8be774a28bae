#include "sinks/redis/server_check.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>
#include <string_view>

namespace oncegate::redis {
namespace {

/// The value of "name:value" on a line of its own; empty if there is none.
std::string_view InfoValue(std::string_view info, std::string_view name) {
  while (!info.empty()) {
    const std::size_t end = std::min(info.find("\r\n"), info.size());
    const std::string_view line = info.substr(0, end);
    if (line.starts_with(name) && line.substr(name.size()).starts_with(':')) {
      return line.substr(name.size() + 1);
    }
    info.remove_prefix(std::min(end + 2, info.size()));
  }
  return "";
}

/// Empty where the server does not tell.
RedisResult<std::optional<std::string>> ConfigValue(Connection& connection,
                                                    std::string_view parameter) {
  const auto reply = connection.Run({"CONFIG", "GET", parameter});
  if (!reply && reply.error().connection_lost) return reply.error();
  if (!reply || reply->view().Size() != 2) return std::optional<std::string>();
  return std::optional(std::string(reply->view().At(1).Text()));
}

SinkError NotDurable(const std::string& what) {
  return {SinkErrorClass::kRefused,
          what +
              "; set appendonly yes, appendfsync always and no-appendfsync-on-rewrite no, or write "
              "durability = \"as_is\" to "
              "do without",
          ""};
}

SinkStatus CheckInfo(std::string_view info, const RedisSettings& settings) {
  if (InfoValue(info, "role") == "slave") {
    return SinkError{SinkErrorClass::kConnection,
                     "the server is a replica; the url has to lead to the master", "READONLY"};
  }
  const std::string_view policy = InfoValue(info, "maxmemory_policy");
  const std::string_view memory = InfoValue(info, "maxmemory");
  if (policy.starts_with("allkeys") && !memory.empty() && memory != "0") {
    return SinkError{SinkErrorClass::kRefused,
                     "the server evicts keys (maxmemory-policy " + std::string(policy) +
                         "), marks and guards among them; set maxmemory-policy to noeviction or to "
                         "a volatile one",
                     ""};
  }
  if (InfoValue(info, "cluster_enabled") == "1" && HashTagOf(settings.prefix).empty()) {
    return SinkError{SinkErrorClass::kRefused,
                     "the server is part of a cluster, so prefix and key_template need a hash tag, "
                     "e.g. prefix = \"{shop}:oncegate\", key_template = \"{{shop}}:{table}:{key}\"",
                     ""};
  }
  if (settings.durability == Durability::kRequired && InfoValue(info, "aof_enabled") == "0") {
    return NotDurable(
        "the server has appendonly off, so what is answered as settled is lost when it stops");
  }
  return {};
}

SinkStatus CheckFlush(Connection& connection) {
  const auto flush = ConfigValue(connection, "appendfsync");
  if (!flush) return ToSinkError(flush.error());
  if (!*flush) {
    return NotDurable("CONFIG GET is forbidden, so it is unknown whether appendfsync is always");
  }
  if (**flush != "always") {
    return NotDurable("the server has appendfsync " + **flush +
                      ", so what was answered as settled shortly before it stops is lost");
  }
  // While a child saves or rewrites, appendfsync counts for nothing then.
  const auto pauses = ConfigValue(connection, "no-appendfsync-on-rewrite");
  if (!pauses) return ToSinkError(pauses.error());
  if (*pauses && **pauses == "no") return {};
  return NotDurable(
      "the server has no-appendfsync-on-rewrite yes, so what it answers while it saves or rewrites "
      "its file is not on disk");
}

/// A server that does not tell has its default.
SinkStatus ReadArgumentLimit(Connection& connection, ServerFacts* facts) {
  const auto length = ConfigValue(connection, "proto-max-bulk-len");
  if (!length) return ToSinkError(length.error());
  if (!*length) return {};
  std::from_chars((*length)->data(), (*length)->data() + (*length)->size(),
                  facts->argument_bytes_max);
  return {};
}

}  // namespace

SinkResult<ServerFacts> CheckServer(Connection& connection, const RedisSettings& settings) {
  const bool is_required = settings.durability == Durability::kRequired;
  const auto info = connection.Run({"INFO"});
  if (info) {
    if (SinkStatus checked = CheckInfo(info->view().Text(), settings); !checked) {
      return checked.error();
    }
  } else if (info.error().connection_lost || info.error().code != "NOPERM") {
    return ToSinkError(info.error());
  } else if (is_required) {
    return NotDurable("INFO is forbidden, so it is unknown whether appendonly is on");
  }
  if (is_required) {
    if (SinkStatus checked = CheckFlush(connection); !checked) return checked.error();
  }
  ServerFacts facts;
  if (SinkStatus read = ReadArgumentLimit(connection, &facts); !read) return read.error();
  return facts;
}

}  // namespace oncegate::redis
