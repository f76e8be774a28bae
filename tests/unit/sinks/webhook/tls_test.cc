#include <cstdlib>
#include <stdexcept>

#include "sinks/webhook/webhook_sink.h"
#include "tests/unit/sinks/webhook/webhook_fixture.h"

namespace oncegate::webhook {
namespace {

constexpr char kFakeTime[] = "/usr/bin/faketime";

/// A certificate that signs itself and is good for two days from `made_at` on, which is a date for
/// kFakeTime, or empty for now.
test::ReceiverCertificate MakeCertificate(const std::filesystem::path& folder,
                                          const std::string& name,
                                          const std::string& host = "IP:127.0.0.1",
                                          const std::string& made_at = "") {
  const test::ReceiverCertificate made{folder / (name + ".pem"), folder / (name + ".key")};
  const std::string command =
      (made_at.empty() ? "" : kFakeTime + (" '" + made_at + "' ")) +
      "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=" + name +
      " -addext subjectAltName=" + host + " -keyout '" + made.key.string() + "' -out '" +
      made.certificate.string() + "' >/dev/null 2>&1";
  if (std::system(command.c_str()) != 0) throw std::runtime_error("openssl failed");
  return made;
}

TEST_F(WebhookTest, AnHttpsReceiverIsVerifiedByTheGivenAuthority) {
  const auto certificate = MakeCertificate(folder(), "own");
  WebhookReceiver secure(certificate);
  MakeSink({{"url", secure.Url()}, {"ca_file", certificate.certificate.string()}});
  EXPECT_EQ(Commit({Numbered("p", 0), Numbered("p", 1)}), CommitOutcome::kCommitted);
  EXPECT_EQ(secure.Effects().size(), 2U);
}

TEST_F(WebhookTest, AReceiverThatNobodyVouchesForGetsNothing) {
  const auto certificate = MakeCertificate(folder(), "own");
  const auto other = MakeCertificate(folder(), "other");
  WebhookReceiver secure(certificate);
  for (const OptionMap& trust : {OptionMap{}, OptionMap{{"ca_file", other.certificate.string()}}}) {
    OptionMap settings = trust;
    settings["url"] = secure.Url();
    settings["path"] = std::to_string(trust.size()) + ".sqlite";
    MakeHastySink(settings);
    EXPECT_EQ(Commit({Numbered("p", 0)}), CommitOutcome::kInDoubt);
    EndSink();
  }
  EXPECT_TRUE(secure.Requests().empty());
}

TEST_F(WebhookTest, ACertificateForAnotherHostIsRefused) {
  const auto certificate = MakeCertificate(folder(), "own");
  WebhookReceiver secure(certificate);
  MakeHastySink({{"url", "https://localhost:" + std::to_string(secure.port()) + "/"},
                 {"ca_file", certificate.certificate.string()}});
  EXPECT_EQ(Commit({Numbered("p", 0)}), CommitOutcome::kInDoubt);
  EXPECT_TRUE(secure.Requests().empty());
}

TEST_F(WebhookTest, ACertificateThatExpiredOrIsNotYetValidIsRefused) {
  if (!std::filesystem::exists(kFakeTime)) GTEST_SKIP() << "SKIPPED: faketime is not installed";
  for (const char* const made_at : {"-10 days", "+10 days"}) {
    const auto certificate = MakeCertificate(folder(), "old", "IP:127.0.0.1", made_at);
    WebhookReceiver secure(certificate);
    MakeHastySink({{"url", secure.Url()},
                   {"path", std::string(made_at) + ".sqlite"},
                   {"ca_file", certificate.certificate.string()}});
    EXPECT_EQ(Commit({Numbered("p", 0)}), CommitOutcome::kInDoubt) << made_at;
    EndSink();
    EXPECT_TRUE(secure.Requests().empty());
  }
}

TEST_F(WebhookTest, AnHttpsReceiverIsAskedForByItsName) {
  const auto certificate = MakeCertificate(folder(), "named", "DNS:localhost");
  WebhookReceiver secure(certificate);
  MakeSink({{"url", "https://localhost:" + std::to_string(secure.port()) + "/"},
            {"ca_file", certificate.certificate.string()}});
  EXPECT_EQ(Commit({Numbered("p", 0)}), CommitOutcome::kCommitted);
  EXPECT_EQ(secure.Requests().front().server_name, "localhost");
}

TEST_F(WebhookTest, AnAddressIsNoServerName) {
  const auto certificate = MakeCertificate(folder(), "own");
  WebhookReceiver secure(certificate);
  MakeSink({{"url", secure.Url()}, {"ca_file", certificate.certificate.string()}});
  EXPECT_EQ(Commit({Numbered("p", 0)}), CommitOutcome::kCommitted);
  EXPECT_EQ(secure.Requests().front().server_name, "");
}

TEST_F(WebhookTest, AFileOfAuthoritiesThatCanNotBeReadIsToldAtOnce) {
  auto made = kWebhookSinkType.make(
      OptionsFor(folder(), {{"url", "https://127.0.0.1/"}, {"ca_file", "/nowhere.pem"}}));
  ASSERT_FALSE(made);
  EXPECT_NE(made.error().message.find("/nowhere.pem"), std::string::npos);
}

}  // namespace
}  // namespace oncegate::webhook
