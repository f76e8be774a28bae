#include "server/cli/admin_commands.h"

#include <boost/json.hpp>
#include <chrono>
#include <cstdio>
#include <thread>

#include "server/cli/http_client.h"

namespace oncegate {
namespace {

namespace json = boost::json;

constexpr std::chrono::milliseconds kTimeout{60'000};
constexpr std::chrono::milliseconds kJobPoll{500};
constexpr std::string_view kJsonType = "application/json";

std::string StreamPath(const std::string& stream) {
  return "/admin/v1/streams/" + PercentEncode(stream);
}

/// The body of an answer below 300; for every other one an error with what the service says.
Result<json::value> Call(HttpClient* client, const HttpCall& call) {
  const auto answer = client->Send(call);
  if (answer.has_error()) return answer.error();
  boost::system::error_code fault;
  json::value body = json::parse(answer->body, fault);
  if (!fault && body.is_object() && answer->status < 300) return body;
  std::string message = "status " + std::to_string(answer->status);
  if (!fault && body.is_object()) {
    for (const std::string_view name : {"code", "detail"}) {
      const json::value* text = body.as_object().if_contains(name);
      if (text != nullptr && text->is_string()) message += ": " + std::string(text->as_string());
    }
  }
  return Error{message};
}

std::string Cell(const json::object& producer, std::string_view name) {
  const json::value* value = producer.if_contains(name);
  if (value == nullptr || value->is_null()) return "-";
  return value->is_string() ? std::string(value->as_string()) : json::serialize(*value);
}

void PrintProducer(const json::value& producer, bool as_json, std::ostream* output) {
  if (as_json) {
    *output << producer << '\n';
    return;
  }
  const json::object& fields = producer.as_object();
  char line[256];
  std::snprintf(line, sizeof line, "%8s %20s %20s %20s  %-28s ", Cell(fields, "epoch").c_str(),
                Cell(fields, "contiguous_through").c_str(), Cell(fields, "highest_seq").c_str(),
                Cell(fields, "floor").c_str(), Cell(fields, "updated_at").c_str());
  *output << line << Cell(fields, "producer") << '\n';
}

int Fail(const ProgramStreams& streams, std::string_view command, const std::string& message) {
  *streams.error << "oncegate " << command << ": " << message << std::endl;
  return kExitFailed;
}

json::object PurgeBody(const PurgeCommand& command) {
  json::object body{{"mode", command.mode}, {"dry_run", !command.confirmed}};
  if (command.producer) body["producer"] = *command.producer;
  if (command.producer_prefix) body["producer_prefix"] = *command.producer_prefix;
  if (command.idle_longer_than) body["idle_longer_than"] = *command.idle_longer_than;
  if (command.ids_older_than) body["ids_older_than"] = *command.ids_older_than;
  if (command.through_sequence) body["through_seq"] = *command.through_sequence;
  return body;
}

/// Follows a purge that goes on in the background until it ends.
Result<json::value> WaitForJob(HttpClient* client, const std::string& job) {
  for (;;) {
    const auto report =
        Call(client, {"GET", "/admin/v1/jobs/" + PercentEncode(job), "", "", "", {}, {}});
    if (report.has_error()) return report.error();
    const std::string state = Cell(report->as_object(), "state");
    if (state == "failed") return Error{Cell(report->as_object(), "message")};
    if (state != "running") return *report;
    std::this_thread::sleep_for(kJobPoll);
  }
}

void PrintLetter(const json::value& letter, bool as_json, std::ostream* output) {
  if (as_json) {
    *output << letter << '\n';
    return;
  }
  const json::object& fields = letter.as_object();
  *output << Cell(fields, "id") << "  " << Cell(fields, "written_at") << "  "
          << Cell(fields, "verdict") << "  key " << Cell(fields, "key") << "  "
          << Cell(fields, "detail") << '\n';
}

int ListLetters(HttpClient* client, const DeadLettersCommand& command,
                const ProgramStreams& streams) {
  std::string after;
  do {
    std::string target = "/admin/v1/dead-letters?limit=1000";
    if (!command.stream.empty()) target += "&stream=" + PercentEncode(command.stream);
    if (!after.empty()) target += "&after=" + PercentEncode(after);
    const auto body = Call(client, {"GET", target, "", "", "", {}, {}});
    if (body.has_error()) return Fail(streams, "dead-letters", body.error().message);
    const json::value* letters = body->as_object().if_contains("dead_letters");
    if (letters == nullptr || !letters->is_array()) {
      return Fail(streams, "dead-letters", "the answer holds no list; is this the ops listener?");
    }
    for (const json::value& letter : letters->as_array()) {
      if (letter.is_object()) PrintLetter(letter, command.json, streams.output);
    }
    after = Cell(body->as_object(), "next");
  } while (after != "-");
  streams.output->flush();
  return kExitDone;
}

}  // namespace

int RunDeadLetters(const DeadLettersCommand& command, const ProgramStreams& streams) {
  auto address = ParseServerUrl(command.ops_url);
  if (address.has_error()) {
    Fail(streams, "dead-letters", address.error().message);
    return kExitUsage;
  }
  HttpClient client(std::move(*address), kTimeout);
  if (command.action == DeadLettersAction::kList) return ListLetters(&client, command, streams);
  const bool replays = command.action == DeadLettersAction::kReplay;
  json::object body{{"dry_run", !command.confirmed}};
  if (command.stream.empty()) {
    body["ids"] = json::value_from(command.ids);
  } else {
    body["stream"] = command.stream;
  }
  // One call works through a bounded number of a stream's letters.
  for (;;) {
    const auto report =
        Call(&client, {"POST",
                       std::string("/admin/v1/dead-letters/") + (replays ? "replay" : "discard"),
                       std::string(kJsonType),
                       json::serialize(body),
                       "",
                       {},
                       {}});
    if (report.has_error()) return Fail(streams, "dead-letters", report.error().message);
    *streams.output << *report << std::endl;
    const std::string next = Cell(report->as_object(), "next");
    if (next == "-") break;
    body["after"] = next;
  }
  if (!command.confirmed) *streams.error << "This is the plan; add --yes to do it." << std::endl;
  return kExitDone;
}

int RunProducers(const ProducersCommand& command, const ProgramStreams& streams) {
  auto address = ParseServerUrl(command.ops_url);
  if (address.has_error()) {
    Fail(streams, "producers", address.error().message);
    return kExitUsage;
  }
  HttpClient client(std::move(*address), kTimeout);
  if (!command.json) {
    *streams.output << "   EPOCH           CONTIGUOUS              HIGHEST                FLOOR  "
                       "UPDATED                      PRODUCER\n";
  }
  std::string after;
  for (;;) {
    std::string target = StreamPath(command.stream) + "/producers?limit=1000";
    if (!command.prefix.empty()) target += "&prefix=" + PercentEncode(command.prefix);
    if (!after.empty()) target += "&after=" + PercentEncode(after);
    const auto body = Call(&client, {"GET", target, "", "", "", {}, {}});
    if (body.has_error()) return Fail(streams, "producers", body.error().message);
    const json::value* producers = body->as_object().if_contains("producers");
    if (producers == nullptr || !producers->is_array()) {
      return Fail(streams, "producers", "the answer holds no list; is this the ops listener?");
    }
    for (const json::value& producer : producers->as_array()) {
      if (producer.is_object()) PrintProducer(producer, command.json, streams.output);
    }
    after = Cell(body->as_object(), "next");
    if (after == "-") break;
  }
  streams.output->flush();
  return kExitDone;
}

int RunPurge(const PurgeCommand& command, const ProgramStreams& streams) {
  auto address = ParseServerUrl(command.ops_url);
  if (address.has_error()) {
    Fail(streams, "purge", address.error().message);
    return kExitUsage;
  }
  HttpClient client(std::move(*address), kTimeout);
  auto report = Call(&client, {"POST",
                               StreamPath(command.stream) + "/purge",
                               std::string(kJsonType),
                               json::serialize(PurgeBody(command)),
                               "",
                               {},
                               {}});
  if (report.has_error()) return Fail(streams, "purge", report.error().message);
  const std::string job = Cell(report->as_object(), "job");
  if (job != "-") report = WaitForJob(&client, job);
  if (report.has_error()) return Fail(streams, "purge", report.error().message);
  *streams.output << *report << std::endl;
  if (!command.confirmed) *streams.error << "This is the plan; add --yes to do it." << std::endl;
  return kExitDone;
}

}  // namespace oncegate
