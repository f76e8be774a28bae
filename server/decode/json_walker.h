// JsonWalker: checks JSON token by token and hashes values in the same pass.
//
// Two kinds of failure are kept apart. A syntax error ends the walk (functions return false, see
// syntax_error()). What is JSON but not acceptable in a record (lone surrogates, U+0000, a member
// name twice, too deep) is reported to the Problem and the walk goes on, so that the records behind
// it can be read.
//
// Not thread-safe; reused for one text after the other.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <string>
#include <string_view>
#include <vector>

#include "server/decode/problem.h"
#include "server/decode/token_cursor.h"
#include "server/decode/value_hash.h"

namespace oncegate {

struct SyntaxError {
  std::size_t offset = 0;
  const char* message = "";
};

class JsonWalker {
 public:
  struct Settings {
    std::size_t depth_max = 0;  // Levels of arrays and objects in a value, itself included.
    bool hashing = true;        // False: hashes come out as zeros.
  };

  explicit JsonWalker(const Settings& settings) : settings_(settings) {
    names_.reserve(kNamesReserved);
  }

  void Start(std::string_view text, const StructuralIndex& index);
  const TokenCursor& cursor() const { return cursor_; }
  const SyntaxError& syntax_error() const { return syntax_error_; }
  Problem& problem() { return problem_; }

  /// Forgets the strings that ReadString had to build.
  void StartRecord() { unescaped_.clear(); }

  /// Takes a value of any kind. *slice becomes its text, without white space around it.
  bool WalkValue(const Place* place, ValueHash* hash, std::string_view* slice);
  /// Takes a string. *text views the body, or memory that lives until StartRecord.
  bool ReadString(const Place* place, std::string_view* text);
  /// Takes a scalar that is no string; *token becomes null, true, false or a valid number.
  bool ReadLiteralOrNumber(std::string_view* token);

  /// Takes `punctuation`, or fails with `message`.
  bool Expect(char punctuation, const char* message);
  /// Takes the bracket that opens an object or array; *more is false if it is empty, and then the
  /// closing bracket is taken too.
  void Open(char close, bool* more);
  /// Behind a member or element: takes a comma (*more is true) or `close` (*more is false).
  bool Continue(char close, bool* more);
  bool ExpectEnd();

 private:
  static constexpr std::size_t kNamesReserved = 16;
  struct Name {
    std::uint64_t hash;
    std::string_view text;
  };

  bool Fail(std::size_t offset, const char* message);
  bool WalkNested(const Place* place, std::size_t depth, ValueHash* hash);
  bool WalkObject(const Place* place, std::size_t depth, ValueHash* hash);
  bool WalkArray(const Place* place, std::size_t depth, ValueHash* hash);
  bool WalkString(const Place* place, ValueHash* hash);
  bool WalkLiteralOrNumber(ValueHash* hash);
  bool ReadRaw(std::string_view* raw);
  bool UnescapeInto(const Place* place, std::string_view raw, std::string* text);
  void ReportDuplicates(const Place* place, std::size_t names_begin);
  void ReportDuplicate(const Place* place, std::string_view name);
  bool SkipContainer();
  bool SkipScalar();
  bool SkipName();

  Settings settings_;
  TokenCursor cursor_;
  SyntaxError syntax_error_;
  Problem problem_;
  std::vector<Name> names_;  // Of the objects that are open, innermost last.
  std::list<std::string> unescaped_;
  std::string scratch_;
};

}  // namespace oncegate
