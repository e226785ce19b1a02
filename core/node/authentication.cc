#include "core/node/authentication.h"

#include <algorithm>

#include "core/tree/prepare.h"

namespace vivarium::node {

namespace {
void add(std::vector<wire::AclId>& identities, wire::AclId id) {
  if (std::ranges::find(identities, id) == identities.end()) identities.push_back(std::move(id));
}
}  // namespace

wire::ErrorCode authenticate(const wire::AuthRequest& request, const std::string& super_digest,
                             std::vector<wire::AclId>& identities) {
  if (request.scheme.view() == "ip") return wire::ErrorCode::kOk;
  if (request.scheme.view() != "digest") return wire::ErrorCode::kAuthFailed;
  Bytes id = tree::digest_id(request.auth);
  if (!super_digest.empty() && id.view() == super_digest) add(identities, {Bytes("super"), Bytes::empty_value()});
  add(identities, {Bytes("digest"), std::move(id)});
  return wire::ErrorCode::kOk;
}

}  // namespace vivarium::node
