#include <cstdlib>
#include <stdexcept>

#include "sinks/webhook/webhook_sink.h"
#include "tests/unit/sinks/webhook/webhook_fixture.h"

namespace oncegate::webhook {
namespace {

/// A certificate for 127.0.0.1 that signs itself.
test::ReceiverCertificate MakeCertificate(const std::filesystem::path& folder,
                                          const std::string& name) {
  const test::ReceiverCertificate made{folder / (name + ".pem"), folder / (name + ".key")};
  const std::string command =
      "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=" + name +
      " -addext subjectAltName=IP:127.0.0.1 -keyout '" + made.key.string() + "' -out '" +
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

TEST_F(WebhookTest, AFileOfAuthoritiesThatCanNotBeReadIsToldAtOnce) {
  auto made = kWebhookSinkType.make(
      OptionsFor(folder(), {{"url", "https://127.0.0.1/"}, {"ca_file", "/nowhere.pem"}}));
  ASSERT_FALSE(made);
  EXPECT_NE(made.error().message.find("/nowhere.pem"), std::string::npos);
}

}  // namespace
}  // namespace oncegate::webhook
