// Application: the composition root. Owns everything that runs, in the order in which it depends on
// each other, and stops it newest first.
//
// Threading: constructed, drained and destroyed on one thread, main's.
#pragma once

#include <functional>
#include <memory>

#include "dedupe/store/index.h"
#include "dedupe/types/result.h"
#include "server/config/config.h"
#include "server/log/logger.h"
#include "sinks/sink.h"

namespace oncegate {

/// What stands between the application and a part that it made, and owns that part; for programs
/// that watch or break the steps of a commit. Empty: nothing.
struct ApplicationDecorators {
  std::function<std::unique_ptr<Index>(std::unique_ptr<Index>)> index;
  std::function<std::unique_ptr<Sink>(std::unique_ptr<Sink>)> sink;
};

class Application {
 public:
  /// Serves when it returns. Fails with one line that says what is wrong and what to do: data
  /// folder, store, address in use, a stream that contradicts its ledger. A sink that is away is no
  /// failure. `logger` outlives the application.
  static Result<std::unique_ptr<Application>> Start(const Config& config, Logger* logger,
                                                    const ApplicationDecorators& decorators = {});
  ~Application();
  Application(const Application&) = delete;
  Application& operator=(const Application&) = delete;

  /// Unready, accepts nothing more, finishes and answers what was admitted, at the latest after
  /// limits.drain_timeout. True if everything was finished.
  bool Drain();

 private:
  struct Impl;
  explicit Application(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace oncegate
