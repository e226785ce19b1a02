// What a client was asked and told, in the words of a trace.
#pragma once

#include <span>
#include <string>

#include "core/client/event.h"
#include "core/client/request.h"

namespace vivarium::sim {

// Its path; of a multi, those of its parts. Empty: it has none.
std::string words_of(const client::Request& request);

// "#3 ok 0x100000004, #4 NoNode, #5 unknown, watch /a": requests by their token, with the zxid of a reply. Empty:
// nothing was told.
std::string words_of(std::span<const client::ClientEvent> events);

}  // namespace vivarium::sim
