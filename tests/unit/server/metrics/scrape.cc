#include "tests/unit/server/metrics/scrape.h"

#include <chrono>
#include <cstdlib>
#include <regex>
#include <sstream>

namespace oncegate {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

/// The family that a sample belongs to: histograms add a suffix.
std::string FamilyOf(const std::string& name, const std::map<std::string, std::string>& types) {
  for (const char* suffix : {"_bucket", "_sum", "_count"}) {
    const std::string ending(suffix);
    if (!name.ends_with(ending)) continue;
    std::string base = name.substr(0, name.size() - ending.size());
    if (types.contains(base)) return base;
  }
  return name;
}

}  // namespace

Scrape::Scrape(const std::string& text) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("# TYPE ")) {
      std::istringstream words(line.substr(7));
      std::string name;
      std::string type;
      words >> name >> type;
      types_[name] = type;
    } else if (!line.starts_with('#')) {
      const std::size_t blank = line.rfind(' ');
      samples_[line.substr(0, blank)] = std::strtod(line.c_str() + blank, nullptr);
    }
  }
}

std::optional<double> Scrape::Value(const std::string& sample) const {
  const auto found = samples_.find(sample);
  if (found == samples_.end()) return std::nullopt;
  return found->second;
}

std::size_t Scrape::Count(std::string_view prefix) const {
  std::size_t count = 0;
  for (const auto& [name, value] : samples_) count += name.starts_with(prefix) ? 1 : 0;
  return count;
}

std::set<std::string> Scrape::Shapes() const {
  static const std::regex kLabel(R"re(([a-z_]+)="(?:[^"\\]|\\.)*")re");
  std::map<std::string, std::set<std::string>> labels;
  for (const auto& [sample, value] : samples_) {
    const std::size_t brace = sample.find('{');
    std::set<std::string>& names = labels[FamilyOf(sample.substr(0, brace), types_)];
    if (brace == std::string::npos) continue;
    for (std::sregex_iterator it(sample.begin() + static_cast<std::ptrdiff_t>(brace), sample.end(),
                                 kLabel);
         it != std::sregex_iterator(); ++it) {
      if ((*it)[1] != "le") names.insert((*it)[1]);
    }
  }
  std::set<std::string> shapes;
  for (const auto& [family, names] : labels) {
    std::string shape = types_.contains(family) ? types_.at(family) : "untyped";
    shape += " " + family + "{";
    for (const std::string& name : names) shape += (shape.ends_with('{') ? "" : ",") + name;
    shapes.insert(shape + "}");
  }
  return shapes;
}

void ReportEverything(Metrics* metrics) {
  StreamObserver& stream = metrics->ForStream("orders");
  stream.OnVerdicts(Verdict::kApplied, 3);
  stream.OnGroup(3);
  stream.OnLaneWait(microseconds(300));
  stream.SetLaneQueueBytes(0, 4096);
  stream.OnWindowRanges(2);
  stream.SetProducers(7);
  stream.SetIds(0);

  SinkObserver& sink = metrics->ForSink("main");
  sink.OnCommit(CommitOutcome::kCommitted, milliseconds(4));
  sink.OnError(SinkErrorClass::kRestart);
  sink.OnLedgerConflict();
  sink.OnLedgerRegression();
  sink.OnInDoubtResolved(true);

  StoreObserver& store = metrics->ForStore();
  store.OnWrite(microseconds(120));
  store.OnError();
  store.SetPoisoned(false);

  HttpObserver& http = metrics->ForHttp();
  http.OnConnectionOpened();
  http.OnRejected("headers_too_large");
  http.ForRoute("/v1/streams/{stream}/events").OnDone({"POST", 207, milliseconds(3)});
}

}  // namespace oncegate
