// rapidcheck with its machinery instantiated once, in property_support.cc: rc::check of a lambda costs a compiler half
// a second, and a typed suite has 135 of them.
#pragma once

#include <functional>

namespace vivarium {

// True if the property held for every case that rapidcheck drew; what it needs it draws itself (*rc::gen::...).
bool holds(const std::function<void()>& property);

}  // namespace vivarium
