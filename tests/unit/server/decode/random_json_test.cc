// Random documents: whole, respelled and damaged. Boost.JSON's parser is the judge of what is JSON.
#include "tests/unit/server/decode/random_json.h"

#include <gtest/gtest.h>

#include <boost/json/basic_parser_impl.hpp>
#include <chrono>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "tests/unit/server/decode/decoding.h"

namespace oncegate {
namespace {

namespace json = boost::json;

constexpr std::chrono::milliseconds kDuration{2'000};

// Notes what JSON allows and a record does not: U+0000, a name twice, too many levels.
struct Handler {
  static constexpr std::size_t max_object_size = std::string::npos;
  static constexpr std::size_t max_array_size = std::string::npos;
  static constexpr std::size_t max_key_size = std::string::npos;
  static constexpr std::size_t max_string_size = std::string::npos;

  bool Text(json::string_view part) {
    if (part.find('\0') != json::string_view::npos) unacceptable = true;
    text.append(part.data(), part.size());
    return true;
  }
  bool Name() {
    if (!names.back().insert(text).second) unacceptable = true;
    text.clear();
    return true;
  }
  bool Open() {
    names.emplace_back();
    if (names.size() > 128) unacceptable = true;
    return true;
  }
  bool Close() {
    names.pop_back();
    return true;
  }

  using Error = json::error_code;
  bool on_document_begin(Error&) { return true; }
  bool on_document_end(Error&) { return true; }
  bool on_object_begin(Error&) { return Open(); }
  bool on_object_end(std::size_t, Error&) { return Close(); }
  bool on_array_begin(Error&) { return Open(); }
  bool on_array_end(std::size_t, Error&) { return Close(); }
  bool on_key_part(json::string_view part, std::size_t, Error&) { return Text(part); }
  bool on_key(json::string_view part, std::size_t, Error&) { return Text(part) && Name(); }
  bool on_string_part(json::string_view part, std::size_t, Error&) { return Text(part); }
  bool on_string(json::string_view part, std::size_t, Error&) {
    Text(part);
    text.clear();
    return true;
  }
  bool on_number_part(json::string_view, Error&) { return true; }
  bool on_int64(std::int64_t, json::string_view, Error&) { return true; }
  bool on_uint64(std::uint64_t, json::string_view, Error&) { return true; }
  bool on_double(double, json::string_view, Error&) { return true; }
  bool on_bool(bool, Error&) { return true; }
  bool on_null(Error&) { return true; }
  bool on_comment_part(json::string_view, Error&) { return true; }
  bool on_comment(json::string_view, Error&) { return true; }

  std::vector<std::set<std::string>> names;
  std::string text;
  bool unacceptable = false;
};

enum class Opinion { kAcceptable, kUnacceptable, kNotJson, kNone };

// Lone surrogates are an error for Boost.JSON already. At a very large exponent it gives up.
Opinion OpinionOfBoost(const std::string& text) {
  json::parse_options options;
  options.max_depth = 1'000'000;
  json::basic_parser<Handler> parser(options);
  json::error_code error;
  const std::size_t read = parser.write_some(false, text.data(), text.size(), error);
  if (error == json::error::exponent_overflow) return Opinion::kNone;
  if (error || read != text.size()) return Opinion::kNotJson;
  return parser.handler().unacceptable ? Opinion::kUnacceptable : Opinion::kAcceptable;
}

// Replaces, removes, doubles and inserts bytes, with a liking for those that mean something.
std::string Damage(std::string text, RandomJson* random) {
  static const std::string kBytes =
      "{}[]:,\"\\ \n\t\r0123456789.-+eEtrufalsn/u\x01\x7f\x80\xC3\xED\xF0\xFF";
  for (unsigned i = random->Below(3) + 1; i > 0 && !text.empty(); --i) {
    const std::size_t at = random->Below(static_cast<unsigned>(text.size()));
    const char byte = kBytes[random->Below(static_cast<unsigned>(kBytes.size()))];
    switch (random->Below(5)) {
      case 0:
        text[at] = byte;
        break;
      case 1:
        text.erase(at, 1 + random->Below(3));
        break;
      case 2:
        text.insert(at, 1, byte);
        break;
      case 3:
        text.insert(at, text.substr(at, random->Below(12)));
        break;
      default:
        if (random->Below(8) == 0) text.resize(at);
    }
  }
  return text;
}

class RandomDocuments : public testing::Test {
 protected:
  template <typename Step>
  void Repeat(Step step) {
    const unsigned seed = std::random_device{}();
    SCOPED_TRACE("seed " + std::to_string(seed));
    RandomJson random(seed);
    const auto end = std::chrono::steady_clock::now() + kDuration;
    while (!HasFailure() && std::chrono::steady_clock::now() < end) step(&random);
  }
};

TEST_F(RandomDocuments, AreAcceptedExactlyWhenBoostJsonAcceptsThem) {
  int accepted = 0;
  int refused = 0;
  Repeat([&](RandomJson* random) {
    const RandomJson::Node node = random->MakeNode(4);
    const std::string text = Damage(random->Spell(node), random);
    const Opinion opinion = OpinionOfBoost(text);
    if (opinion == Opinion::kNone) return;
    const bool acceptable = opinion == Opinion::kAcceptable;
    EXPECT_EQ(text.empty() || !FingerprintOf(Operation::kUpsert, "k", {}, text).IsNone(),
              text.empty() || acceptable)
        << text;
    ++(acceptable ? accepted : refused);
  });
  EXPECT_GT(accepted, 1000);
  EXPECT_GT(refused, 1000);
}

TEST_F(RandomDocuments, AreRefusedAsAWholeExactlyWhenTheyAreNotJson) {
  int refused = 0;
  Repeat([&](RandomJson* random) {
    std::string text = R"([{"id":"a","value":)" + random->Spell(random->MakeNode(3)) +
                       R"(},{"value":)" + random->Spell(random->MakeNode(2)) + R"(,"id":"b"}])";
    text = Damage(std::move(text), random);
    const Opinion opinion = OpinionOfBoost(text);
    if (opinion == Opinion::kNone) return;
    const bool not_json = opinion == Opinion::kNotJson;
    const Decoded decoded = Decoding{}(text);
    const bool refused_as_not_json = decoded.FaultCode() == "malformed_json" ||
                                     decoded.FaultCode() == "invalid_utf8" ||
                                     decoded.FaultCode() == "empty_body";
    refused += refused_as_not_json ? 1 : 0;
    // A lone surrogate is no JSON for Boost.JSON; here it makes its record invalid.
    if (not_json && !refused_as_not_json && text.find("\\u") != std::string::npos) return;
    EXPECT_EQ(refused_as_not_json, not_json) << text;
  });
  EXPECT_GT(refused, 1000);
}

TEST_F(RandomDocuments, HaveOneFingerprintInAllSpellings) {
  std::size_t distinct = 0;
  Repeat([&](RandomJson* random) {
    const RandomJson::Node node = random->MakeNode(4);
    const std::string one = random->Spell(node);
    const std::string other = random->Spell(node);
    distinct += one != other ? 1 : 0;
    const Fingerprint fingerprint = FingerprintOf(Operation::kUpsert, "k", {}, one);
    EXPECT_FALSE(fingerprint.IsNone()) << one;
    EXPECT_EQ(fingerprint, FingerprintOf(Operation::kUpsert, "k", {}, other)) << one << "\n"
                                                                              << other;
  });
  EXPECT_GT(distinct, 1000U);
}

TEST_F(RandomDocuments, InLinesHarmNothingAndNoNeighbour) {
  const std::string good = R"({"id":"good","value":1})";
  Decoding decoding;
  decoding.format = BodyFormat::kNdjson;
  Repeat([&](RandomJson* random) {
    std::string text =
        Damage(R"({"id":"a","value":)" + random->Spell(random->MakeNode(3)) + "}", random);
    for (char& byte : text) {
      if (random->Below(200) == 0) byte = static_cast<char>(random->Below(256));
    }
    const Decoded decoded = decoding(good + "\n" + text + "\n" + good);
    ASSERT_GE(decoded.Records(), 2U);
    EXPECT_EQ(decoded.Of(0), "valid");
    EXPECT_EQ(decoded.Of(decoded.Records() - 1), "valid") << text;
    for (const Event& event : decoded.batch->events) {
      const Opinion opinion = OpinionOfBoost(std::string(event.value));
      EXPECT_TRUE(opinion == Opinion::kAcceptable || opinion == Opinion::kNone) << text;
    }
  });
}

}  // namespace
}  // namespace oncegate
