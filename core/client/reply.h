// Replies, from bytes to Completion.
#pragma once

#include "core/client/chroot.h"
#include "core/client/event.h"

namespace vivarium::client {

// Fills in outcome, error, zxid and the result of `op`. `body` stands behind the header. False: these bytes are no such
// reply.
[[nodiscard]] bool decode_reply(wire::OpCode op, const wire::ReplyHeader& header, wire::JuteReader& body,
                                const Chroot& chroot, Completion& out);

}  // namespace vivarium::client
