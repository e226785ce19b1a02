#include "core/node/server_lines.h"

#include <charconv>
#include <vector>

namespace vivarium::node {

namespace {

std::string_view trimmed(std::string_view text) {
  const size_t from = text.find_first_not_of(" \t");
  if (from == std::string_view::npos) return {};
  return text.substr(from, text.find_last_not_of(" \t") - from + 1);
}

// "[::1]:2888:3888" -> {"::1", "2888", "3888"}.
std::vector<std::string_view> parts_of(std::string_view text) {
  std::vector<std::string_view> parts;
  if (text.starts_with('[')) {
    const size_t close = text.find(']');
    if (close == std::string_view::npos) return {};
    parts.push_back(text.substr(1, close - 1));
    text.remove_prefix(close + 1);
    if (text.empty()) return parts;
    if (!text.starts_with(':')) return {};
    text.remove_prefix(1);
  }
  for (;;) {
    const size_t colon = text.find(':');
    parts.push_back(text.substr(0, colon));
    if (colon == std::string_view::npos) return parts;
    text.remove_prefix(colon + 1);
  }
}

std::optional<uint16_t> port_of(std::string_view text) {
  const auto number = whole_number(text);
  if (!number || *number < 0 || *number > 65535) return std::nullopt;
  return static_cast<uint16_t>(*number);
}

std::unexpected<std::string> unlike(std::string_view text) {
  return std::unexpected(
      fmt::format("\"{}\" is not host:quorumPort:electionPort[:participant|observer][;[clientHost:]clientPort]", text));
}

}  // namespace

std::optional<int64_t> whole_number(std::string_view text) {
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::expected<Address, std::string> read_address(std::string_view text) {
  const auto parts = parts_of(trimmed(text));
  const auto port = parts.empty() || parts.size() > 2 ? std::nullopt : port_of(parts.back());
  if (!port) return std::unexpected(fmt::format("\"{}\" is not [host:]port with a port of 0 to 65535", text));
  return Address{parts.size() == 2 ? std::string(parts[0]) : std::string(), *port};
}

std::expected<zab::ServerSpec, std::string> read_server_line(std::string_view value) {
  const size_t semicolon = value.find(';');
  const std::string_view servers = value.substr(0, semicolon);
  const auto parts = parts_of(trimmed(servers.substr(0, servers.find('|'))));
  if (parts.size() != 3 && parts.size() != 4) return unlike(value);
  const auto quorum = port_of(parts[1]), election = port_of(parts[2]);
  if (!quorum || !election || parts[0].empty()) return unlike(value);
  zab::ServerSpec spec;
  spec.quorum = {std::string(parts[0]), *quorum};
  spec.election = {std::string(parts[0]), *election};
  if (parts.size() == 4) {
    if (parts[3] != "participant" && parts[3] != "observer")
      return std::unexpected(fmt::format("\"{}\" is not a kind of server: participant or observer", parts[3]));
    spec.participant = parts[3] == "participant";
  }
  if (semicolon == std::string_view::npos) return spec;
  const std::string_view client = value.substr(semicolon + 1);
  const auto address = read_address(client.substr(0, client.find(';')));  // what follows is the TLS port
  if (!address) return std::unexpected(address.error());
  spec.client = *address;
  return spec;
}

std::string membership_text(const std::map<Sid, zab::ServerSpec>& servers, int64_t version) {
  std::string text;
  for (auto [sid, spec] : servers) {
    if (spec.client.port != 0 && spec.client.host.empty()) spec.client.host = "0.0.0.0";
    text += fmt::format("server.{}={}\n", sid, server_line(spec));
  }
  return text + fmt::format("version={:x}", version);
}

std::string server_line(const zab::ServerSpec& spec) {
  const auto in_brackets = [](const std::string& host) {
    return host.find(':') == std::string::npos ? host : fmt::format("[{}]", host);
  };
  std::string line = fmt::format("{}:{}:{}:{}", in_brackets(spec.quorum.host), spec.quorum.port, spec.election.port,
                                 spec.participant ? "participant" : "observer");
  if (spec.client.port == 0) return line;
  return line + (spec.client.host.empty() ? fmt::format(";{}", spec.client.port)
                                          : fmt::format(";{}:{}", in_brackets(spec.client.host), spec.client.port));
}

}  // namespace vivarium::node
