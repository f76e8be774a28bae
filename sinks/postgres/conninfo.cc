#include "sinks/postgres/conninfo.h"

#include <libpq-fe.h>

#include <memory>

namespace oncegate::postgres {

std::optional<Conninfo> ParseConninfo(const std::string& text) {
  char* message = nullptr;
  const std::unique_ptr<PQconninfoOption, void (*)(PQconninfoOption*)> options(
      PQconninfoParse(text.c_str(), &message), &PQconninfoFree);
  const std::unique_ptr<char, void (*)(void*)> message_owner(message, &PQfreemem);
  if (options == nullptr) return std::nullopt;
  Conninfo conninfo;
  for (const PQconninfoOption* option = options.get(); option->keyword != nullptr; ++option) {
    if (option->val != nullptr) conninfo[option->keyword] = option->val;
  }
  return conninfo;
}

std::string FormatConninfo(const Conninfo& conninfo) {
  std::string text;
  for (const auto& [keyword, value] : conninfo) {
    if (!text.empty()) text.push_back(' ');
    text += keyword + "='";
    for (const char c : value) {
      if (c == '\'' || c == '\\') text.push_back('\\');
      text.push_back(c);
    }
    text.push_back('\'');
  }
  return text;
}

}  // namespace oncegate::postgres
