#include "sinks/webhook/settings.h"

#include <algorithm>
#include <array>
#include <boost/beast/core/string.hpp>
#include <boost/url/parse.hpp>
#include <charconv>
#include <optional>
#include <sstream>
#include <string_view>
#include <system_error>

#include "sinks/common/options.h"
#include "sinks/webhook/signature.h"

namespace oncegate::webhook {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kConnectTimeoutDefault{5'000};
constexpr milliseconds kResponseTimeoutDefault{10'000};
constexpr milliseconds kTimeoutMax{120'000};
constexpr milliseconds kBusyTimeoutDefault{2'000};
constexpr std::size_t kBatchEventsDefault = 100;
constexpr std::size_t kBatchEventsMax = 10'000;
constexpr std::size_t kBatchBytesDefault = 1024 * 1024;
constexpr std::size_t kBatchBytesMax = 64 * 1024 * 1024;
constexpr std::size_t kHeadersMax = 32;
constexpr std::size_t kSecretsMax = 4;

/// Headers that the sink sets itself.
constexpr std::array<std::string_view, 11> kOwnHeaders{
    "host",       "content-type",      "content-length",    "transfer-encoding",
    "connection", "authorization",     "idempotency-key",   "webhook-id",
    "user-agent", "webhook-timestamp", "webhook-signature",
};

class Reader {
 public:
  Reader(const SinkOptions& options, std::vector<OptionFault>* faults)
      : options_(options), faults_(faults) {}

  void Fault(std::string key, std::string message) {
    faults_->push_back({std::move(key), std::move(message)});
  }
  std::optional<std::string_view> Text(std::string_view key) const {
    return FindSetting(options_, key);
  }
  milliseconds Duration(std::string_view key, milliseconds most, milliseconds fallback) {
    return DurationSetting(options_, key, {milliseconds{1}, most}, fallback, faults_);
  }
  bool Flag(std::string_view key) {
    const auto text = Text(key);
    if (text && *text != "true" && *text != "false") {
      Fault(std::string(key), "must be true or false");
    }
    return text == "true";
  }
  std::size_t Count(std::string_view key, std::size_t most, std::size_t fallback) {
    const auto text = Text(key);
    if (!text) return fallback;
    std::size_t count = 0;
    const char* const end = text->data() + text->size();
    const auto [rest, error] = std::from_chars(text->data(), end, count);
    if (error == std::errc{} && rest == end && count >= 1 && count <= most) return count;
    Fault(std::string(key), "must be a number from 1 to " + std::to_string(most));
    return fallback;
  }

 private:
  const SinkOptions& options_;
  std::vector<OptionFault>* const faults_;
};

bool HasUsablePort(const boost::urls::url_view& url) {
  const auto text = url.port();
  if (text.empty()) return true;
  std::uint16_t port = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, port);
  return error == std::errc{} && rest == end && port != 0;
}

Endpoint ReadEndpoint(Reader* reader) {
  const auto text = reader->Text("url");
  if (!text) {
    reader->Fault("url", "is missing; write the address that takes the events, https://…");
    return {};
  }
  const auto url = boost::urls::parse_uri(boost::core::string_view(text->data(), text->size()));
  const bool is_usable = url.has_value() && (url->scheme() == "https" || url->scheme() == "http") &&
                         !url->host().empty() && !url->has_userinfo() && !url->has_fragment() &&
                         HasUsablePort(*url);
  if (!is_usable) {
    reader->Fault("url",
                  "must be http://host[:port]/path or https://…, without user, password and "
                  "fragment; credentials go into \"authorization\"");
    return {};
  }
  Endpoint endpoint;
  endpoint.has_tls = url->scheme() == "https";
  endpoint.host = url->host_address();
  const std::string usual_port = endpoint.has_tls ? "443" : "80";
  endpoint.port = url->has_port() && !url->port().empty() ? std::string(url->port()) : usual_port;
  endpoint.authority = std::string(url->encoded_host());
  if (endpoint.port != usual_port) endpoint.authority += ":" + endpoint.port;
  endpoint.target = std::string(url->encoded_target());
  if (!endpoint.target.starts_with('/')) endpoint.target.insert(0, "/");
  return endpoint;
}

bool IsHeaderName(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
  });
}

/// Nothing that could end the header line.
bool IsHeaderValue(std::string_view value) {
  return !value.empty() && std::none_of(value.begin(), value.end(), [](char c) {
    return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f;
  });
}

bool IsOwnHeader(std::string_view name) {
  return std::any_of(kOwnHeaders.begin(), kOwnHeaders.end(), [name](std::string_view own) {
    return boost::beast::iequals({name.data(), name.size()}, {own.data(), own.size()});
  });
}

std::string_view Trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) return "";
  return text.substr(first, text.find_last_not_of(" \t\r") + 1 - first);
}

