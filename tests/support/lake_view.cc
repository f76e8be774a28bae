#include "tests/support/lake_view.h"

#include <sqlite3.h>
#include <zstd.h>

#include <algorithm>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace oncegate::test {
namespace {

constexpr int kBusyTimeoutMs = 30'000;

std::string ReadFile(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream bytes;
  bytes << file.rdbuf();
  if (!file) throw std::runtime_error("can not read " + path.string());
  return bytes.str();
}

/// Every frame; throws unless the last one is whole.
std::string Decompress(const std::string& bytes, const std::string& what) {
  const std::unique_ptr<ZSTD_DStream, decltype(&ZSTD_freeDStream)> stream(ZSTD_createDStream(),
                                                                          &ZSTD_freeDStream);
  std::string text;
  std::string piece(ZSTD_DStreamOutSize(), '\0');
  ZSTD_inBuffer input{bytes.data(), bytes.size(), 0};
  std::size_t left = 0;
  while (input.pos < input.size || left != 0) {
    ZSTD_outBuffer output{piece.data(), piece.size(), 0};
    const std::size_t before = input.pos;
    left = ZSTD_decompressStream(stream.get(), &output, &input);
    if (ZSTD_isError(left) != 0) throw std::runtime_error(what + ": " + ZSTD_getErrorName(left));
    text.append(piece.data(), output.pos);
    if (input.pos == before && output.pos == 0) throw std::runtime_error(what + " ends too early");
  }
  return text;
}

std::vector<std::string> SplitLines(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  if (!text.empty() && text.back() != '\n')
    throw std::runtime_error("half a line: " + lines.back());
  return lines;
}

std::string Quote(const std::string& name, char quote) {
  std::string quoted(1, quote);
  for (const char c : name) quoted += c == quote ? std::string(2, quote) : std::string(1, c);
  return quoted + quote;
}

int Collect(void* rows, int count, char** values, char**) {
  LakeView::Row row(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < row.size(); ++i) {
    if (values[i] != nullptr) row[i] = values[i];
  }
  static_cast<std::vector<LakeView::Row>*>(rows)->push_back(std::move(row));
  return 0;
}

}  // namespace

std::vector<std::string> LinesOfPart(const std::filesystem::path& file) {
  return SplitLines(Decompress(ReadFile(file), file));
}

std::vector<std::filesystem::path> PublishedParts(const std::filesystem::path& lake,
                                                  const std::string& table) {
  std::vector<std::filesystem::path> parts;
  if (!std::filesystem::exists(lake / table)) return parts;
  for (const auto& day : std::filesystem::directory_iterator(lake / table)) {
    for (const auto& part : std::filesystem::directory_iterator(day)) parts.push_back(part);
  }
  std::sort(parts.begin(), parts.end());
  return parts;
}

void LakeView::Close::operator()(sqlite3* database) const { sqlite3_close(database); }

LakeView::LakeView(const std::filesystem::path& lake, Shows shows) {
  sqlite3* database = nullptr;
  const int opened = sqlite3_open(":memory:", &database);
  database_.reset(database);
  if (opened != SQLITE_OK) throw std::runtime_error("no database in memory");
  sqlite3_busy_timeout(database, kBusyTimeoutMs);
  Execute("ATTACH " + Quote(lake / "_oncegate/manifest.sqlite", '\'') + " AS manifest");
  for (const Row& entry : Query("SELECT substr(name, 8), value ->> '$.table' FROM oncegate_schema"
                                " WHERE name LIKE 'stream:%'")) {
    const std::string& table = *entry[1];
    Execute("CREATE TABLE main." + Quote(table, '"') +
            " (key, op, value, producer, epoch, seq, id, version, event_time, applied_at,"
            " deleted, part)");
    if (shows == Shows::kCommitted) {
      AddCommitted(lake, *entry[0], table);
    } else {
      for (const auto& part : PublishedParts(lake, table)) {
        AddLines(table, part, Decompress(ReadFile(part), part));
      }
    }
  }
}

void LakeView::AddCommitted(const std::filesystem::path& lake, const std::string& stream,
                            const std::string& table) {
  for (const Row& part :
       Query("SELECT name, day, bytes FROM oncegate_parts WHERE stream = " + Quote(stream, '\''))) {
    const std::filesystem::path open = lake / "_oncegate/open" / *part[0];
    const std::filesystem::path published = lake / table / ("dt=" + *part[1]) / *part[0];
    std::string bytes;
    try {
      bytes = ReadFile(open);
    } catch (const std::runtime_error&) {
      bytes = ReadFile(published);
    }
    const auto committed = static_cast<std::size_t>(std::stoull(*part[2]));
    if (bytes.size() < committed) throw std::runtime_error(*part[0] + " is too short");
    bytes.resize(committed);
    AddLines(table, *part[0], Decompress(bytes, *part[0]));
  }
}

void LakeView::AddLines(const std::string& table, const std::string& part,
                        const std::string& lines) {
  const std::string sql =
      "INSERT INTO main." + Quote(table, '"') +
      " SELECT ?1 ->> '$.key', ?1 ->> '$.op',"
      " CASE ?1 ->> '$.op' WHEN 'upsert' THEN ?1 -> '$.value' END, ?1 ->> '$.producer',"
      " ?1 ->> '$.epoch', ?1 ->> '$.seq', ?1 ->> '$.id', nullif(?1 -> '$.version', 'null'),"
      " ?1 ->> '$.event_time', ?1 ->> '$.applied_at', ?1 ->> '$.op' = 'delete', ?2";
  sqlite3_stmt* prepared = nullptr;
  if (sqlite3_prepare_v2(database_.get(), sql.c_str(), -1, &prepared, nullptr) != SQLITE_OK) {
    throw std::runtime_error(sqlite3_errmsg(database_.get()));
  }
  const std::unique_ptr<sqlite3_stmt, decltype(&sqlite3_finalize)> insert(prepared,
                                                                          &sqlite3_finalize);
  Execute("BEGIN");
  for (const std::string& line : SplitLines(lines)) {
    sqlite3_bind_text(prepared, 1, line.data(), static_cast<int>(line.size()), SQLITE_STATIC);
    sqlite3_bind_text(prepared, 2, part.data(), static_cast<int>(part.size()), SQLITE_STATIC);
    if (sqlite3_step(prepared) != SQLITE_DONE) {
      throw std::runtime_error(line + ": " + sqlite3_errmsg(database_.get()));
    }
    sqlite3_reset(prepared);
  }
  Execute("COMMIT");
}

void LakeView::Execute(const std::string& sql) { Query(sql); }

std::vector<LakeView::Row> LakeView::Query(const std::string& sql) {
  std::vector<Row> rows;
  if (sqlite3_exec(database_.get(), sql.c_str(), Collect, &rows, nullptr) != SQLITE_OK) {
    throw std::runtime_error(sql + ": " + sqlite3_errmsg(database_.get()));
  }
  return rows;
}

}  // namespace oncegate::test
