#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "checker/check.h"
#include "checker/key_view.h"

namespace vivarium::checker::test {

// A history in few words, one line each: type, process, f and, where there is one, value; then fields by name, of which
// those that are strings go without quotes. The key is "/k" unless a line says otherwise:
//   invoke 1 cas [1,2]
//   ok 1 cas [1,2] zxid=7 key=/a
// A line that begins with "do" is both an invoke and its ok: the value is that of the invoke if the operation writes,
// of the ok if it reads.
History script(ModelKind model, std::string_view lines);

Answer judge(ModelKind model, std::string_view lines, bool strict_sync = false);
// Of a violation, all its sentences; else "holds" or "undecided".
std::string why(ModelKind model, std::string_view lines, bool strict_sync = false);

inline KeyView whole(const History& history) { return {history.operations.data(), {}, history.operations.size()}; }

}  // namespace vivarium::checker::test
