#include "core/node/absent_keys.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace vivarium::node {

namespace {

constexpr bool kOfUpstreams = true;

constexpr std::array kAbsentKeys = {
    // features that are not there yet
    AbsentKey{"secureClientPort", ""},
    AbsentKey{"secureClientPortAddress", ""},
    AbsentKey{"sslQuorum", "false"},
    AbsentKey{"sslQuorumReloadCertFiles", "false"},
    AbsentKey{"portUnification", "false"},
    AbsentKey{"quorum.auth.enableSasl", "false"},
    AbsentKey{"quorum.auth.serverRequireSasl", "false"},
    AbsentKey{"quorum.auth.learnerRequireSasl", "false"},
    AbsentKey{"standaloneEnabled", "true"},
    AbsentKey{"reconfigEnabled", "false"},
    AbsentKey{"syncEnabled", "true"},
    AbsentKey{"observerMasterPort", "0"},
    AbsentKey{"observerMaster.sizeLimit", ""},
    AbsentKey{"observer.reconnectDelayMs", "0"},
    AbsentKey{"observer.election.DelayMs", "200"},
    AbsentKey{"localSessionsEnabled", "false"},
    AbsentKey{"localSessionsUpgradingEnabled", "false"},
    AbsentKey{"oraclePath", ""},
    AbsentKey{"skipACL", "no"},
    AbsentKey{"enableEagerACLCheck", "false"},
    AbsentKey{"closeSessionTxn.enabled", "true"},
    AbsentKey{"readonlymode.enabled", "false"},
    AbsentKey{"snapshotSizeFactor", ""},
    AbsentKey{"snapshot.compression.method", ""},
    AbsentKey{"serializeLastProcessedZxid.enabled", "true"},
    AbsentKey{"quorumCnxnTimeoutMs", "-1"},
    AbsentKey{"multiAddress.enabled", "false"},
    AbsentKey{"multiAddress.reachabilityCheckEnabled", "true"},
    AbsentKey{"multiAddress.reachabilityCheckTimeoutMs", "1000"},
    AbsentKey{"maxConcurrentSnapSyncs", ""},
    AbsentKey{"maxConcurrentDiffSyncs", ""},
    AbsentKey{"requestThrottleLimit", "0"},
    AbsentKey{"requestThrottleStallTime", "100"},
    AbsentKey{"requestThrottleDropStale", "true"},
    AbsentKey{"throttledOpWaitTime", "0"},
    AbsentKey{"connection_throttle_tokens", "0"},
    AbsentKey{"connection_throttle_fill_time", "1"},
    AbsentKey{"connection_throttle_fill_count", "1"},
    AbsentKey{"connection_throttle_freeze_time", "-1"},
    AbsentKey{"connection_throttle_drop_increase", "0.02"},
    AbsentKey{"connection_throttle_drop_decrease", "0.002"},
    AbsentKey{"largeRequestMaxBytes", ""},
    AbsentKey{"largeRequestThreshold", "-1"},
    AbsentKey{"admin.enableServer", "false"},
    AbsentKey{"admin.serverPort", ""},
    AbsentKey{"admin.serverAddress", ""},
    AbsentKey{"admin.commandURL", ""},
    AbsentKey{"metricsProvider.className", "org.apache.zookeeper.metrics.impl.DefaultMetricsProvider"},
    AbsentKey{"metricsProvider.httpPort", ""},
    AbsentKey{"audit.enable", "false"},
    // A group commit ends when the disk is free, connections are closed and written without waiting, replies are made
    // from the tree itself, and one thread does it all.
    AbsentKey{"flushDelay", "0", kOfUpstreams},
    AbsentKey{"maxWriteQueuePollTime", "0", kOfUpstreams},
    AbsentKey{"maxBatchSize", "1000", kOfUpstreams},
    AbsentKey{"learner.asyncSending", "true", kOfUpstreams},
    AbsentKey{"learner.closeSocketAsync", "true", kOfUpstreams},
    AbsentKey{"leader.closeSocketAsync", "true", kOfUpstreams},
    AbsentKey{"maxResponseCacheSize", "0", kOfUpstreams},
    AbsentKey{"maxGetChildrenResponseCacheSize", "0", kOfUpstreams},
    AbsentKey{"commitProcessor.numWorkerThreads", "0", kOfUpstreams},
    AbsentKey{"commitProcessor.maxReadBatchSize", "-1", kOfUpstreams},
    AbsentKey{"commitProcessor.maxCommitBatchSize", "1", kOfUpstreams},
    AbsentKey{"nio.numSelectorThreads", "1", kOfUpstreams},
    AbsentKey{"nio.numWorkerThreads", "0", kOfUpstreams},
    AbsentKey{"nio.directBufferBytes", "", kOfUpstreams},
    AbsentKey{"watchManagerName", "", kOfUpstreams},
    AbsentKey{"serverCnxnFactory", "", kOfUpstreams},
    AbsentKey{"quorum.cnxn.threads.size", "", kOfUpstreams},
    AbsentKey{"jvm.pause.monitor", "false", kOfUpstreams},
    AbsentKey{"jvm.pause.info-threshold.ms", "", kOfUpstreams},
    AbsentKey{"jvm.pause.warn-threshold.ms", "", kOfUpstreams},
    AbsentKey{"jvm.pause.sleep.time.ms", "", kOfUpstreams},
};

constexpr std::array<std::string_view, 8> kPrefixes = {"ssl.",    "admin.",        "metricsProvider.", "group.",
                                                       "weight.", "authProvider.", "quorum.auth.",     "nio."};

const AbsentKey* absent_key(std::string_view name) {
  const auto key = std::ranges::find(kAbsentKeys, name, &AbsentKey::name);
  return key == kAbsentKeys.end() ? nullptr : &*key;
}

}  // namespace

std::span<const AbsentKey> absent_keys() { return kAbsentKeys; }

bool is_absent_key(std::string_view key) {
  return absent_key(key) != nullptr ||
         std::ranges::any_of(kPrefixes, [&](std::string_view prefix) { return key.starts_with(prefix); });
}

std::string absent_key_warning(std::string_view key, std::string_view value) {
  const AbsentKey* known = absent_key(key);
  if (known && !known->as_we_do.empty() && known->as_we_do == value) return {};
  if (known && known->of_upstreams) return fmt::format("{} tunes a part that this server does not have", key);
  return fmt::format("{} has no effect in this version", key);
}

}  // namespace vivarium::node
