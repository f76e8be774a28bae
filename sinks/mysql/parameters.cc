#include "sinks/mysql/parameters.h"

namespace oncegate::mysql {

void Parameters::AddVersion(const std::optional<Version>& version) {
  if (!version) return AddNull(ParameterKind::kText);
  AddText(kept_.emplace_back(ToDecimal(*version)));
}

}  // namespace oncegate::mysql
