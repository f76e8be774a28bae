// Small JSON bodies of requests that are not events: one object of plain members.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "server/http/message.h"

namespace oncegate {

/// A string, an integer, a boolean, an array of strings; monostate: anything else.
using JsonScalar =
    std::variant<std::monostate, std::string, std::int64_t, bool, std::vector<std::string>>;

struct BodyMember {
  std::string name;
  JsonScalar value;
};

struct JsonBody {
  std::vector<BodyMember> members;  // No name twice.
  std::optional<HttpResponse> refusal;

  /// Null if absent.
  const JsonScalar* Find(std::string_view name) const;
};

/// Refuses a wrong type (415), more than `bytes_max` (413), what is not one JSON object, repeated
/// members, and members not in `known` (400). Nothing at all counts as an object without members.
JsonBody ReadJsonBody(const HttpRequest& request, std::size_t bytes_max,
                      std::initializer_list<std::string_view> known);

}  // namespace oncegate
