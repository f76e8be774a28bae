#include "tests/e2e/answer.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value_to.hpp>

namespace oncegate::e2e {
namespace {

constexpr char kProblemType[] = "application/problem+json";

std::string Member(const boost::json::value& json, std::string_view name) {
  const boost::json::object* object = json.if_object();
  return object == nullptr ? "absent" : Text(*object, name);
}

}  // namespace

std::string Text(const boost::json::object& object, std::string_view member) {
  const boost::json::value* value = object.if_contains({member.data(), member.size()});
  return value == nullptr ? "absent" : boost::json::serialize(*value);
}

bool Answer::Has(std::string_view member) const { return Member(member) != "absent"; }

std::string Answer::Member(std::string_view name) const { return e2e::Member(json, name); }

Counts Answer::VerdictCounts() const {
  Counts counts;
  if (!Has("counts")) return counts;
  for (const auto& [verdict, count] : json.at("counts").as_object()) {
    counts[std::string(verdict)] = count.to_number<std::int64_t>();
  }
  return counts;
}

std::vector<boost::json::object> Answer::Items() const {
  std::vector<boost::json::object> items;
  if (!Has("items")) return items;
  for (const auto& item : json.at("items").as_array()) items.push_back(item.as_object());
  return items;
}

std::vector<std::string> Answer::Verdicts() const {
  std::vector<std::string> verdicts;
  for (const auto& item : Items()) {
    verdicts.emplace_back(boost::json::value_to<std::string>(item.at("verdict")));
  }
  return verdicts;
}

std::string Answer::Code() const {
  return Has("code") && json.at("code").is_string()
             ? boost::json::value_to<std::string>(json.at("code"))
             : "";
}

Answer ReadAnswer(const std::optional<testing::HttpReply>& reply) {
  Answer answer;
  if (!reply) return answer;
  answer.status = reply->status;
  answer.reply = *reply;
  const std::string type = reply->Header("Content-Type");
  if ((type == "application/json" || type == kProblemType) && !reply->body.empty()) {
    boost::system::error_code error;
    answer.json = boost::json::parse(reply->body, error);
    EXPECT_FALSE(error) << "the body is not JSON: " << reply->body;
  }
  return answer;
}

void PrintTo(const Answer& answer, std::ostream* out) {
  *out << "status " << answer.status << ", " << answer.reply.body.substr(0, 2000);
}

::testing::Matcher<const Answer&> Settles(int status, const Counts& counts) {
  using ::testing::AllOf;
  using ::testing::Field;
  using ::testing::Property;
  return AllOf(Field("status", &Answer::status, status),
               Property("counts", &Answer::VerdictCounts, counts));
}

::testing::Matcher<const Answer&> IsProblem(int status, const std::string& code) {
  using ::testing::AllOf;
  using ::testing::Field;
  using ::testing::Property;
  using ::testing::ResultOf;
  return AllOf(
      Field("status", &Answer::status, status), Property("code", &Answer::Code, code),
      ResultOf(
          "Content-Type", [](const Answer& answer) { return answer.Header("Content-Type"); },
          kProblemType),
      ResultOf(
          "member status", [](const Answer& answer) { return answer.Member("status"); },
          std::to_string(status)),
      ResultOf(
          "X-Request-Id", [](const Answer& answer) { return answer.Header("X-Request-Id"); },
          ::testing::Not("")));
}

}  // namespace oncegate::e2e
