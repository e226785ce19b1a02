// Who may do what (facts 1.8): schemes world, auth, digest, ip; the identity `super` may do everything.
#include <nettle/base64.h>
#include <nettle/sha1.h>

#include <algorithm>
#include <array>

#include "core/tree/prepare.h"

namespace vivarium::tree {

namespace {
using wire::Acl;
using wire::AclId;
using wire::AclList;

struct Address {
  std::array<uint8_t, 16> bytes{};
  int32_t bits = 0;  // 32 or 128; 0: no address
};

int32_t digit_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : 99;
}

// As Java's Integer.parseInt: an optional sign, then digits of base; nullopt for anything else or above limit.
std::optional<int32_t> number(std::string_view text, int32_t base, int32_t limit) {
  if (!text.empty() && text[0] == '+') text.remove_prefix(1);
  if (text.empty()) return std::nullopt;
  int64_t value = 0;
  for (char c : text) {
    if (digit_value(c) >= base) return std::nullopt;
    value = value * base + digit_value(c);
    if (value > limit) return std::nullopt;
  }
  return static_cast<int32_t>(value);
}

std::vector<std::string_view> split(std::string_view text, std::string_view by) {
  std::vector<std::string_view> parts;
  for (;;) {
    const size_t at = text.find(by);
    parts.push_back(text.substr(0, at));
    if (at == std::string_view::npos) return parts;
    text.remove_prefix(at + by.size());
  }
}

Address parse_ipv4(std::string_view text) {
  const auto parts = split(text, ".");
  if (parts.size() != 4) return {};
  Address out{{}, 32};
  for (size_t i = 0; i < 4; ++i) {
    const auto value = number(parts[i], 10, 255);
    if (!value) return {};
    out.bytes[i] = static_cast<uint8_t>(*value);
  }
  return out;
}

bool put_groups(const std::vector<std::string_view>& groups, size_t at, Address& out) {
  for (std::string_view group : groups) {
    const auto value = group.size() <= 4 ? number(group, 16, 0xffff) : std::nullopt;
    if (!value) return false;
    out.bytes[at++] = static_cast<uint8_t>(*value >> 8);
    out.bytes[at++] = static_cast<uint8_t>(*value & 0xff);
  }
  return true;
}

// 4240: upstream knows IPv6 since 3.9.4.
Address parse_ipv6(std::string_view text) {
  const auto halves = split(text, "::");
  if (halves.size() > 2) return {};
  std::vector<std::string_view> front, back;
  if (halves.size() == 1 || !halves[0].empty()) front = split(halves[0], ":");
  if (halves.size() == 2 && !halves[1].empty()) back = split(halves[1], ":");
  if (halves.size() == 1 ? front.size() != 8 : front.size() + back.size() >= 8) return {};
  Address out{{}, 128};
  return put_groups(front, 0, out) && put_groups(back, 16 - 2 * back.size(), out) ? out : Address{};
}

Address parse_address(std::string_view text) {
  return text.find(':') != std::string_view::npos ? parse_ipv6(text) : parse_ipv4(text);
}

struct Network {
  Address address;
  int32_t bits = 0;
};
std::optional<Network> parse_network(std::string_view text) {
  const size_t slash = text.find('/');
  const Address address = parse_address(text.substr(0, slash));
  if (address.bits == 0) return std::nullopt;
  if (slash == std::string_view::npos) return Network{address, address.bits};
  const auto bits = number(text.substr(slash + 1), 10, address.bits);
  if (!bits) return std::nullopt;
  return Network{address, *bits};
}

bool within(std::string_view address_text, std::string_view network_text) {
  const Address address = parse_address(address_text);
  const auto network = parse_network(network_text);
  if (!network || address.bits != network->address.bits) return false;
  for (int32_t bit = 0; bit < network->bits; ++bit) {
    const auto at = static_cast<size_t>(bit / 8);
    if ((address.bytes[at] ^ network->address.bytes[at]) >> (7 - bit % 8) & 1) return false;
  }
  return true;
}

bool is_anyone(const AclId& id) { return id.scheme.view() == "world" && id.id.view() == "anyone"; }

bool grants(const AclId& id, const std::vector<AclId>& identities) {
  if (is_anyone(id)) return true;
  return std::any_of(identities.begin(), identities.end(), [&](const AclId& mine) {
    if (mine.scheme != id.scheme) return false;
    return id.scheme.view() == "ip" ? within(mine.id.view(), id.id.view()) : mine.id == id.id;
  });
}

// Java's split(":") drops empty parts at the end: "user:" is one part, ":hash" two.
bool digest_id_valid(std::string_view id) {
  while (id.ends_with(':')) id.remove_suffix(1);
  return std::count(id.begin(), id.end(), ':') == 1;
}

bool id_valid(const AclId& id) {
  if (id.id.is_null()) return false;
  if (id.scheme.view() == "digest") return digest_id_valid(id.id.view());
  if (id.scheme.view() == "ip") return parse_network(id.id.view()).has_value();
  return false;
}

// What `auth` stands for: identities that someone has proved; an address is none.
bool authenticated(const AclId& id) {
  return id.scheme.view() != "ip" && id.scheme.view() != "world" && id.scheme.view() != "super";
}
}  // namespace

bool permitted(const AclList& acl, int32_t permissions, const std::vector<AclId>& identities) {
  if (acl.empty()) return true;
  if (std::any_of(identities.begin(), identities.end(), [](const AclId& id) { return id.scheme.view() == "super"; }))
    return true;
  return std::any_of(acl.begin(), acl.end(), [&](const Acl& entry) {
    return (entry.perms & permissions) != 0 && grants(entry.id, identities);
  });
}

std::optional<AclList> fix_acl(const AclList& acl, const std::vector<AclId>& identities) {
  AclList fixed;
  for (auto at = acl.begin(); at != acl.end(); ++at) {
    if (std::find(acl.begin(), at, *at) != at) continue;
    if (is_anyone(at->id)) {
      fixed.push_back(*at);
    } else if (at->id.scheme.view() == "auth") {
      const size_t before = fixed.size();
      for (const AclId& mine : identities) {
        if (authenticated(mine)) fixed.push_back(Acl{at->perms, mine});
      }
      if (fixed.size() == before) return std::nullopt;
    } else {
      if (!id_valid(at->id)) return std::nullopt;
      fixed.push_back(*at);
    }
  }
  if (fixed.empty()) return std::nullopt;
  return fixed;
}

Bytes digest_id(const Bytes& user_password) {
  std::array<uint8_t, SHA1_DIGEST_SIZE> hash{};
  sha1_ctx context;
  sha1_init(&context);
  sha1_update(&context, user_password.size(), user_password.data());
  sha1_digest(&context, hash.size(), hash.data());
  std::array<char, BASE64_ENCODE_RAW_LENGTH(SHA1_DIGEST_SIZE)> text{};
  base64_encode_raw(text.data(), hash.size(), hash.data());
  const std::string_view user = user_password.view().substr(0, user_password.view().find(':'));
  return Bytes(std::string(user) + ":" + std::string(text.data(), text.size()));
}

}  // namespace vivarium::tree
