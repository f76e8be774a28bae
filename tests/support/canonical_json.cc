#include "tests/support/canonical_json.h"

#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <stdexcept>
#include <utility>
#include <vector>

namespace oncegate::test {
namespace {

constexpr std::size_t kUnlimited = static_cast<std::size_t>(-1);

/// Receives what Boost.JSON's parser reads; numbers as their text, so that no digit is lost.
class Canonicalizer {
 public:
  static constexpr std::size_t max_object_size = kUnlimited;
  static constexpr std::size_t max_array_size = kUnlimited;
  static constexpr std::size_t max_key_size = kUnlimited;
  static constexpr std::size_t max_string_size = kUnlimited;

  using Error = boost::system::error_code;
  using View = boost::json::string_view;

  bool on_document_begin(Error&) { return true; }
  bool on_document_end(Error&) { return true; }
  bool on_array_begin(Error&) { return Open(); }
  bool on_array_end(std::size_t, Error&) {
    std::string text;
    for (const auto& [key, value] : open_.back().members) text += (text.empty() ? "" : ",") + value;
    return Close("[" + text + "]");
  }
  bool on_object_begin(Error&) { return Open(); }
  bool on_object_end(std::size_t, Error&) {
    std::multimap<std::string, std::string> sorted(open_.back().members.begin(),
                                                   open_.back().members.end());
    std::string text;
    for (const auto& [key, value] : sorted) text += (text.empty() ? "" : ",") + key + ":" + value;
    return Close("{" + text + "}");
  }
  bool on_key_part(View part, std::size_t, Error&) { return Collect(part); }
  bool on_key(View part, std::size_t, Error&) {
    Collect(part);
    open_.back().key = Quote(Take());
    return true;
  }
  bool on_string_part(View part, std::size_t, Error&) { return Collect(part); }
  bool on_string(View part, std::size_t, Error&) {
    Collect(part);
    return Add(Quote(Take()));
  }
  bool on_number_part(View part, Error&) { return Collect(part); }
  bool on_int64(std::int64_t, View part, Error&) { return AddNumber(part); }
  bool on_uint64(std::uint64_t, View part, Error&) { return AddNumber(part); }
  bool on_double(double, View part, Error&) { return AddNumber(part); }
  bool on_bool(bool value, Error&) { return Add(value ? "true" : "false"); }
  bool on_null(Error&) { return Add("null"); }
  bool on_comment_part(View, Error&) { return true; }
  bool on_comment(View, Error&) { return true; }

  std::string root;

 private:
  struct Container {
    std::string key;
    std::vector<std::pair<std::string, std::string>> members;
  };

  static std::string Quote(const std::string& text) {
    return boost::json::serialize(boost::json::string(text));
  }
  std::string Take() { return std::exchange(collected_, {}); }
  bool Collect(View part) {
    collected_.append(part.data(), part.size());
    return true;
  }
  bool Open() {
    open_.emplace_back();
    return true;
  }
  bool Close(const std::string& text) {
    open_.pop_back();
    return Add(text);
  }
  bool AddNumber(View part) {
    Collect(part);
    return Add(CanonicalNumber(Take()));
  }
  bool Add(const std::string& text) {
    if (open_.empty()) {
      root = text;
    } else {
      open_.back().members.emplace_back(open_.back().key, text);
    }
    return true;
  }

  std::string collected_;
  std::vector<Container> open_;
};

}  // namespace

std::string CanonicalNumber(std::string_view number) {
  const bool negative = number.starts_with('-');
  if (negative) number.remove_prefix(1);
  const std::size_t end = number.find_first_of("eE");
  std::int64_t exponent = 0;
  if (end != std::string_view::npos) {
    exponent = std::strtoll(std::string(number.substr(end + 1)).c_str(), nullptr, 10);
  }
  std::string digits;
  bool fraction = false;
  for (const char c : number.substr(0, end)) {
    if (c == '.') {
      fraction = true;
    } else {
      digits.push_back(c);
      if (fraction) --exponent;
    }
  }
  digits.erase(0, digits.find_first_not_of('0'));
  while (digits.ends_with('0')) {
    digits.pop_back();
    ++exponent;
  }
  if (digits.empty()) return "0";
  return (negative ? "-" : "") + digits + "e" + std::to_string(exponent);
}

std::string CanonicalJson(std::string_view text) {
  boost::json::parse_options options;
  options.max_depth = 1000;
  boost::json::basic_parser<Canonicalizer> parser(options);
  boost::system::error_code error;
  const std::size_t used = parser.write_some(false, text.data(), text.size(), error);
  if (error || used != text.size()) {
    throw std::runtime_error("not JSON: " + std::string(text.substr(0, 200)));
  }
  return parser.handler().root;
}

}  // namespace oncegate::test
