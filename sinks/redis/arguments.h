// Arguments of a command, in the bytes of the protocol. Pure.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>

namespace oncegate::redis {

class Arguments {
 public:
  Arguments() = default;
  Arguments(std::initializer_list<std::string_view> texts) {
    for (const std::string_view text : texts) Add(text);
  }

  void Add(std::string_view text) {
    bytes_ += "$" + std::to_string(text.size()) + "\r\n";
    bytes_ += text;
    bytes_ += "\r\n";
    ++count_;
  }
  void AddNumber(std::size_t number) { Add(std::to_string(number)); }

  std::size_t count() const { return count_; }
  const std::string& bytes() const { return bytes_; }

 private:
  std::size_t count_ = 0;
  std::string bytes_;
};

}  // namespace oncegate::redis