void ReadHeaders(Reader* reader, Settings* settings) {
  if (const auto authorization = reader->Text("authorization")) {
    if (!IsHeaderValue(*authorization)) {
      reader->Fault("authorization", "must be one line, such as \"Bearer TOKEN\"");
    }
    settings->headers.emplace_back("Authorization", *authorization);
  }
  std::string_view lines = reader->Text("headers").value_or("");
  while (!lines.empty()) {
    const std::size_t end = std::min(lines.find('\n'), lines.size());
    const std::string_view line = Trimmed(lines.substr(0, end));
    lines.remove_prefix(std::min(end + 1, lines.size()));
    if (line.empty()) continue;
    const std::size_t colon = std::min(line.find(':'), line.size());
    const std::string_view name = line.substr(0, colon);
    const std::string_view value = Trimmed(line.substr(std::min(colon + 1, line.size())));
    if (!IsHeaderName(name) || !IsHeaderValue(value)) {
      reader->Fault("headers", "must be lines of \"Name: value\"");
    } else if (IsOwnHeader(name)) {
      reader->Fault("headers", "may not set \"" + std::string(name) + "\", which the sink sets");
    } else {
      settings->headers.emplace_back(name, value);
    }
  }
  if (settings->headers.size() > kHeadersMax) {
    reader->Fault("headers", "may be " + std::to_string(kHeadersMax) + " at most");
  }
}

void ReadBatch(Reader* reader, Settings* settings) {
  const bool is_batch = reader->Flag("batch");
  const std::string_view format = reader->Text("batch_format").value_or("json");
  if (format != "json" && format != "ndjson") {
    reader->Fault("batch_format", "must be \"json\" (an array) or \"ndjson\" (one event a line)");
  }
  settings->batch_events = reader->Count("batch_events", kBatchEventsMax, kBatchEventsDefault);
  settings->batch_bytes = reader->Count("batch_bytes", kBatchBytesMax, kBatchBytesDefault);
  for (const char* const key : {"batch_format", "batch_events", "batch_bytes"}) {
    if (!is_batch && reader->Text(key)) {
      reader->Fault(key, "has no meaning without batch = true");
    }
  }
  if (!is_batch) {
    settings->batch_events = 1;
  } else {
    settings->format = format == "ndjson" ? BodyFormat::kNdjson : BodyFormat::kJsonArray;
  }
}

void ReadSecrets(Reader* reader, Settings* settings) {
  const auto text = reader->Text("secret");
  if (!text) return;
  std::istringstream secrets{std::string(*text)};
  for (std::string secret; secrets >> secret;) {
    const auto key = DecodeSecret(secret);
    if (!key) {
      reader->Fault("secret",
                    "must be \"whsec_\" and 24 to 64 bytes in base64, as Standard Webhooks has it");
      return;
    }
    settings->signing_keys.push_back(*key);
  }
  if (settings->signing_keys.empty() || settings->signing_keys.size() > kSecretsMax) {
    reader->Fault("secret", "must be one secret, or up to " + std::to_string(kSecretsMax) +
                                " while a receiver goes over to a new one");
  }
}

void ReadPaths(const SinkOptions& options, Reader* reader, Settings* settings) {
  const std::filesystem::path name(
      reader->Text("path").value_or(options.name + ".delivery.sqlite"));
  if (name.empty() || name.native().find('\0') != std::string::npos || name == ":memory:") {
    reader->Fault("path", "must be the path of a file, relative to data_dir");
  }
  std::error_code error;
  settings->path = std::filesystem::absolute(options.data_dir / name, error);
  if (error) reader->Fault("path", "can not be resolved: " + error.message());
  const std::string_view ca_file = reader->Text("ca_file").value_or("");
  if (reader->Text("ca_file") && ca_file.empty()) {
    reader->Fault("ca_file", "must be the path of a PEM file");
  }
  settings->ca_file = ca_file;
}

}  // namespace

Settings ReadSettings(const SinkOptions& options, std::vector<OptionFault>* faults) {
  CheckKnownSettings(
      options,
      {"url", "path", "secret", "authorization", "headers", "ca_file", "batch", "batch_format",
       "batch_events", "batch_bytes", "connect_timeout", "response_timeout", "busy_timeout"},
      faults);
  Reader reader(options, faults);
  Settings settings;
  settings.endpoint = ReadEndpoint(&reader);
  ReadSecrets(&reader, &settings);
  ReadHeaders(&reader, &settings);
  ReadBatch(&reader, &settings);
  ReadPaths(options, &reader, &settings);
  settings.connect_timeout =
      reader.Duration("connect_timeout", kTimeoutMax, kConnectTimeoutDefault);
  settings.response_timeout =
      reader.Duration("response_timeout", kTimeoutMax, kResponseTimeoutDefault);
  // Begin, the lock and Commit together stay below the time that a request waits.
  const milliseconds request = std::max(options.request_timeout, milliseconds{8});
  settings.busy_timeout = reader.Duration("busy_timeout", request,
                                          std::min<milliseconds>(kBusyTimeoutDefault, request / 8));
  settings.begin_wait = request / 4;
  settings.commit_wait = request / 2;
  return settings;
}

}  // namespace oncegate::webhook
