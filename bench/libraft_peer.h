/* Five servers of libraft in its own deterministic fixture. In C, since raft.h of some versions is no C++. */
#pragma once

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct libraft_peer;

/* An established ensemble whose client keeps `outstanding` writes of 100 bytes in flight (0: it stays idle). */
struct libraft_peer* libraft_peer_new(unsigned outstanding);
void libraft_peer_free(struct libraft_peer* peer);

void libraft_peer_pass(struct libraft_peer* peer, unsigned simulated_ms);
void libraft_peer_step(struct libraft_peer* peer, unsigned steps);
uint64_t libraft_peer_commits(const struct libraft_peer* peer);

#ifdef __cplusplus
}
#endif
