#include "core/node/transaction_words.h"

#include <algorithm>
#include <iterator>

#include "core/base/hash.h"
#include "core/node/json_text.h"

namespace vivarium::node {

namespace {

constexpr size_t kReadableData = 32;  // bytes
constexpr size_t kRemembered = 4096;

bool readable(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; });
}

std::string path_words(const Bytes& path) {
  const bool plain = readable(path.view()) && path.view().find_first_of(" \";") == std::string_view::npos;
  return plain ? path.str() : json_text(path.view());
}

std::string data_words(const Bytes& data) {
  if (data.size() <= kReadableData && readable(data.view())) return json_text(data.view());
  return fmt::format("{}B", data.size());
}

std::string hex(int64_t number) { return fmt::format("0x{:x}", static_cast<uint64_t>(number)); }

std::string words_of(const wire::ErrorTxn& txn, SessionId) {
  return fmt::format("error {}", wire::error_name(txn.err));
}
std::string words_of(const wire::CreateTxn& txn, SessionId session) {
  return fmt::format("create {} {}{}", path_words(txn.path), data_words(txn.data),
                     txn.ephemeral ? " ephemeral " + hex(session.value) : "");
}
std::string words_of(const wire::CreateContainerTxn& txn, SessionId) {
  return fmt::format("create {} {} container", path_words(txn.path), data_words(txn.data));
}
std::string words_of(const wire::CreateTtlTxn& txn, SessionId) {
  return fmt::format("create {} {} ttl {}", path_words(txn.path), data_words(txn.data), txn.ttl);
}
std::string words_of(const wire::DeleteTxn& txn, SessionId) { return "delete " + path_words(txn.path); }
std::string words_of(const wire::SetDataTxn& txn, SessionId) {
  return fmt::format("setData {} {} version {}", path_words(txn.path), data_words(txn.data), txn.version);
}
std::string words_of(const wire::SetAclTxn& txn, SessionId) {
  return fmt::format("setACL {} version {}", path_words(txn.path), txn.version);
}
std::string words_of(const wire::CheckVersionTxn& txn, SessionId) {
  return fmt::format("check {} version {}", path_words(txn.path), txn.version);
}
std::string words_of(const wire::CreateSessionTxn& txn, SessionId session) {
  return fmt::format("createSession {} timeout {}", hex(session.value), txn.timeout_ms);
}
std::string words_of(const wire::CloseSessionTxn& txn, SessionId session) {
  std::string out = "closeSession " + hex(session.value);
  for (const Bytes& path : txn.paths) out += " " + path_words(path);
  return out;
}
// One that failed did nothing, whatever its parts say.
std::string words_of(const wire::MultiTxn& txn, SessionId session) {
  std::string out;
  for (const wire::SubTxn& part : txn.txns) {
    const auto body = wire::decode_txn_body(part.type, part.data);
    if (!body || std::holds_alternative<wire::MultiTxn>(*body)) return "multi that cannot be read";
    if (const auto* error = std::get_if<wire::ErrorTxn>(&*body)) {
      if (error->err != wire::ErrorCode::kOk) return words_of(*error, session);
      continue;
    }
    const std::string words = std::visit(
        [&](const auto& one) -> std::string {
          if constexpr (std::is_same_v<std::decay_t<decltype(one)>, wire::MultiTxn>)
            return "";
          else
            return words_of(one, session);
        },
        *body);
    out += (out.empty() ? "" : "; ") + words;
  }
  return out.empty() ? "multi of nothing" : out;
}

}  // namespace

std::string transaction_words(const zab::Proposal& proposal) {
  const auto txn = wire::decode_txn(proposal.payload);
  const std::string words =
      txn ? std::visit([&](const auto& body) { return words_of(body, txn->header.session); }, txn->body)
          : "transaction that cannot be read";
  return words + "; digest " + hex(proposal.tree_digest);
}

std::optional<std::string> ToldTransactions::tell(const zab::Proposal& proposal) {
  const Zxid zxid = proposal.header.zxid;
  const uint64_t identity = hash_mix(hash_bytes(proposal.payload.view()), static_cast<uint64_t>(proposal.tree_digest));
  told_.resize(kRemembered);
  Told& told = told_[zxid.counter() % kRemembered];
  if (told.zxid == zxid && told.identity == identity) return {};
  // Of two that differ, the first stays what the others are held against.
  if (told.zxid != zxid) told = {zxid, identity};
  return transaction_words(proposal);
}

}  // namespace vivarium::node
