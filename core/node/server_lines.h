// server.N=...: one server of an ensemble, in the forms of ZooKeeper 3.4, 3.5 and later (facts 1.12).
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "core/zab/config.h"

namespace vivarium::node {

// host:quorumPort:electionPort[:participant|observer][;[clientHost:]clientPort]; IPv6 hosts in brackets; of several
// addresses joined by '|' the first is dialled. A client port that is not said is 0. The error is a sentence.
std::expected<zab::ServerSpec, std::string> read_server_line(std::string_view value);

// The value of a line, in full: what read_server_line takes.
std::string server_line(const zab::ServerSpec& spec);

// All of them and their version, as upstream's /zookeeper/config has it: a client address only where the line itself
// says one.
std::string membership_text(const std::map<Sid, zab::ServerSpec>& servers, int64_t version);

// "host:port", or the port alone.
std::expected<Address, std::string> read_address(std::string_view text);

// A whole decimal number, nothing around it.
std::optional<int64_t> whole_number(std::string_view text);

}  // namespace vivarium::node
