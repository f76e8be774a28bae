#include "tests/unit/sinks/webhook/webhook_fixture.h"

#include <boost/json.hpp>
#include <stdexcept>
#include <utility>

#include "sinks/webhook/webhook_sink.h"

namespace oncegate::webhook {
namespace {

constexpr WallTime kNow{1'769'860'800'000'000};

std::vector<std::int64_t> SequencesIn(const std::vector<WebhookRequest>& requests) {
  std::vector<std::int64_t> sequences;
  for (const WebhookRequest& request : requests) {
    std::string text = request.body;
    if (!text.starts_with('[')) text = "[" + text + "]";
    const boost::json::value events = boost::json::parse(text);
    for (const boost::json::value& event : events.as_array()) {
      sequences.push_back(event.at("seq").as_int64());
    }
  }
  return sequences;
}

}  // namespace

SinkOptions OptionsFor(const std::filesystem::path& data_dir, OptionMap settings,
                       std::chrono::milliseconds request_timeout) {
  SinkOptions options;
  options.name = "hook";
  options.type = "webhook";
  options.data_dir = data_dir;
  options.request_timeout = request_timeout;
  options.settings = std::move(settings);
  return options;
}

conformance::Record Numbered(const std::string& producer, std::int64_t sequence) {
  return conformance::From(
      conformance::Upsert(producer + std::to_string(sequence), std::to_string(sequence)), producer,
      0, sequence);
}

void WebhookTest::MakeSink(OptionMap settings) {
  Make(std::move(settings), std::chrono::seconds(8));
}

void WebhookTest::MakeHastySink(OptionMap settings) {
  Make(std::move(settings), std::chrono::seconds(1));
}

void WebhookTest::Make(OptionMap settings, std::chrono::milliseconds request_timeout) {
  settings.try_emplace("url", receiver_.Url());
  auto made = kWebhookSinkType.make(OptionsFor(folder(), std::move(settings), request_timeout));
  if (!made) throw std::runtime_error(made.error().message);
  sink_ = std::move(*made);
}

void WebhookTest::EndSink() {
  session_.reset();
  sink_.reset();
}

void WebhookTest::RemoveOutbox() const {
  for (const char* const suffix : {"", "-wal", "-shm"}) {
    std::filesystem::remove(folder() / ("hook.delivery.sqlite" + std::string(suffix)));
  }
}

SinkSession& WebhookTest::session() {
  if (session_ == nullptr || !session_->IsUsable()) {
    session_.reset();
    auto connected = sink_->Connect();
    if (!connected) throw std::runtime_error(connected.error().message);
    session_ = std::move(*connected);
    const SinkStatus ensured = session_->EnsureStream(orders());
    if (!ensured) throw std::runtime_error(ensured.error().message);
  }
  return *session_;
}

CommitOutcome WebhookTest::CommitOn(SinkSession& session,
                                    const std::vector<conformance::Record>& records) {
  std::vector<Event> events;
  for (const conformance::Record& record : records) events.push_back(record.View());
  std::vector<const Event*> rows;
  for (const Event& event : events) rows.push_back(&event);
  RowsOutcome outcome;
  const SinkStatus begun = session.Begin();
  if (!begun) throw std::runtime_error(begun.error().message);
  const SinkStatus written = session.UpsertRows(orders(), rows, kNow, &outcome);
  if (!written) throw std::runtime_error(written.error().message);
  return session.Commit();
}

bool WebhookTest::Begins() {
  auto connected = sink_->Connect();
  if (!connected || !(*connected)->Begin()) return false;
  (*connected)->Rollback();
  return true;
}

std::vector<std::string> WebhookTest::EffectKeys() const {
  std::vector<std::string> keys;
  for (const WebhookRequest& request : receiver_.Effects()) keys.push_back(request.key);
  return keys;
}

std::vector<std::int64_t> WebhookTest::EffectSequences() const {
  return SequencesIn(receiver_.Effects());
}

std::vector<std::int64_t> WebhookTest::SentSequences() const {
  return SequencesIn(receiver_.Requests());
}

std::vector<DeadLetter> WebhookTest::DeadLetters() {
  const auto letters = session().ListDeadLetters({"orders", "", 100});
  if (!letters) throw std::runtime_error(letters.error().message);
  return *letters;
}

const StreamTarget& WebhookTest::orders() {
  static const StreamTarget target = conformance::AppendTarget("orders");
  return target;
}

}  // namespace oncegate::webhook
