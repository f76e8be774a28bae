// `crashing_service serve …`: the service, composed as `oncegate serve` composes it, with a sink
// and an index that end the process where CRASH_POINT says (see crash_points.h).
#include <cstdlib>
#include <iostream>
#include <string>
#include <variant>
#include <vector>

#include "server/app/serve.h"
#include "server/cli/command_line.h"
#include "tests/crash/crashing_index.h"
#include "tests/crash/crashing_sink.h"

namespace oncegate::crash {
namespace {

int Main(const std::vector<std::string>& arguments) {
  const ParsedCommandLine parsed = ParseCommandLine(arguments);
  const auto* serve = parsed.command ? std::get_if<ServeCommand>(&*parsed.command) : nullptr;
  const char* const text = std::getenv("CRASH_POINT");
  const auto point = ParseCrashPoint(text == nullptr ? "commit.before:0" : text);
  if (serve == nullptr || !point) {
    std::cerr << "usage: CRASH_POINT=STEP.before|after:N crashing_service serve [OPTION…]\n";
    return kExitUsage;
  }
  CrashPoints points(point->first, point->second);
  const ApplicationDecorators decorators{
      [&points](std::unique_ptr<Index> index) {
        return MakeCrashingIndex(std::move(index), &points);
      },
      [&points](std::unique_ptr<Sink> sink) { return MakeCrashingSink(std::move(sink), &points); }};
  return RunServe(*serve, {&std::cin, &std::cout, &std::cerr}, decorators);
}

}  // namespace
}  // namespace oncegate::crash

int main(int argc, char** argv) { return oncegate::crash::Main({argv + 1, argv + argc}); }
