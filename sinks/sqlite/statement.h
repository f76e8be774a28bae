// Statement: one prepared statement, reused. Bound text and blobs are not copied: what they view
// must live until the next Reset. Owned by its connection's thread; destroyed before the
// connection.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

struct sqlite3_stmt;

namespace oncegate::sqlite {

class Statement {
 public:
  Statement() = default;
  /// Takes ownership.
  explicit Statement(sqlite3_stmt* statement) : statement_(statement) {}

  explicit operator bool() const { return statement_ != nullptr; }

  void BindNull(int parameter);
  void BindInteger(int parameter, std::int64_t value);
  void BindReal(int parameter, double value);
  void BindText(int parameter, std::string_view text);
  void BindBlob(int parameter, std::string_view bytes);

  /// SQLITE_ROW, SQLITE_DONE or an error code; an error of an earlier Bind comes out here.
  int Step();
  /// Ends the run. Bindings stay.
  void Reset();

  // Columns of the current row; views are valid until the next Step or Reset.
  bool IsNull(int column) const;
  std::int64_t Integer(int column) const;
  std::string_view Text(int column) const;
  std::string_view Blob(int column) const;

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };
  void Note(int code);

  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
  int bind_error_ = 0;
};

/// Resets a statement at the end of a scope.
class StatementRun {
 public:
  explicit StatementRun(Statement& statement) : statement_(statement) {}
  ~StatementRun() { statement_.Reset(); }
  StatementRun(const StatementRun&) = delete;
  StatementRun& operator=(const StatementRun&) = delete;

 private:
  Statement& statement_;
};

}  // namespace oncegate::sqlite
