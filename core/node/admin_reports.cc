#include "core/node/admin_reports.h"

#include <iterator>
#include <map>
#include <set>

#include "core/node/calendar.h"
#include "core/node/server_lines.h"

namespace vivarium::node {

namespace {

// The first word is what clients judge our behaviour by; parsers (go-zookeeper's FLWSrvr) insist on a date behind it.
constexpr std::string_view kVersion = "3.9.5-vivarium, built on 01/01/2026 00:00 UTC";

uint64_t bits(int64_t value) { return static_cast<uint64_t>(value); }

std::string_view mode_of(const ServerFigures& figures) {
  if (figures.standalone) return "standalone";
  switch (figures.role) {
    case zab::Role::kLeading: return "leader";
    case zab::Role::kObserving: return "observer";
    default: return "follower";
  }
}

bool leads_others(const ServerFigures& figures) { return !figures.standalone && figures.role == zab::Role::kLeading; }

// Upstream's average has four decimals.
std::string mean_latency(const Traffic& traffic) {
  const int64_t tenth_us = traffic.latency_mean().ns / 100;
  return fmt::format("{}.{:04}", tenth_us / 10000, tenth_us % 10000);
}

std::string socket_name(const Address& peer) {
  if (peer.host.find(':') == std::string::npos) return fmt::format("/{}:{}", peer.host, peer.port);
  return fmt::format("/[{}]:{}", peer.host, peer.port);
}

// As upstream abbreviates what a connection has asked last.
std::string_view short_name(wire::OpCode op) {
  switch (op) {
    case wire::OpCode::kPing: return "PING";
    case wire::OpCode::kCreate:
    case wire::OpCode::kCreateContainer:
    case wire::OpCode::kCreateTtl:
    case wire::OpCode::kCreate2: return "CREA";
    case wire::OpCode::kDeleteContainer:
    case wire::OpCode::kDelete: return "DELE";
    case wire::OpCode::kExists: return "EXIS";
    case wire::OpCode::kGetData: return "GETD";
    case wire::OpCode::kSetData: return "SETD";
    case wire::OpCode::kGetAcl: return "GETA";
    case wire::OpCode::kSetAcl: return "SETA";
    case wire::OpCode::kGetChildren:
    case wire::OpCode::kGetChildren2: return "GETC";
    case wire::OpCode::kSync: return "SYNC";
    case wire::OpCode::kMulti: return "MULT";
    case wire::OpCode::kMultiRead: return "MLTR";
    case wire::OpCode::kReconfig: return "RECO";
    case wire::OpCode::kSetWatches: return "SETW";
    case wire::OpCode::kSetWatches2: return "STW2";
    case wire::OpCode::kAddWatch: return "ADDW";
    case wire::OpCode::kCheckWatches: return "CHKW";
    case wire::OpCode::kRemoveWatches: return "REMW";
    case wire::OpCode::kGetEphemerals: return "GETE";
    case wire::OpCode::kGetAllChildrenNumber: return "GETACN";
    case wire::OpCode::kWhoAmI: return "HOMI";
    case wire::OpCode::kCloseSession: return "CLOS";
    default: return "NA";
  }
}

void append_connection(std::string& out, const ClientConnection& client, bool brief) {
  const ConnectionFigures& figures = client.figures;
  const auto add = [&out]<class... A>(fmt::format_string<A...> format, A&&... arguments) {
    fmt::format_to(std::back_inserter(out), format, std::forward<A>(arguments)...);
  };
  add(" {}[{}](queued={},recved={},sent={}", socket_name(client.peer), client.reading ? 1 : 0, client.queue.size(),
      figures.traffic.received, figures.traffic.sent);
  if (!brief && client.session.value != 0) {
    add(",sid=0x{:x},lop={},est={},to={}", bits(client.session.value),
        figures.traffic.answered ? short_name(figures.last_op) : "NA", figures.established_wall_ms, client.timeout_ms);
    if (figures.last_xid >= 0) add(",lcxid=0x{:x}", figures.last_xid);
    const int64_t last_answer = figures.last_answer.ns / 1'000'000;
    add(",lzxid={},lresp={},llat={},minlat={},avglat={},maxlat={}", client.last_zxid_replied, last_answer,
        figures.last_latency.ms(), figures.traffic.latency_min.ms(), figures.traffic.latency_mean().ms(),
        figures.traffic.latency_max.ms());
  }
  out += ")\n";
}

std::string connections(const AdminView& view, bool brief) {
  std::string out;
  for (const auto& [conn, client] : view.clients.all()) append_connection(out, *client, brief);
  return out + "\n";
}

std::string statistics(const AdminView& view) {
  const ServerFigures& f = view.figures;
  const Traffic& t = f.traffic;
  std::string out = fmt::format(
      "Latency min/avg/max: {}/{}/{}\nReceived: {}\nSent: {}\nConnections: {}\nOutstanding: {}\nZxid: {}\nMode: {}\n"
      "Node count: {}\n",
      t.latency_min.ms(), mean_latency(t), t.latency_max.ms(), t.received, t.sent, f.connections, f.outstanding, f.zxid,
      mode_of(f), f.nodes);
  const ProposalSizes& sizes = f.proposal_sizes;
  if (leads_others(f))
    out += fmt::format("Proposal sizes last/min/max: {}/{}/{}\n", sizes.last, sizes.least, sizes.most);
  if (f.short_of_space) out += "Alarm: the disk is short of space, writes are refused\n";
  return out;
}

// The data watches alone, as upstream counts and lists them.
using Watchers = std::map<SessionId, std::set<Bytes>>;
Watchers watchers_of(const AdminView& view) {
  Watchers out;
  for (const auto& [path, conns] : view.watches.data()) {
    for (const auto& [conn, modes] : conns) {
      if (const ClientConnection* client = view.clients.find(conn)) out[client->session].insert(path);
    }
  }
  return out;
}

std::string sessions_of_leader(const AdminView& view) {
  std::map<Time, std::vector<SessionId>> by_expiry;
  for (const auto& [session, tracked] : view.sessions.all()) by_expiry[tracked.expires].push_back(session);
  std::string out = fmt::format("Session Sets ({})/({}):\n", by_expiry.size(), view.sessions.all().size());
  for (const auto& [expires, sessions] : by_expiry) {
    const int64_t wall_ms = view.now.wall_ms + (expires - view.now.steady).ms();
    out += fmt::format("{} expire at {}:\n", sessions.size(), date_of(wall_ms));
    for (const SessionId session : sessions) out += fmt::format("\t0x{:x}\n", bits(session.value));
  }
  return out;
}

std::string sessions_of_learner(const AdminView& view) {
  std::string out = fmt::format("Global Sessions({}):\n", view.state.sessions.size());
  for (const auto& [session, timeout_ms] : view.state.sessions)
    out += fmt::format("0x{:x}\t{}ms\n", bits(session.value), timeout_ms);
  return out;
}

}  // namespace

std::string report_ruok(const AdminView&) { return "imok"; }

std::string report_isro(const AdminView& view) { return view.figures.serving ? "rw" : "null"; }

std::string report_srvr(const AdminView& view) {
  return fmt::format("Zookeeper version: {}\n", kVersion) + statistics(view);
}

std::string report_stat(const AdminView& view) {
  return fmt::format("Zookeeper version: {}\nClients:\n", kVersion) + connections(view, true) + statistics(view);
}

std::string report_cons(const AdminView& view) { return connections(view, false); }

std::string report_srst(const AdminView&) { return "Server stats reset.\n"; }

std::string report_crst(const AdminView&) { return "Connection stats reset.\n"; }

std::string report_dirs(const AdminView& view) {
  const MachineFigures& machine = view.figures.machine;
  return fmt::format("datadir_size: {}\nlogdir_size: {}\n", machine.data_dir_bytes, machine.log_dir_bytes);
}

std::string report_envi(const AdminView& view) {
  std::string out = fmt::format("Environment:\nzookeeper.version={}\n", kVersion);
  for (const auto& [name, value] : view.config.environment) out += fmt::format("{}={}\n", name, value);
  return out;
}

std::string report_dump(const AdminView& view) {
  const bool leads = view.figures.role == zab::Role::kLeading;
  std::string out = "SessionTracker dump:\n" + (leads ? sessions_of_leader(view) : sessions_of_learner(view));
  out += fmt::format("ephemeral nodes dump:\nSessions with Ephemerals ({}):\n", view.state.ephemerals.size());
  for (const auto& [session, paths] : view.state.ephemerals) {
    out += fmt::format("0x{:x}:\n", bits(session.value));
    for (const Bytes& path : paths) out += fmt::format("\t{}\n", path.view());
  }
  return out + "Connections dump:\n";
}

std::string report_wchs(const AdminView& view) {
  size_t total = 0;
  const Watchers watchers = watchers_of(view);
  for (const auto& [session, paths] : watchers) total += paths.size();
  return fmt::format("{} connections watching {} paths\nTotal watches:{}\n", watchers.size(),
                     view.watches.data().size(), total);
}

std::string report_wchc(const AdminView& view) {
  std::string out;
  for (const auto& [session, paths] : watchers_of(view)) {
    out += fmt::format("0x{:x}\n", bits(session.value));
    for (const Bytes& path : paths) out += fmt::format("\t{}\n", path.view());
  }
  return out + "\n";
}

std::string report_wchp(const AdminView& view) {
  std::string out;
  for (const auto& [path, conns] : view.watches.data()) {
    out += fmt::format("{}\n", path.view());
    for (const auto& [conn, modes] : conns) {
      if (const ClientConnection* client = view.clients.find(conn))
        out += fmt::format("\t0x{:x}\n", bits(client->session.value));
    }
  }
  return out + "\n";
}

std::string report_mntr(const AdminView& view) {
  const ServerFigures& f = view.figures;
  size_t ephemerals = 0;
  for (const auto& [session, paths] : view.state.ephemerals) ephemerals += paths.size();
  std::string out;
  const auto line = [&out](std::string_view key, const auto& value) { out += fmt::format("zk_{}\t{}\n", key, value); };
  line("version", kVersion);
  line("server_state", mode_of(f));
  if (!f.standalone) line("peer_state", fmt::format("{} - broadcast", zab::role_name(f.role)));
  line("avg_latency", mean_latency(f.traffic));
  line("max_latency", f.traffic.latency_max.ms());
  line("min_latency", f.traffic.latency_min.ms());
  line("packets_received", f.traffic.received);
  line("packets_sent", f.traffic.sent);
  line("num_alive_connections", f.connections);
  line("outstanding_requests", f.outstanding);
  line("uptime", (view.now.steady - f.started).ms());
  line("znode_count", f.nodes);
  line("watch_count", view.watches.count());
  line("ephemerals_count", ephemerals);
  line("approximate_data_size", view.state.data_bytes);
  if (f.machine.open_files >= 0) line("open_file_descriptor_count", f.machine.open_files);
  if (f.machine.open_files_max >= 0) line("max_file_descriptor_count", f.machine.open_files_max);
  line("global_sessions", view.state.sessions.size());
  line("local_sessions", 0);
  line("cnt_fsynctime", f.log_syncs);
  line("short_of_space", f.short_of_space ? 1 : 0);
  if (leads_others(f)) {
    line("learners", f.learners);
    line("synced_followers", f.synced_followers);
    line("synced_observers", 0);
    line("quorum_size", view.config.ensemble.servers.size());
    line("last_proposal_size", f.proposal_sizes.last);
    line("min_proposal_size", f.proposal_sizes.least);
    line("max_proposal_size", f.proposal_sizes.most);
  }
  return out;
}

std::string report_conf(const AdminView& view) {
  const zab::Config& ensemble = view.config.ensemble;
  const zab::ServerSpec& self = ensemble.servers.at(ensemble.self);
  const int64_t tick_ms = ensemble.tick.ms();
  std::string out;
  const auto line = [&out](std::string_view key, const auto& value) { out += fmt::format("{}={}\n", key, value); };
  line("clientPort", self.client.port);
  line("secureClientPort", -1);
  line("dataDir", view.config.data_dir + "/version-2");
  line("dataLogDir", view.config.log_dir + "/version-2");
  line("tickTime", tick_ms);
  line("maxClientCnxns", view.config.client_connections_max);
  line("minSessionTimeout", session_timeout_ms_least(view.config));
  line("maxSessionTimeout", session_timeout_ms_most(view.config));
  line("clientPortListenBacklog", -1);
  line("serverId", view.figures.standalone ? Sid{0} : ensemble.self);
  if (view.figures.standalone) return out;
  line("initLimit", ensemble.init_limit);
  line("syncLimit", ensemble.sync_limit);
  line("electionAlg", 3);
  line("electionPort", self.election.port);
  line("quorumPort", self.quorum.port);
  line("peerType", self.participant ? 0 : 1);
  return out + "membership: \n" +
         (ensemble.membership.empty() ? membership_text(ensemble.servers, 0) : ensemble.membership);
}

}  // namespace vivarium::node
