#include "sinks/webhook/signature.h"

#include <gtest/gtest.h>

#include "tests/unit/sinks/conformance/records.h"

namespace oncegate::webhook {
namespace {

// The vector that the Standard Webhooks libraries publish.
TEST(Signature, IsTheOneOfThePublishedTestVector) {
  const auto key = DecodeSecret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
  ASSERT_TRUE(key.has_value());
  EXPECT_EQ(Sign(*key, {"msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, R"({"test": 2432232314})"}),
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
}

TEST(Signature, DiffersWithEveryPartOfWhatIsSigned) {
  const std::string key(32, 'k');
  const std::string signature = Sign(key, {"msg_1", 1, "body"});
  EXPECT_NE(signature, Sign(key, {"msg_2", 1, "body"}));
  EXPECT_NE(signature, Sign(key, {"msg_1", 2, "body"}));
  EXPECT_NE(signature, Sign(key, {"msg_1", 1, "Body"}));
  EXPECT_NE(signature, Sign(std::string(32, 'l'), {"msg_1", 1, "body"}));
}

TEST(Signature, OfSeveralSecretsStandSideBySide) {
  const SignedContent content{"msg_1", 1, "body"};
  const std::vector<std::string> keys{std::string(32, 'k'), std::string(32, 'l')};
  EXPECT_EQ(SignWithAll(keys, content), Sign(keys[0], content) + " " + Sign(keys[1], content));
}

TEST(Signature, ASecretIsWhsecAndTwentyFourToSixtyFourBytesOfBase64) {
  EXPECT_EQ(DecodeSecret("whsec_" + std::string(32, 'A')), std::string(24, '\0'));
  EXPECT_EQ(DecodeSecret("whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==")->size(), 25U);
  EXPECT_FALSE(DecodeSecret("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"));
  EXPECT_FALSE(DecodeSecret("whsec_AAAA"));
  EXPECT_FALSE(DecodeSecret("whsec_" + std::string(31, 'A')));
  EXPECT_FALSE(DecodeSecret("whsec_" + std::string(31, 'A') + "!"));
  EXPECT_FALSE(DecodeSecret("whsec_" + std::string(92, 'A')));
  EXPECT_FALSE(DecodeSecret("whsec_AAAAAAA=" + std::string(32, 'A')));
  EXPECT_FALSE(DecodeSecret("whsec_" + std::string(33, 'A') + "==="));
}

TEST(MessageId, FollowsFromTheIdentityAlone) {
  const StreamTarget window = conformance::AppendTarget("orders");
  const conformance::Record first = conformance::From(conformance::Upsert("k", "1"), "p", 0, 7);
  conformance::Record other_payload = first;
  other_payload.value = "2";
  other_payload.key = "l";
  EXPECT_EQ(MessageIdOf(window, first.View()), MessageIdOf(window, other_payload.View()));
  EXPECT_EQ(MessageIdOf(window, first.View()).size(), 36U);

  const conformance::Record next = conformance::From(first, "p", 0, 8);
  const conformance::Record new_epoch = conformance::From(first, "p", 1, 7);
  EXPECT_NE(MessageIdOf(window, first.View()), MessageIdOf(window, next.View()));
  EXPECT_NE(MessageIdOf(window, first.View()), MessageIdOf(window, new_epoch.View()));
  EXPECT_NE(MessageIdOf(window, first.View()),
            MessageIdOf(conformance::AppendTarget("bills"), first.View()));
}

TEST(MessageId, OfAnIdStreamLeavesTheProducerOut) {
  const StreamTarget ids = conformance::AppendTarget("orders", DedupeMode::kId);
  conformance::Record record = conformance::Upsert("k", "1");
  record.id = "a";
  conformance::Record from_another = record;
  from_another.producer = "p";
  EXPECT_EQ(MessageIdOf(ids, record.View()), MessageIdOf(ids, from_another.View()));
  from_another.id = "b";
  EXPECT_NE(MessageIdOf(ids, record.View()), MessageIdOf(ids, from_another.View()));
}

}  // namespace
}  // namespace oncegate::webhook
