#include "sinks/files/files_sink.h"

#include <memory>
#include <system_error>
#include <utility>

#include "sinks/files/lake.h"
#include "sinks/files/session.h"
#include "sinks/files/settings.h"

namespace oncegate {
namespace {

class FilesSink final : public Sink {
 public:
  explicit FilesSink(files::Settings settings)
      : lake_(std::make_shared<files::Lake>(std::move(settings))) {}

  SinkResult<std::unique_ptr<SinkSession>> Connect() override {
    SinkResult<std::shared_ptr<sqlite::SessionSlot>> slot = lake_->Connect();
    if (!slot) return slot.error();
    return std::make_unique<files::FilesSession>(lake_, std::move(*slot));
  }

  // The manifest has one writer; further lanes would wait for it.
  std::uint32_t DefaultLanes() const override { return 1; }

 private:
  const std::shared_ptr<files::Lake> lake_;
};

std::vector<OptionFault> Check(const SinkOptions& options) {
  std::vector<OptionFault> faults;
  files::ReadSettings(options, &faults);
  return faults;
}

Result<std::unique_ptr<Sink>> Make(const SinkOptions& options) {
  std::vector<OptionFault> faults;
  files::Settings settings = files::ReadSettings(options, &faults);
  std::error_code error;
  settings.path = std::filesystem::absolute(settings.path, error);
  if (error) {
    return Error{"sink \"" + options.name + "\": can not resolve its path: " + error.message()};
  }
  return std::unique_ptr<Sink>(std::make_unique<FilesSink>(std::move(settings)));
}

}  // namespace

const SinkType kFilesSinkType{"files", &Check, &Make, TargetKind::kAppend};

}  // namespace oncegate
