// The auth request: what adds an identity to a connection (facts 1.8).
#pragma once

#include <string>
#include <vector>

#include "core/wire/records.h"

namespace vivarium::node {

// kOk, and `identities` has grown unless it held the identity already; otherwise kAuthFailed, after which the
// connection closes. Schemes: digest ("user:password"; the id whose digest is `super_digest` may do everything), ip
// (says nothing new: OK). World and auth are no providers, others are not ours: AuthFailed.
wire::ErrorCode authenticate(const wire::AuthRequest& request, const std::string& super_digest,
                             std::vector<wire::AclId>& identities);

}  // namespace vivarium::node
