#include "sinks/webhook/settings.h"

#include <gtest/gtest.h>

#include "sinks/webhook/signature.h"
#include "sinks/webhook/webhook_sink.h"
#include "tests/unit/sinks/webhook/webhook_fixture.h"

namespace oncegate::webhook {
namespace {

Settings Read(OptionMap options) {
  options.try_emplace("url", "https://example.org/hook");
  std::vector<OptionFault> faults;
  const SinkOptions read = OptionsFor("/data", std::move(options));
  Settings settings = ReadSettings(read, &faults);
  EXPECT_TRUE(faults.empty()) << faults.front().key << " " << faults.front().message;
  return settings;
}

std::string FaultyKey(OptionMap options) {
  options.try_emplace("url", "https://example.org/hook");
  const auto faults = kWebhookSinkType.check(OptionsFor("/data", std::move(options)));
  return faults.size() == 1 ? faults.front().key : std::to_string(faults.size()) + " faults";
}

TEST(WebhookSettings, AUrlIsTakenApart) {
  const Endpoint endpoint = Read({{"url", "https://example.org:8443/a/b?c=d"}}).endpoint;
  EXPECT_TRUE(endpoint.has_tls);
  EXPECT_EQ(endpoint.host, "example.org");
  EXPECT_EQ(endpoint.port, "8443");
  EXPECT_EQ(endpoint.authority, "example.org:8443");
  EXPECT_EQ(endpoint.target, "/a/b?c=d");
  EXPECT_EQ(Read({{"url", "http://[::1]:80"}}).endpoint.host, "::1");
  EXPECT_EQ(Read({{"url", "http://[::1]"}}).endpoint.authority, "[::1]");
  EXPECT_EQ(Read({{"url", "http://example.org"}}).endpoint.target, "/");
}

TEST(WebhookSettings, AUrlThatCanNotBeUsedIsRefused) {
  for (const char* const url : {"", "example.org", "ftp://example.org/", "https://", "https:///x",
                                "https://user:secret@example.org/", "https://example.org/#part",
                                "https://example.org:99999/", "https://example.org:0/"}) {
    EXPECT_EQ(FaultyKey({{"url", url}}), "url") << url;
  }
  EXPECT_EQ(kWebhookSinkType.check(OptionsFor("/data", {})).size(), 1U);
}

TEST(WebhookSettings, OneEventARequestUnlessItIsABatch) {
  EXPECT_EQ(Read({}).format, BodyFormat::kEvent);
  EXPECT_EQ(Read({}).batch_events, 1U);
  EXPECT_EQ(Read({{"batch", "true"}}).format, BodyFormat::kJsonArray);
  const Settings lines =
      Read({{"batch", "true"}, {"batch_format", "ndjson"}, {"batch_events", "7"}});
  EXPECT_EQ(lines.format, BodyFormat::kNdjson);
  EXPECT_EQ(lines.batch_events, 7U);
  EXPECT_EQ(FaultyKey({{"batch", "yes"}}), "batch");
  EXPECT_EQ(FaultyKey({{"batch_events", "7"}}), "batch_events");
  EXPECT_EQ(FaultyKey({{"batch", "true"}, {"batch_events", "0"}}), "batch_events");
  EXPECT_EQ(FaultyKey({{"batch", "true"}, {"batch_format", "xml"}}), "batch_format");
}

TEST(WebhookSettings, HeadersAreLinesAndMayNotReplaceTheSinksOwn) {
  const Settings settings = Read({{"authorization", "Bearer t"},
                                  {"headers", "X-Tenant: acme\n\n  X-Env:prod \r\n"},
                                  {"secret", kSecret}});
  ASSERT_EQ(settings.headers.size(), 3U);
  EXPECT_EQ(settings.headers[0].second, "Bearer t");
  EXPECT_EQ(settings.headers[1].second, "acme");
  EXPECT_EQ(settings.headers[2].first, "X-Env");
  EXPECT_EQ(settings.signing_keys.size(), 1U);
  for (const char* const headers : {"nonsense", "X-A:", ": b", "X A: b", "Webhook-Id: 1",
                                    "content-length: 3", "Authorization: x"}) {
    EXPECT_EQ(FaultyKey({{"headers", headers}}), "headers") << headers;
  }
  EXPECT_EQ(FaultyKey({{"authorization", "a\r\nb"}}), "authorization");
}

TEST(WebhookSettings, ASecretMayStandBesideTheOneThatItReplaces) {
  const std::string other = "whsec_" + std::string(32, 'A');
  const std::string both = kSecret + ("\n" + other);
  EXPECT_EQ(Read({{"secret", both}}).signing_keys,
            (std::vector{*DecodeSecret(kSecret), *DecodeSecret(other)}));
  EXPECT_EQ(Read({{"secret", std::string(" ") + kSecret + " "}}).signing_keys.size(), 1U);
  EXPECT_TRUE(Read({}).signing_keys.empty());
  for (const std::string& secret :
       {std::string("hush"), std::string(" "), both + " hush", both + " " + both + " " + other}) {
    EXPECT_EQ(FaultyKey({{"secret", secret}}), "secret") << secret;
  }
}

TEST(WebhookSettings, TheOutboxIsNamedAfterTheSink) {
  EXPECT_EQ(Read({}).path, "/data/hook.delivery.sqlite");
  EXPECT_EQ(Read({{"path", "other.sqlite"}}).path, "/data/other.sqlite");
  EXPECT_EQ(FaultyKey({{"path", ""}}), "path");
  EXPECT_EQ(FaultyKey({{"pat", "x"}}), "pat");
  EXPECT_EQ(FaultyKey({{"response_timeout", "0"}}), "response_timeout");
}

TEST(WebhookSettings, WaitingEndsBeforeTheRequestDoes) {
  const Settings settings = Read({});
  EXPECT_LT(settings.begin_wait + settings.busy_timeout + settings.commit_wait,
            std::chrono::seconds(8));
}

}  // namespace
}  // namespace oncegate::webhook
