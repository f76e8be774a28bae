#include "server/decode/json_walker.h"

#include <algorithm>
#include <tuple>

#include "server/decode/json_number.h"
#include "server/decode/json_string.h"

namespace oncegate {
namespace {

// Up to this many members names are compared pair by pair, beyond it they are sorted.
constexpr std::size_t kPairwiseNamesMax = 16;

}  // namespace

void JsonWalker::Start(std::string_view text, const StructuralIndex& index) {
  cursor_ = TokenCursor(text, index);
  names_.clear();
  problem_.Clear();
}

bool JsonWalker::Fail(std::size_t offset, const char* message) {
  syntax_error_ = {offset, cursor_.AtEnd() ? "the text ends too early" : message};
  return false;
}

bool JsonWalker::Expect(char punctuation, const char* message) {
  if (cursor_.Peek() != punctuation) return Fail(cursor_.Offset(), message);
  cursor_.Skip();
  return true;
}

void JsonWalker::Open(char close, bool* more) {
  cursor_.Skip();
  *more = cursor_.Peek() != close;
  if (!*more) cursor_.Skip();
}

bool JsonWalker::Continue(char close, bool* more) {
  const char next = cursor_.Peek();
  *more = next == ',';
  if (next != ',' && next != close) {
    return Fail(cursor_.Offset(), close == '}' ? "expected , or }" : "expected , or ]");
  }
  cursor_.Skip();
  return true;
}

bool JsonWalker::ExpectEnd() {
  return cursor_.AtEnd() || Fail(cursor_.Offset(), "there is something behind the JSON text");
}

bool JsonWalker::ReadRaw(std::string_view* raw) {
  const std::size_t offset = cursor_.Offset();
  const std::string_view token = cursor_.Take();
  // The index promises the quote at the end; if it were not there, to refuse harms nobody.
  if (token.size() < 2 || token.back() != '"') return Fail(offset, "the string has no end");
  *raw = token.substr(1, token.size() - 2);
  return true;
}

bool JsonWalker::UnescapeInto(const Place* place, std::string_view raw, std::string* text) {
  const UnescapeOutcome outcome = Unescape(raw, text);
  if (!outcome.well_formed) {
    return Fail(cursor_.OffsetOf(raw.data()) + outcome.error_offset, "this is no escape");
  }
  if (outcome.lone_surrogate && problem_.Takes(ProblemRank::kJson)) {
    problem_.Report(ProblemRank::kJson, Code::kLoneSurrogate, "a surrogate without its other half",
                    place);
  }
  if (outcome.nul && problem_.Takes(ProblemRank::kJson)) {
    problem_.Report(ProblemRank::kJson, Code::kNulCharacter, "U+0000 is not allowed", place);
  }
  return true;
}

bool JsonWalker::ReadString(const Place* place, std::string_view* text) {
  if (cursor_.Peek() != '"') return Fail(cursor_.Offset(), "expected a member name in quotes");
  if (!ReadRaw(text)) return false;
  if (text->find('\\') == std::string_view::npos) return true;
  std::string& built = unescaped_.emplace_back();
  if (!UnescapeInto(place, *text, &built)) return false;
  *text = built;
  return true;
}

bool JsonWalker::ReadLiteralOrNumber(std::string_view* token) {
  const std::size_t offset = cursor_.Offset();
  if (cursor_.AtEnd()) return Fail(offset, "");
  *token = cursor_.Take();
  const char first = token->front();
  const bool valid = first == 't'   ? *token == "true"
                     : first == 'f' ? *token == "false"
                     : first == 'n' ? *token == "null"
                                    : IsJsonNumber(*token);
  return valid || Fail(offset, "this is no JSON value");
}

bool JsonWalker::WalkString(const Place* place, ValueHash* hash) {
  std::string_view text;
  if (!ReadRaw(&text)) return false;
  if (text.find('\\') != std::string_view::npos) {
    if (!UnescapeInto(place, text, &scratch_)) return false;
    text = scratch_;
  }
  if (settings_.hashing) *hash = HashString(text);
  return true;
}

bool JsonWalker::WalkLiteralOrNumber(ValueHash* hash) {
  std::string_view token;
  if (!ReadLiteralOrNumber(&token)) return false;
  if (!settings_.hashing) return true;
  switch (token.front()) {
    case 'n':
      *hash = HashNull();
      break;
    case 't':
    case 'f':
      *hash = HashBoolean(token.front() == 't');
      break;
    default:
      *hash = HashNumber(token, &scratch_);
  }
  return true;
}

bool JsonWalker::WalkObject(const Place* place, std::size_t depth, ValueHash* hash) {
  const std::size_t names_begin = names_.size();
  ObjectHash members;
  bool more = false;
  Open('}', &more);
  while (more) {
    Place member;
    member.parent = place;
    if (!ReadString(place, &member.name)) return false;
    const ValueHash name = HashString(member.name);
    names_.push_back({name.low, member.name});
    ValueHash value;
    if (!Expect(':', "expected :") || !WalkNested(&member, depth, &value)) return false;
    if (settings_.hashing) members.Add(name, value);
    if (!Continue('}', &more)) return false;
  }
  ReportDuplicates(place, names_begin);
  names_.resize(names_begin);
  if (settings_.hashing) *hash = members.Finish();
  return true;
}

bool JsonWalker::WalkArray(const Place* place, std::size_t depth, ValueHash* hash) {
  ArrayHash elements;
  Place element{place, {}, 0, true};
  bool more = false;
  for (Open(']', &more); more; ++element.index) {
    ValueHash value;
    if (!WalkNested(&element, depth, &value)) return false;
    if (settings_.hashing) elements.Add(value);
    if (!Continue(']', &more)) return false;
  }
  if (settings_.hashing) *hash = elements.Finish();
  return true;
}

// `depth` counts the arrays and objects around the value.
bool JsonWalker::WalkNested(const Place* place, std::size_t depth, ValueHash* hash) {
  const char first = cursor_.Peek();
  if (first == '"') return WalkString(place, hash);
  if (first != '{' && first != '[') return WalkLiteralOrNumber(hash);
  if (depth >= settings_.depth_max) {
    if (problem_.Takes(ProblemRank::kJson)) {
      problem_.Report(ProblemRank::kJson, Code::kTooDeep,
                      "nested deeper than " + std::to_string(settings_.depth_max) + " levels",
                      place);
    }
    return SkipContainer();
  }
  return first == '{' ? WalkObject(place, depth + 1, hash) : WalkArray(place, depth + 1, hash);
}

bool JsonWalker::WalkValue(const Place* place, ValueHash* hash, std::string_view* slice) {
  const std::size_t begin = cursor_.Offset();
  if (!WalkNested(place, 0, hash)) return false;
  *slice = cursor_.SliceFrom(begin);
  return true;
}

void JsonWalker::ReportDuplicate(const Place* place, std::string_view name) {
  if (!problem_.Takes(ProblemRank::kJson)) return;
  Place member;
  member.parent = place;
  member.name = name;
  problem_.Report(ProblemRank::kJson, Code::kDuplicateMember,
                  "member " + Quoted(name) + " occurs twice", &member);
}

void JsonWalker::ReportDuplicates(const Place* place, std::size_t names_begin) {
  const auto begin = names_.begin() + static_cast<std::ptrdiff_t>(names_begin);
  const auto same = [](const Name& one, const Name& other) {
    return one.hash == other.hash && one.text == other.text;
  };
  if (names_.size() - names_begin <= kPairwiseNamesMax) {
    for (auto name = begin; name != names_.end(); ++name) {
      for (auto earlier = begin; earlier != name; ++earlier) {
        if (same(*name, *earlier)) return ReportDuplicate(place, name->text);
      }
    }
    return;
  }
  std::sort(begin, names_.end(), [](const Name& one, const Name& other) {
    return std::tie(one.hash, one.text) < std::tie(other.hash, other.text);
  });
  const auto twice = std::adjacent_find(begin, names_.end(), same);
  if (twice != names_.end()) ReportDuplicate(place, twice->text);
}

bool JsonWalker::SkipName() {
  std::string_view raw;
  if (cursor_.Peek() != '"') return Fail(cursor_.Offset(), "expected a member name in quotes");
  return ReadRaw(&raw) && UnescapeInto(nullptr, raw, &scratch_) && Expect(':', "expected :");
}

bool JsonWalker::SkipScalar() {
  std::string_view token;
  if (cursor_.Peek() != '"') return ReadLiteralOrNumber(&token);
  return ReadRaw(&token) && UnescapeInto(nullptr, token, &scratch_);
}

// Checks the syntax of an array or object of any depth, in one bit of memory per level. Its record
// is refused already, so nothing else is looked for.
bool JsonWalker::SkipContainer() {
  std::vector<bool> open;  // One entry per level: true for an object.
  do {
    const char first = cursor_.Peek();
    bool more = false;
    if (first == '{' || first == '[') {
      Open(first == '{' ? '}' : ']', &more);
      if (more) open.push_back(first == '{');
    } else if (!SkipScalar()) {
      return false;
    }
    while (!more && !open.empty()) {
      if (!Continue(open.back() ? '}' : ']', &more)) return false;
      if (!more) open.pop_back();
    }
    if (more && open.back() && !SkipName()) return false;
  } while (!open.empty());
  return true;
}

}  // namespace oncegate
