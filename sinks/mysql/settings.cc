#include "sinks/mysql/settings.h"

#include <algorithm>
#include <optional>
#include <string_view>

#include "sinks/common/options.h"

namespace oncegate::mysql {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr milliseconds kRequestTimeoutFallback{10'000};
constexpr milliseconds kTimeoutMin{1'000};  // The server counts in seconds.
constexpr milliseconds kTimeoutMax{3'600'000};
constexpr milliseconds kConnectTimeoutMax{10'000};
/// What the way to the server and back may add to statement_timeout.
constexpr milliseconds kAnswerGraceMin{2'000};

MysqlUrl ReadUrl(const SinkOptions& options, std::vector<OptionFault>* faults) {
  const auto text = FindSetting(options, "url");
  if (!text || text->empty()) {
    faults->push_back({"url",
                       "is missing; write e.g. url = \"mysql://user@127.0.0.1:3306/db\", or "
                       "url_file with the name of a file that holds it"});
    return {};
  }
  auto url = ParseUrl(*text);
  if (!url) {
    faults->push_back({"url",
                       "can not be read; expected is mysql://user:password@host:port/database "
                       "(special characters percent-encoded)"});
    return {};
  }
  return *url;
}

Encryption ReadEncryption(const SinkOptions& options, std::vector<OptionFault>* faults) {
  const auto text = FindSetting(options, "tls").value_or("off");
  if (text == "off") return Encryption::kOff;
  if (text == "required") return Encryption::kRequired;
  if (text == "verified") return Encryption::kVerified;
  faults->push_back({"tls", "must be \"off\", \"required\" or \"verified\""});
  return Encryption::kOff;
}

void ReadTls(const SinkOptions& options, MysqlSettings* settings,
             std::vector<OptionFault>* faults) {
  settings->encryption = ReadEncryption(options, faults);
  const auto authority = FindSetting(options, "tls_ca");
  if (!authority) return;
  settings->tls_ca = *authority;
  if (settings->encryption != Encryption::kVerified) {
    faults->push_back({"tls_ca", "is of no use without tls = \"verified\""});
  }
}

seconds InSeconds(milliseconds duration) { return std::chrono::ceil<seconds>(duration); }

}  // namespace

MysqlSettings ReadSettings(const SinkOptions& options, std::vector<OptionFault>* faults) {
  CheckKnownSettings(options,
                     {"url", "tls", "tls_ca", "connect_timeout", "statement_timeout",
                      "lock_timeout", "idle_transaction_timeout"},
                     faults);
  const milliseconds request =
      options.request_timeout.count() > 0 ? options.request_timeout : kRequestTimeoutFallback;
  MysqlSettings settings;
  settings.url = ReadUrl(options, faults);
  ReadTls(options, &settings, faults);
  settings.connect_timeout =
      InSeconds(DurationSetting(options, "connect_timeout", {kTimeoutMin, kTimeoutMax},
                                std::clamp(request / 2, kTimeoutMin, kConnectTimeoutMax), faults));
  settings.statement_timeout =
      DurationSetting(options, "statement_timeout", {kTimeoutMin, kTimeoutMax},
                      std::max(request, kTimeoutMin), faults);
  settings.lock_timeout = InSeconds(
      DurationSetting(options, "lock_timeout", {kTimeoutMin, settings.statement_timeout},
                      std::clamp(request / 2, kTimeoutMin, settings.statement_timeout), faults));
  settings.idle_transaction_timeout =
      InSeconds(DurationSetting(options, "idle_transaction_timeout",
                                {kTimeoutMin, std::max(request - milliseconds(1), kTimeoutMin)},
                                std::max(request * 2 / 5, kTimeoutMin), faults));
  settings.answer_timeout = InSeconds(settings.statement_timeout +
                                      std::max(settings.statement_timeout / 2, kAnswerGraceMin));
  return settings;
}

}  // namespace oncegate::mysql
