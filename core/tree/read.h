// Reads: answered from one State, at one server, without a transaction (facts 1.3). Each gives the reply's body, or an
// error.
#pragma once

#include <expected>

#include "core/tree/state.h"

namespace vivarium::tree {

// types: exists, getData, getACL, getChildren, getChildren2, getEphemerals, getAllChildrenNumber, multiRead, whoAmI.
// `body` is the request record. The returned Bytes are the response record, encoded. A truncated record is
// kMarshallingError; an unknown type kUnimplemented.
std::expected<Bytes, wire::ErrorCode> read(const State& state, SessionId session, wire::OpCode type, const Bytes& body,
                                           const std::vector<wire::AclId>& identities);

}  // namespace vivarium::tree
