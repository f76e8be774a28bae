#include "sinks/postgres/settings.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string_view>

#include "sinks/common/options.h"
#include "sinks/postgres/conninfo.h"

namespace oncegate::postgres {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kRequestTimeoutFallback{10'000};
constexpr milliseconds kTimeoutMin{100};
constexpr milliseconds kTimeoutMax{3'600'000};
constexpr milliseconds kConnectTimeoutMin{2'000};  // libpq rounds anything below up to it.
constexpr milliseconds kConnectTimeoutMax{10'000};
/// What the way to the server and back may add to statement_timeout.
constexpr milliseconds kAnswerGraceMin{2'000};
/// NAMEDATALEN - 1: a longer identifier would be cut, and two names could become one.
constexpr std::size_t kIdentifierBytes = 63;

bool IsPortList(std::string_view text) {
  while (true) {
    const std::size_t comma = std::min(text.find(','), text.size());
    const std::string_view part = text.substr(0, comma);
    std::uint16_t port = 0;
    const auto [rest, error] = std::from_chars(part.data(), part.data() + part.size(), port);
    const bool is_port = error == std::errc{} && rest == part.data() + part.size() && port != 0;
    if (!is_port && !part.empty()) return false;
    if (comma == text.size()) return true;
    text.remove_prefix(comma + 1);
  }
}

std::optional<Conninfo> ReadUrl(const SinkOptions& options, std::vector<OptionFault>* faults) {
  const auto url = FindSetting(options, "url");
  if (!url || url->empty()) {
    faults->push_back({"url",
                       "is missing; write e.g. url = \"postgresql://user@127.0.0.1:5432/db\", or "
                       "url_file with the name of a file that holds it"});
    return std::nullopt;
  }
  auto conninfo =
      url->find('\0') == std::string_view::npos ? ParseConninfo(std::string(*url)) : std::nullopt;
  if (!conninfo) {
    faults->push_back({"url",
                       "can not be read; expected is postgresql://user@host:port/database (special "
                       "characters percent-encoded) or \"host=… dbname=…\""});
    return std::nullopt;
  }
  if (const auto port = conninfo->find("port");
      port != conninfo->end() && !IsPortList(port->second)) {
    faults->push_back({"url", "the port must be a number from 1 to 65535"});
  }
  return conninfo;
}

struct Timeouts {
  milliseconds connect;
  milliseconds tcp_user;
};

/// What the url says stands, except where a setting of its own says otherwise.
std::string CompleteConninfo(const SinkOptions& options, Conninfo conninfo, Timeouts timeouts) {
  const auto set = [&](const char* keyword, std::string value, bool overrule) {
    if (overrule) {
      conninfo[keyword] = std::move(value);
    } else {
      conninfo.try_emplace(keyword, std::move(value));
    }
  };
  const auto connect_seconds = std::chrono::ceil<std::chrono::seconds>(timeouts.connect).count();
  set("connect_timeout", std::to_string(connect_seconds),
      FindSetting(options, "connect_timeout").has_value());
  set("tcp_user_timeout", std::to_string(timeouts.tcp_user.count()),
      FindSetting(options, "tcp_user_timeout").has_value());
  set("application_name", "oncegate", false);
  set("keepalives_idle", "5", false);
  set("keepalives_interval", "2", false);
  set("keepalives_count", "3", false);
  set("client_encoding", "UTF8", true);
  if (const auto host = conninfo.find("host");
      host != conninfo.end() && host->second.find(',') != std::string::npos) {
    set("target_session_attrs", "read-write", false);
  }
  return FormatConninfo(conninfo);
}

std::string ReadSchema(const SinkOptions& options, std::vector<OptionFault>* faults) {
  const auto schema = FindSetting(options, "schema");
  if (!schema) return {};
  if (schema->empty() || schema->size() > kIdentifierBytes ||
      schema->find('\0') != std::string_view::npos || schema->starts_with("pg_") ||
      schema->find('.') != std::string_view::npos) {
    faults->push_back(
        {"schema", "must be a name of 1 to 63 bytes without \".\" that does not begin with pg_"});
  }
  return std::string(*schema);
}

}  // namespace

PostgresSettings ReadSettings(const SinkOptions& options, std::vector<OptionFault>* faults) {
  CheckKnownSettings(options,
                     {"url", "schema", "connect_timeout", "statement_timeout", "lock_timeout",
                      "tcp_user_timeout", "idle_in_transaction_session_timeout"},
                     faults);
  const milliseconds request =
      options.request_timeout.count() > 0 ? options.request_timeout : kRequestTimeoutFallback;
  const auto conninfo = ReadUrl(options, faults);
  PostgresSettings settings;
  settings.schema = ReadSchema(options, faults);
  const milliseconds connect =
      DurationSetting(options, "connect_timeout", {kConnectTimeoutMin, kTimeoutMax},
                      std::clamp(request / 2, kConnectTimeoutMin, kConnectTimeoutMax), faults);
  settings.statement_timeout =
      DurationSetting(options, "statement_timeout", {kTimeoutMin, kTimeoutMax},
                      std::max(request, kTimeoutMin), faults);
  settings.lock_timeout =
      DurationSetting(options, "lock_timeout", {kTimeoutMin, settings.statement_timeout},
                      std::clamp(request / 2, kTimeoutMin, settings.statement_timeout), faults);
  settings.idle_in_transaction_session_timeout =
      DurationSetting(options, "idle_in_transaction_session_timeout",
                      {kTimeoutMin, std::max(request - milliseconds(1), kTimeoutMin)},
                      std::max(request * 2 / 5, kTimeoutMin), faults);
  const milliseconds tcp_user =
      DurationSetting(options, "tcp_user_timeout", {kTimeoutMin, kTimeoutMax},
                      std::max(request, kTimeoutMin), faults);
  settings.answer_timeout =
      settings.statement_timeout + std::max(settings.statement_timeout / 2, kAnswerGraceMin);
  if (conninfo) settings.conninfo = CompleteConninfo(options, *conninfo, {connect, tcp_user});
  return settings;
}

}  // namespace oncegate::postgres
