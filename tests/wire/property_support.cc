#include "tests/wire/property.h"

#include <rapidcheck.h>

namespace vivarium {

bool holds(const std::function<void()>& property) { return rc::check(property); }

}  // namespace vivarium
