#include "bench/results.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <stdexcept>
#include <utility>

namespace oncegate::bench {
namespace {

bool Holds(const Claim& claim) {
  return claim.bound == Bound::kAtLeast ? claim.measured >= claim.target
                                        : claim.measured <= claim.target;
}

}  // namespace

Results::Results(boost::json::object conditions) : conditions_(std::move(conditions)) {
  getloadavg(&load_at_start_, 1);
}

void Results::BeginPart(const std::string& part) {
  std::printf("%s\n", part.c_str());
  std::fflush(stdout);
  parts_.push_back({{"part", part},
                    {"figures", boost::json::array()},
                    {"claims", boost::json::array()},
                    {"comparisons", boost::json::array()},
                    {"points", boost::json::array()}});
}

void Results::Skip(const std::string& reason) {
  std::printf("  SKIPPED: %s\n", reason.c_str());
  std::fflush(stdout);
  parts_.back().as_object()["skipped"] = reason;
}

void Results::AddFigure(const std::string& name, const Samples& rounds, const std::string& unit,
                        const std::string& remark) {
  const auto [low, high] = std::minmax_element(rounds.begin(), rounds.end());
  const int digits = Median(rounds) < 100 ? 2 : 0;
  std::printf("  %-58s %11.*f %-9s (%.*f to %.*f)  %s\n", name.c_str(), digits, Median(rounds),
              unit.c_str(), digits, *low, digits, *high, remark.c_str());
  std::fflush(stdout);
  parts_.back().at("figures").as_array().push_back(
      {{"name", name},
       {"unit", unit},
       {"median", Median(rounds)},
       {"rounds", boost::json::array(rounds.begin(), rounds.end())},
       {"remark", remark}});
}

void Results::AddClaim(const Claim& claim) {
  const char* bound = claim.bound == Bound::kAtLeast ? "at least" : "at most";
  const char* below = claim.bound == Bound::kAtLeast ? "below" : "above";
  std::printf("  %s: %s: %.4g %s, target %s %.4g\n", Holds(claim) ? "ok" : below,
              claim.what.c_str(), claim.measured, claim.unit.c_str(), bound, claim.target);
  std::fflush(stdout);
  parts_.back().at("claims").as_array().push_back({{"what", claim.what},
                                                   {"measured", claim.measured},
                                                   {"bound", bound},
                                                   {"target", claim.target},
                                                   {"unit", claim.unit},
                                                   {"how", claim.how},
                                                   {"holds", Holds(claim)}});
}

void Results::AddComparison(const SinkComparison& comparison) {
  const double ratio = MedianRatio(comparison.oncegate, comparison.by_hand);
  std::printf("  %s: %.4g of what is written by hand\n", comparison.sink.c_str(), ratio);
  std::fflush(stdout);
  parts_.back()
      .at("comparisons")
      .as_array()
      .push_back({{"sink", comparison.sink},
                  {"by_hand", Median(comparison.by_hand)},
                  {"oncegate", Median(comparison.oncegate)},
                  {"ratio", ratio},
                  {"how", comparison.how}});
}

void Results::AddPoint(const Point& point) {
  parts_.back().at("points").as_array().push_back(
      {{"plot", point.plot}, {"series", point.series}, {"x", point.x}, {"y", point.y}});
}

void Results::Write(const std::filesystem::path& file) const {
  std::ofstream out(file);
  out << boost::json::object{{"conditions", conditions_},
                             {"load_at_start", load_at_start_},
                             {"parts", parts_}}
      << '\n';
  out.close();
  if (!out) throw std::runtime_error("can not write " + file.string());
}

}  // namespace oncegate::bench
