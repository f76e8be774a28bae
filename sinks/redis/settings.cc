#include "sinks/redis/settings.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include "sinks/common/options.h"

namespace oncegate::redis {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kRequestTimeoutFallback{10'000};
constexpr milliseconds kTimeoutMin{100};
constexpr milliseconds kTimeoutMax{3'600'000};
constexpr milliseconds kConnectTimeoutMax{10'000};
constexpr std::string_view kPrefixDefault = "oncegate";
constexpr std::string_view kTemplateDefault = "{table}:{key}";
constexpr std::size_t kPrefixBytesMax = 63;

Address ReadAddress(const SinkOptions& options, std::vector<OptionFault>* faults) {
  const auto url = FindSetting(options, "url");
  if (!url || url->empty()) {
    faults->push_back({"url",
                       "is missing; write e.g. url = \"redis://127.0.0.1:6379/0\", or url_file "
                       "with the name of a file that holds it"});
    return {};
  }
  if (url->starts_with("rediss://")) {
    faults->push_back({"url",
                       "rediss:// is not supported: the driver has no TLS; put a TLS proxy such as "
                       "stunnel beside oncegate and write redis:// with its address"});
    return {};
  }
  std::optional<Address> address = ParseUrl(*url);
  if (!address) {
    faults->push_back({"url",
                       "can not be read; expected is redis://user:password@host:port/database "
                       "(special characters percent-encoded)"});
    return {};
  }
  return std::move(*address);
}

std::string ReadPrefix(const SinkOptions& options, std::vector<OptionFault>* faults) {
  const std::string_view prefix = FindSetting(options, "prefix").value_or(kPrefixDefault);
  if (prefix.empty() || prefix.size() > kPrefixBytesMax ||
      prefix.find('\0') != std::string_view::npos) {
    faults->push_back({"prefix", "must be 1 to 63 bytes without NUL"});
  }
  return std::string(prefix);
}

RowFormat ReadFormat(const SinkOptions& options, std::vector<OptionFault>* faults) {
  const std::string_view text = FindSetting(options, "format").value_or(ToString(RowFormat::kJson));
  for (const RowFormat format : {RowFormat::kJson, RowFormat::kHash}) {
    if (text == ToString(format)) return format;
  }
  faults->push_back({"format", "must be \"json\" or \"hash\""});
  return RowFormat::kJson;
}

Durability ReadDurability(const SinkOptions& options, std::vector<OptionFault>* faults) {
  const std::string_view text = FindSetting(options, "durability").value_or("required");
  if (text == "as_is") return Durability::kAsIs;
  if (text != "required") {
    faults->push_back({"durability", "must be \"required\" or \"as_is\""});
  }
  return Durability::kRequired;
}

void ReadTemplate(const SinkOptions& options, RedisSettings* settings,
                  std::vector<OptionFault>* faults) {
  settings->key_template_text = FindSetting(options, "key_template").value_or(kTemplateDefault);
  auto made = KeyTemplate::Parse(settings->key_template_text);
  if (!made) {
    faults->push_back({"key_template", made.error().message});
    return;
  }
  settings->key_template = std::move(*made);
  if (settings->key_template.HashTag() != HashTagOf(settings->prefix)) {
    faults->push_back({"key_template",
                       "must begin with the same hash tag as prefix, or both with none: one script "
                       "writes rows and ledger, so a cluster has to keep them together, e.g. "
                       "prefix = \"{shop}:oncegate\", key_template = \"{{shop}}:{table}:{key}\""});
  }
}

}  // namespace

std::string_view ToString(RowFormat format) {
  switch (format) {
    case RowFormat::kJson:
      return "json";
    case RowFormat::kHash:
      return "hash";
  }
  return "";
}

RedisSettings ReadSettings(const SinkOptions& options, std::vector<OptionFault>* faults) {
  CheckKnownSettings(options,
                     {"url", "prefix", "key_template", "format", "durability", "connect_timeout",
                      "command_timeout"},
                     faults);
  const milliseconds request =
      options.request_timeout.count() > 0 ? options.request_timeout : kRequestTimeoutFallback;
  RedisSettings settings;
  settings.address = ReadAddress(options, faults);
  settings.prefix = ReadPrefix(options, faults);
  settings.format = ReadFormat(options, faults);
  settings.durability = ReadDurability(options, faults);
  ReadTemplate(options, &settings, faults);
  settings.connect_timeout =
      DurationSetting(options, "connect_timeout", {kTimeoutMin, kTimeoutMax},
                      std::clamp(request / 2, kTimeoutMin, kConnectTimeoutMax), faults);
  settings.command_timeout = DurationSetting(options, "command_timeout", {kTimeoutMin, kTimeoutMax},
                                             std::max(request, kTimeoutMin), faults);
  return settings;
}

}  // namespace oncegate::redis
