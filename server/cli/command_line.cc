#include "server/cli/command_line.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <functional>
#include <limits>
#include <memory>
#include <sstream>

#include "server/config/duration.h"

namespace oncegate {
namespace {

constexpr std::uint32_t kBatchRecordsMax = 10'000;
constexpr std::uint32_t kConnectionsMax = 256;
constexpr std::int64_t kSequenceMax = std::numeric_limits<std::int64_t>::max();

/// A subcommand and how to get its value once the line was parsed.
struct Entry {
  CLI::App* app = nullptr;
  std::function<Command()> command;
};

CLI::Validator DurationText() {
  return {[](const std::string& text) {
            return ParseDuration(text) ? std::string()
                                       : "\"" + text + "\" is no duration such as 10s or 5m";
          },
          "DURATION", "duration"};
}

void AddDuration(CLI::App* app, const std::string& name, std::chrono::milliseconds* value,
                 const std::string& help) {
  app->add_option_function<std::string>(
         name, [value](const std::string& text) { *value = *ParseDuration(text); }, help)
      ->check(DurationText())
      ->default_str(ToText(*value));
}

/// A flag that sets one setting of the configuration.
void AddSetting(CLI::App* app, const std::string& flag, std::vector<std::string> path,
                std::vector<FlagSetting>* flags, const std::string& help) {
  app->add_option_function<std::string>(
      flag,
      [flag, path = std::move(path), flags](const std::string& value) {
        flags->push_back({flag, path, value});
      },
      help);
}

template <typename ConfiguredCommand>
void AddConfigOptions(CLI::App* app, ConfiguredCommand* command) {
  app->add_option("--config", command->config, "TOML file with the configuration")
      ->type_name("FILE");
  AddSetting(app, "--data-dir", {"data_dir"}, &command->flags, "overrides data_dir");
  AddSetting(app, "--ingest-listen", {"ingest", "listen"}, &command->flags,
             "overrides ingest.listen");
  AddSetting(app, "--ops-listen", {"ops", "listen"}, &command->flags, "overrides ops.listen");
  AddSetting(app, "--log-level", {"log", "level"}, &command->flags, "overrides log.level");
}

template <typename ConfiguredCommand>
Entry AddConfigured(CLI::App* root, const std::string& name, const std::string& help) {
  CLI::App* app = root->add_subcommand(name, help);
  auto command = std::make_shared<ConfiguredCommand>();
  AddConfigOptions(app, command.get());
  return {app, [command] { return Command(*command); }};
}

void AddSendRehearsal(CLI::App* app, SendCommand* command) {
  app->add_option("--copies", command->copies, "send every batch that many times")
      ->check(CLI::Range(1U, 100U))
      ->capture_default_str();
  app->add_option("--shuffle", command->shuffle,
                  "send batches out of order, by this seed (window streams)");
}

void AddSendPace(CLI::App* app, SendCommand* command) {
  app->add_option("--batch", command->batch_records, "records per request")
      ->check(CLI::Range(1U, kBatchRecordsMax))
      ->capture_default_str();
  app->add_option("--producers", command->producers,
                  "split the file into that many contiguous slices; the producers are NAME-1, "
                  "NAME-2, …")
      ->check(CLI::Range(1U, kConnectionsMax))
      ->capture_default_str();
  app->add_option("--connections", command->connections,
                  "connections per producer; 1 keeps the order, which strict and monotonic streams "
                  "need")
      ->check(CLI::Range(1U, kConnectionsMax))
      ->capture_default_str();
}

Entry AddSend(CLI::App* root) {
  CLI::App* app = root->add_subcommand("send",
                                       "Ship NDJSON to a stream: numbers the records, retries "
                                       "until they are settled and, when it is "
                                       "run again, goes on where it was");
  auto command = std::make_shared<SendCommand>();
  app->add_option("stream", command->stream, "name of the stream")->required();
  app->add_option("file", command->file, "NDJSON file; - is standard input")->capture_default_str();
  app->add_option("--url", command->url, "ingest listener")->capture_default_str();
  app->add_option("--producer", command->producer,
                  "producer of records that name none; gives them sequence numbers");
  app->add_option("--epoch", command->epoch, "epoch (default: the producer's current one)")
      ->check(CLI::Range(std::int64_t{0}, kSequenceMax));
  app->add_option("--first-seq", command->first_sequence, "sequence of the first record")
      ->check(CLI::Range(std::int64_t{0}, kSequenceMax))
      ->capture_default_str();
  AddSendPace(app, command.get());
  AddSendRehearsal(app, command.get());
  app->add_flag("!--no-resume", command->resume, "send everything, whatever is settled already");
  AddDuration(app, "--retry-for", &command->retry_for, "give a batch up after this time");
  AddDuration(app, "--timeout", &command->timeout, "for the answer to one request");
  const std::map<std::string, ProgressMode> modes{{"auto", ProgressMode::kAuto},
                                                  {"always", ProgressMode::kAlways},
                                                  {"never", ProgressMode::kNever}};
  app->add_option("--progress", command->progress, "auto: when standard error is a terminal")
      ->transform(CLI::CheckedTransformer(modes))
      ->default_str("auto");
  return {app, [command] { return Command(*command); }};
}

Entry AddProducers(CLI::App* root) {
  CLI::App* app = root->add_subcommand("producers", "List the producers of a stream");
  auto command = std::make_shared<ProducersCommand>();
  app->add_option("stream", command->stream, "name of the stream")->required();
  app->add_option("--prefix", command->prefix, "only producers that begin so");
  app->add_flag("--json", command->json, "one JSON object a line instead of a table");
  app->add_option("--ops-url", command->ops_url, "ops listener")->capture_default_str();
  return {app, [command] { return Command(*command); }};
}

Entry AddPurge(CLI::App* root) {
  CLI::App* app = root->add_subcommand(
      "purge", "Seal or forget what is remembered; without --yes only shows what would be done");
  auto command = std::make_shared<PurgeCommand>();
  app->add_option("stream", command->stream, "name of the stream")->required();
  CLI::Option_group* selector = app->add_option_group("selector", "exactly one");
  selector->add_option("--producer", command->producer, "this producer");
  selector->add_option("--producer-prefix", command->producer_prefix, "producers that begin so");
  selector->add_option("--idle-longer-than", command->idle_longer_than, "producers idle so long")
      ->check(DurationText());
  selector->add_option("--ids-older-than", command->ids_older_than, "ids settled so long ago")
      ->check(DurationText());
  selector->require_option(1);
  app->add_option("--through-seq", command->through_sequence, "only up to this sequence")
      ->check(CLI::Range(std::int64_t{0}, kSequenceMax));
  app->add_option("--mode", command->mode,
                  "seal: answers too_old from then on; forget: takes it as new again")
      ->check(CLI::IsMember({"seal", "forget"}))
      ->capture_default_str();
  app->add_flag("--yes", command->confirmed, "do it");
  app->add_option("--ops-url", command->ops_url, "ops listener")->capture_default_str();
  return {app, [command] { return Command(*command); }};
}

void AddLetterSelection(CLI::App* app, DeadLettersCommand* command) {
  CLI::Option_group* selector = app->add_option_group("selector", "exactly one");
  selector->add_option("--stream", command->stream, "those of this stream");
  selector->add_option("ids", command->ids, "these dead letters");
  selector->require_option(1);
  app->add_flag("--yes", command->confirmed, "do it");
}

Entry AddDeadLetters(CLI::App* root) {
  CLI::App* app = root->add_subcommand(
      "dead-letters",
      "List, replay or discard events that are kept because the sink refused their rows; without "
      "--yes only shows what would be done");
  auto command = std::make_shared<DeadLettersCommand>();
  app->require_subcommand(1);
  app->add_option("--ops-url", command->ops_url, "ops listener")->capture_default_str();
  app->fallthrough();
  CLI::App* list = app->add_subcommand("list", "What is kept, and why");
  list->add_option("--stream", command->stream, "only of this stream");
  list->add_flag("--json", command->json, "one JSON object a line instead of a table");
  CLI::App* replay = app->add_subcommand("replay", "Write the rows of dead letters");
  AddLetterSelection(replay, command.get());
  CLI::App* discard = app->add_subcommand("discard", "Give dead letters up");
  AddLetterSelection(discard, command.get());
  return {app, [command, replay, discard] {
            if (replay->parsed()) command->action = DeadLettersAction::kReplay;
            if (discard->parsed()) command->action = DeadLettersAction::kDiscard;
            return Command(*command);
          }};
}

Entry AddBench(CLI::App* root) {
  CLI::App* app = root->add_subcommand(
      "bench",
      "Measure a running service with events made up for it: new ones first, then the same again. "
      "The new ones stay in the stream's table");
  auto command = std::make_shared<BenchCommand>();
  app->add_option("stream", command->stream, "name of the stream; it has to be a window stream")
      ->capture_default_str();
  app->add_option("--url", command->url, "ingest listener")->capture_default_str();
  app->add_option("--connections", command->connections, "each with one request under way")
      ->check(CLI::Range(1U, kConnectionsMax))
      ->capture_default_str();
  app->add_option("--batch", command->batch_records, "records per request")
      ->check(CLI::Range(1U, kBatchRecordsMax))
      ->capture_default_str();
  app->add_option("--producers", command->producers,
                  "that the connections share; as many as connections keep the order")
      ->check(CLI::Range(1U, kConnectionsMax))
      ->capture_default_str();
  AddDuration(app, "--duration", &command->duration, "of each of the two phases");
  return {app, [command] { return Command(*command); }};
}

Entry AddVersion(CLI::App* root) {
  CLI::App* app = root->add_subcommand("version", "Print the version");
  return {app, [] { return Command(VersionCommand{}); }};
}

bool NamesNoCommand(const std::vector<Entry>& entries, const std::vector<std::string>& arguments) {
  return !arguments.empty() && !arguments.front().starts_with('-') &&
         std::ranges::none_of(entries, [&](const Entry& entry) {
           return entry.app->get_name() == arguments.front();
         });
}

}  // namespace

ParsedCommandLine ParseCommandLine(const std::vector<std::string>& arguments) {
  CLI::App root("oncegate: writes every event of at-least-once producers exactly once", "oncegate");
  root.require_subcommand(1);
  const std::vector<Entry> entries{
      AddConfigured<ServeCommand>(&root, "serve", "Run the service"),
      AddConfigured<CheckConfigCommand>(&root, "check-config",
                                        "Report every fault of the configuration"),
      AddSend(&root),
      AddProducers(&root),
      AddPurge(&root),
      AddDeadLetters(&root),
      AddBench(&root),
      AddConfigured<RebuildIndexCommand>(
          &root, "rebuild-index",
          "Set the local index aside; it fills itself again from the ledger of the sink"),
      AddVersion(&root)};
  ParsedCommandLine parsed;
  std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());
  try {
    root.parse(reversed);
  } catch (const CLI::ParseError& error) {
    std::ostringstream output;
    std::ostringstream message;
    const bool wrong_usage = root.exit(error, output, message) != 0;
    parsed.exit_status = wrong_usage ? kExitUsage : kExitDone;
    parsed.output = output.str();
    parsed.error = message.str();
    // The parser only says that a command is missing.
    if (wrong_usage && NamesNoCommand(entries, arguments)) {
      parsed.error = "there is no command \"" + arguments.front() +
                     "\" in this version\nRun with --help for more information.\n";
    }
    return parsed;
  }
  const auto chosen =
      std::ranges::find_if(entries, [](const Entry& entry) { return entry.app->parsed(); });
  parsed.command = chosen->command();
  return parsed;
}

}  // namespace oncegate
