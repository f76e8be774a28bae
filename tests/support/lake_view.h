// LakeView: the folder of a files sink as a reader sees it, in tables of an SQLite database in
// memory: one a stream, with the members of the lines as columns (`deleted` for op, `value` as JSON
// text as it stands in the line) and the name and day of the part. The manifest's tables are there
// under their names, and are those of the file.
//
// The lines are those that were there when it was made. Throws std::runtime_error: for a file that
// is no zstd, a line that is no JSON, a part that holds less than the manifest says.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

struct sqlite3;
struct sqlite3_stmt;

namespace oncegate::test {

/// What a program sees that knows nothing of the manifest: the lines of one published file.
std::vector<std::string> LinesOfPart(const std::filesystem::path& file);
/// Published files, by what a reader's glob finds: TABLE/dt=*/*.
std::vector<std::filesystem::path> PublishedParts(const std::filesystem::path& lake,
                                                  const std::string& table);

class LakeView {
 public:
  enum class Shows {
    kCommitted,  // What the manifest vouches for, published or not.
    kPublished,  // What the files say that a glob finds.
  };
  using Row = std::vector<std::optional<std::string>>;

  LakeView(const std::filesystem::path& lake, Shows shows);

  std::vector<Row> Query(const std::string& sql);

 private:
  struct Close {
    void operator()(sqlite3* database) const;
  };

  void Execute(const std::string& sql);
  void AddCommitted(const std::filesystem::path& lake, const std::string& stream,
                    const std::string& table);
  void AddLines(const std::string& table, const std::string& part, const std::string& lines);

  std::unique_ptr<sqlite3, Close> database_;
};

}  // namespace oncegate::test
