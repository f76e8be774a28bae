#include "server/config/render.h"

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <chrono>

#include "server/config/duration.h"
#include "server/config/setting_tree.h"
#include "server/config/stream_sinks.h"

namespace oncegate {
namespace {

constexpr std::string_view kRedacted = "***";
/// Parameters of a connection URL that hold no secret. Every other one may.
constexpr std::array<std::string_view, 9> kHarmlessParameters{"host",
                                                              "hostaddr",
                                                              "port",
                                                              "dbname",
                                                              "user",
                                                              "sslmode",
                                                              "connect_timeout",
                                                              "application_name",
                                                              "target_session_attrs"};

std::string RedactParameter(std::string_view parameter) {
  const std::string_view name = parameter.substr(0, parameter.find('='));
  if (std::ranges::find(kHarmlessParameters, name) != kHarmlessParameters.end()) {
    return std::string(parameter);
  }
  return std::string(name) + "=" + std::string(kRedacted);
}

std::string RedactQuery(std::string_view query) {
  std::string redacted;
  for (;;) {
    const std::size_t end = query.find('&');
    redacted += RedactParameter(query.substr(0, end));
    if (end == std::string_view::npos) return redacted;
    redacted += '&';
    query.remove_prefix(end + 1);
  }
}

boost::json::object RenderListener(const ListenConfig& listener) {
  return {{"listen", listener.listen}, {"insecure", listener.insecure}};
}

boost::json::object RenderLimits(const LimitsConfig& limits) {
  return {{"body_bytes", limits.body_bytes},
          {"records_per_request", limits.records_per_request},
          {"header_bytes", limits.header_bytes},
          {"queue_bytes_per_lane", limits.queue_bytes_per_lane},
          {"connections", limits.connections},
          {"key_bytes", limits.key_bytes},
          {"group_events", limits.group_events},
          {"group_bytes", limits.group_bytes},
          {"streams", limits.streams},
          {"header_timeout", ToText(limits.header_timeout)},
          {"body_timeout", ToText(limits.body_timeout)},
          {"write_timeout", ToText(limits.write_timeout)},
          {"idle_timeout", ToText(limits.idle_timeout)},
          {"drain_timeout", ToText(limits.drain_timeout)}};
}

std::string RenderSetting(const std::string& key, const std::string& value) {
  if (!IsSecretKey(key)) return value;
  return key == "url" ? RedactUrl(value) : std::string(kRedacted);
}

boost::json::object RenderSink(const SinkConfig& sink) {
  boost::json::object object{{"type", sink.type}};
  if (sink.lanes) object["lanes"] = *sink.lanes;
  for (const auto& [key, value] : sink.settings) object[key] = RenderSetting(key, value);
  return object;
}

boost::json::array RenderList(const std::vector<std::string>& texts) {
  boost::json::array array;
  for (const std::string& text : texts) array.emplace_back(text);
  return array;
}

void RenderColumns(const ColumnsOptions& columns, boost::json::object* object) {
  (*object)["key_columns"] = RenderList(columns.key_columns);
  (*object)["columns"] = RenderList(columns.columns);
  (*object)["unknown_fields"] = ToString(columns.unknown_fields);
  (*object)["unknown_fields_column"] = columns.unknown_fields_column;
  (*object)["version_column"] = columns.version_column;
  (*object)["delete"] = ToString(columns.deletes);
  (*object)["deleted_column"] = columns.deleted_column;
  (*object)["auto_evolve"] = columns.auto_evolve;
}

boost::json::object RenderStream(const StreamConfig& stream) {
  boost::json::object object{{"target", stream.target},
                             {"dedupe", ToString(stream.dedupe)},
                             {"ack", stream.ack},
                             {"on_reject", stream.on_reject},
                             {"producer_retention", ToText(stream.producer_retention)},
                             {"id_retention", ToText(stream.id_retention)},
                             {"ids_max", stream.ids_max},
                             {"ranges_max", stream.ranges_max},
                             {"fingerprints", stream.fingerprints},
                             {"request_timeout", ToText(stream.request_timeout)}};
  if (stream.further_sinks.empty()) {
    object["sink"] = stream.sink;
  } else {
    object["sinks"] = RenderList(SinksOf(stream));
  }
  if (!stream.table.empty()) object["table"] = stream.table;
  if (stream.target == "columns") RenderColumns(stream.columns, &object);
  return object;
}

}  // namespace

std::string RedactUrl(std::string_view url) {
  const std::size_t scheme_end = url.find("://");
  // The "host=… password=…" form of a connection string is not worth a parser here.
  if (scheme_end == std::string_view::npos) return std::string(kRedacted);
  std::string redacted(url.substr(0, scheme_end + 3));
  std::string_view rest = url.substr(scheme_end + 3);
  // The last @: a password may hold an unescaped one, and hiding too much does no harm.
  if (const std::size_t at = rest.rfind('@'); at != std::string_view::npos) {
    const std::string_view user_info = rest.substr(0, at);
    const std::size_t colon = user_info.find(':');
    redacted += user_info.substr(0, colon);
    if (colon != std::string_view::npos) redacted.append(":").append(kRedacted);
    redacted += '@';
    rest.remove_prefix(at + 1);
  }
  const std::size_t question = rest.find('?');
  redacted += rest.substr(0, question);
  if (question == std::string_view::npos) return redacted;
  return redacted + "?" + RedactQuery(rest.substr(question + 1));
}

std::string RenderRedacted(const Config& config) {
  boost::json::object sinks;
  for (const SinkConfig& sink : config.sinks) sinks[sink.name] = RenderSink(sink);
  boost::json::object streams;
  for (const StreamConfig& stream : config.streams) streams[stream.name] = RenderStream(stream);
  boost::json::object defaults = RenderStream(config.stream_defaults);
  defaults["create"] = config.create_streams;
  return boost::json::serialize(boost::json::object{
      {"data_dir", config.data_dir.string()},
      {"ingest", RenderListener(config.ingest)},
      {"ops", RenderListener(config.ops)},
      {"limits", RenderLimits(config.limits)},
      {"store",
       {{"fingerprint_retention", ToText(config.store.fingerprint_retention)},
        {"fingerprint_bytes", config.store.fingerprint_bytes}}},
      {"journal", {{"age", ToText(config.journal.age)}, {"bytes", config.journal.bytes}}},
      {"log", {{"level", config.log.level}}},
      {"sinks", std::move(sinks)},
      {"stream_defaults", std::move(defaults)},
      {"streams", std::move(streams)}});
}

}  // namespace oncegate
