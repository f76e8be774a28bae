// The effective configuration as JSON, for people: defaults filled in, secrets replaced by "***".
#pragma once

#include <string>
#include <string_view>

#include "server/config/config.h"

namespace oncegate {

std::string RenderRedacted(const Config& config);

/// A URL without its password, user info parameters included; anything that is not surely free of
/// secrets becomes "***" altogether.
std::string RedactUrl(std::string_view url);

}  // namespace oncegate
