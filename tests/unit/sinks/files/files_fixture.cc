#include "tests/unit/sinks/files/files_fixture.h"

#include <array>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "sinks/files/files_sink.h"
#include "tests/support/lake_view.h"

namespace oncegate::files {
namespace {

class SharedSink final : public Sink {
 public:
  explicit SharedSink(std::shared_ptr<Sink> sink) : sink_(std::move(sink)) {}
  SinkResult<std::unique_ptr<SinkSession>> Connect() override { return sink_->Connect(); }
  std::uint32_t DefaultLanes() const override { return sink_->DefaultLanes(); }

 private:
  std::shared_ptr<Sink> sink_;
};

/// Parts of the suite, or single tests, that are about what files have not.
constexpr std::array<std::pair<std::string_view, std::string_view>, 12> kNotOfFiles{{
    {"bad_row_conformance", "files refuse no row"},
    {"row_guard_conformance", "files have no rows to guard"},
    {"row_value_conformance", "files have no document target; the tests of append look at values"},
    {"AppendNamesExactlyTheBadRows", "files refuse no row"},
    {"ARefusedAppendTakesOnlyItsOwnCallBack", "files refuse no row"},
    {"AnAppendStreamIsListedAsSuchAndContradictsADocument", "files have no document target"},
    {"AnAppendTableThatIsAwayStopsItsStreamAlone", "a folder that is away is made again"},
    {"ATableThatIsAwayStopsItsStreamAloneUntilItIsBack", "a folder that is away is made again"},
    {"ATableThatOncegateDidNotMakeIsNotTakenOver", "a folder is no table"},
    {"ATableWithTheRightColumnsIsNotTakenOverEither", "a folder has no columns"},
    {"AViewIsNotTakenForATable", "a folder is no view"},
    {"ATableNameIsQuotedNotInterpreted", "such a name is refused for a folder"},
}};

/// Microseconds since 1970 of an RFC 3339 text.
std::string MicrosecondsOf(const std::string& column) {
  return "unixepoch(substr(" + column + ", 1, 19)) * 1000000 + substr(" + column + ", 21, 6)";
}

std::optional<std::int64_t> IntegerOf(const std::optional<std::string>& text) {
  return text ? std::optional(std::stoll(*text)) : std::nullopt;
}

}  // namespace

std::unique_ptr<Sink> MakeSink(const std::filesystem::path& lake, SettingMap settings) {
  settings["path"] = lake;
  SinkOptions options;
  options.name = "main";
  options.type = "files";
  options.request_timeout = std::chrono::seconds(10);
  options.settings = std::move(settings);
  auto sink = kFilesSinkType.make(options);
  if (!sink) throw std::runtime_error(sink.error().message);
  return std::move(*sink);
}

FilesFixture::FilesFixture() : sink_(MakeSink(folder_.path() / "lake")) {}

std::unique_ptr<Sink> FilesFixture::NewSink() { return std::make_unique<SharedSink>(sink_); }

void FilesFixture::Execute(const std::string& sql) {
  test::LakeView(folder_.path() / "lake", test::LakeView::Shows::kCommitted).Query(sql);
}

std::int64_t FilesFixture::SqlCount(const std::string& query) {
  test::LakeView view(folder_.path() / "lake", test::LakeView::Shows::kCommitted);
  return std::stoll(*view.Query(query).at(0).at(0));
}

std::optional<conformance::TableRow> FilesFixture::StoredRow(const std::string& table,
                                                             const std::string& key) {
  test::LakeView view(folder_.path() / "lake", test::LakeView::Shows::kCommitted);
  const auto rows = view.Query("SELECT key, value, producer, epoch, seq, id, version, " +
                               MicrosecondsOf("event_time") + ", deleted, " +
                               MicrosecondsOf("applied_at") + " FROM \"" + table + "\"");
  std::optional<conformance::TableRow> found;
  for (const auto& row : rows) {
    if (row[0] != key) continue;
    found = {.value = row[1],
             .producer = row[2],
             .epoch = IntegerOf(row[3]),
             .sequence = IntegerOf(row[4]),
             .id = row[5],
             .version = row[6],
             .event_time = IntegerOf(row[7]),
             .deleted = row[8] == "1",
             .applied_at = IntegerOf(row[9])};
  }
  return found;
}

void FilesFixture::RefuseMarkedValues(const std::string& table) {
  throw std::runtime_error("files refuse no row of " + table);
}

void FilesFixture::AcceptMarkedValues(const std::string& table) {
  throw std::runtime_error("files refuse no row of " + table);
}

std::string FilesFixture::WhyNot(const ::testing::TestInfo& test) const {
  const std::string where = std::string(test.file()) + " " + test.name();
  for (const auto& [what, why] : kNotOfFiles) {
    if (where.find(what) != std::string::npos) return std::string(why);
  }
  return "";
}

}  // namespace oncegate::files
