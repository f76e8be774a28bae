// Prints a scrape in which every metric has a sample, for promtool.
#include <iostream>

#include "tests/unit/server/metrics/scrape.h"

namespace {

std::map<std::string, oncegate::DeliveryReport> OneDelivery() { return {{"hook", {}}}; }

}  // namespace

int main() {
  oncegate::ManualClock clock;
  oncegate::Metrics metrics(
      "1.2.3", &clock,
      {[] { return 4096; }, [] { return true; },
       [] {
         return std::vector<oncegate::SinkCondition>{{"hook", "webhook", true}};
       },
       OneDelivery,
       [] {
         return std::vector<oncegate::JournalPending>{{"orders", 3, 400, 2}};
       }});
  oncegate::ReportEverything(&metrics);
  std::cout << metrics.Render();
}
