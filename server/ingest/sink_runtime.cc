#include "server/ingest/sink_runtime.h"

#include <utility>

namespace oncegate {
namespace {

SinkState StateOf(const SinkError& error) {
  return error.error_class == SinkErrorClass::kRefused ? SinkState::kRefused : SinkState::kDown;
}

}  // namespace

std::string_view ToString(SinkState state) {
  switch (state) {
    case SinkState::kConnecting:
      return "connecting";
    case SinkState::kUp:
      return "up";
    case SinkState::kDown:
      return "down";
    case SinkState::kPaused:
      return "paused";
    case SinkState::kRefused:
      return "refused";
  }
  return "";
}

SinkRuntime::SinkRuntime(std::string name, std::string type, std::unique_ptr<Sink> sink,
                         std::uint32_t lanes, SinkObserver* observer)
    : name_(std::move(name)),
      type_(std::move(type)),
      sink_(std::move(sink)),
      lanes_(lanes),
      observer_(observer) {}

SinkResult<std::unique_ptr<SinkSession>> SinkRuntime::Connect() {
  SinkResult<std::unique_ptr<SinkSession>> session = sink_->Connect();
  if (session) {
    NoteUp();
  } else {
    observer_->OnError(session.error().error_class);
    NoteDown(session.error());
  }
  return session;
}

void SinkRuntime::NoteDown(const SinkError& error) {
  std::lock_guard lock(mutex_);
  state_ = StateOf(error);
  last_error_ = error.message;
}

void SinkRuntime::NoteUp() {
  std::lock_guard lock(mutex_);
  if (state_ == SinkState::kUp) return;
  state_ = SinkState::kUp;
  last_error_.clear();
}

void SinkRuntime::Pause() {
  paused_ = true;
  sink_->Pause();
}

void SinkRuntime::Resume() {
  sink_->Resume();
  paused_ = false;
}

SinkState SinkRuntime::State() const {
  if (const std::optional<SinkError> trouble = sink_->Trouble()) return StateOf(*trouble);
  std::lock_guard lock(mutex_);
  return paused_ && state_ == SinkState::kUp ? SinkState::kPaused : state_;
}

std::string SinkRuntime::LastError() const {
  if (const std::optional<SinkError> trouble = sink_->Trouble()) return trouble->message;
  std::lock_guard lock(mutex_);
  return last_error_;
}

}  // namespace oncegate
