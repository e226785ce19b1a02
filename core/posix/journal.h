// The server's log on stderr: level, server, role, epoch, zxid; one line per transition, nothing per request.
#pragma once

#include <string_view>

#include "core/base/step.h"
#include "core/node/node.h"

namespace vivarium::posix {

// Sets the pattern of every line and the destination. Once, before anything is said.
void open_journal();

// A transition's line; nothing for what happens per request.
void tell(const node::Node& node, const Note& note);
void tell(const node::Node& node, const Stop& stop);
void tell(const node::Node& node, std::string_view what);

// What happens before there is a node, or beside it.
void say(std::string_view line);
void warn(std::string_view line);
void complain(std::string_view line);

}  // namespace vivarium::posix
