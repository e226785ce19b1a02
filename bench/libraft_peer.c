#include "bench/libraft_peer.h"

#include <raft.h>
#include <raft/fixture.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SERVERS = 5, PAYLOAD = 100 };
/* The fixture compares the leader's whole log with a copy at every step, so short logs are its best case (measured: 16 and 8). */
enum { SNAPSHOT_THRESHOLD = 16, SNAPSHOT_TRAILING = 8 };

/* One of the writes in flight; submits itself again when it is done. */
struct slot {
  struct raft_apply request;
  struct libraft_peer* peer;
};

struct libraft_peer {
  struct raft_fixture fixture;
  struct raft_fsm machines[SERVERS];
  uint64_t commits;
  int closing;
  struct slot slots[];
};

static void must(int status, const char* what) {
  if (status == 0) return;
  fprintf(stderr, "bench_libraft: %s failed with %d\n", what, status);
  abort();
}

static int fsm_apply(struct raft_fsm* fsm, const struct raft_buffer* buffer, void** result) {
  (void)fsm;
  (void)buffer;
  *result = NULL;
  return 0;
}

static int fsm_snapshot(struct raft_fsm* fsm, struct raft_buffer* buffers[], unsigned* count) {
  (void)fsm;
  *count = 1;
  *buffers = raft_malloc(sizeof **buffers);
  (*buffers)->base = raft_calloc(1, sizeof(uint64_t));
  (*buffers)->len = sizeof(uint64_t);
  return 0;
}

static int fsm_restore(struct raft_fsm* fsm, struct raft_buffer* buffer) {
  (void)fsm;
  raft_free(buffer->base);
  return 0;
}

static void on_applied(struct raft_apply* request, int status, void* result);

static void submit(struct slot* slot) {
  struct raft_buffer buffer = {.base = raft_malloc(PAYLOAD), .len = PAYLOAD};
  memset(buffer.base, 'x', PAYLOAD);
  slot->request.data = slot;
  must(raft_apply(raft_fixture_get(&slot->peer->fixture, 0), &slot->request, &buffer, 1, on_applied), "raft_apply");
}

static void on_applied(struct raft_apply* request, int status, void* result) {
  (void)result;
  struct slot* slot = request->data;
  if (status != 0 || slot->peer->closing) return;
  ++slot->peer->commits;
  submit(slot);
}

/* Later versions tell their whole life on stderr, and the emitter's parameters differ between versions; this one looks at none. */
static void emit_nothing(void) {}
static void silence(struct raft_tracer* tracer) { tracer->emit = (__typeof__(tracer->emit))emit_nothing; }

struct libraft_peer* libraft_peer_new(unsigned outstanding) {
  struct libraft_peer* peer = calloc(1, sizeof *peer + outstanding * sizeof peer->slots[0]);
  struct raft_fixture* fixture = &peer->fixture;
  must(raft_fixture_initialize(fixture), "raft_fixture_initialize");
  for (unsigned i = 0; i < SERVERS; ++i) {
    peer->machines[i] =
        (struct raft_fsm){.version = 1, .apply = fsm_apply, .snapshot = fsm_snapshot, .restore = fsm_restore};
    must(raft_fixture_grow(fixture, &peer->machines[i]), "raft_fixture_grow");
    silence(raft_fixture_get(fixture, i)->tracer);
    raft_set_snapshot_threshold(raft_fixture_get(fixture, i), SNAPSHOT_THRESHOLD);
    raft_set_snapshot_trailing(raft_fixture_get(fixture, i), SNAPSHOT_TRAILING);
  }
  struct raft_configuration configuration;
  must(raft_fixture_configuration(fixture, SERVERS, &configuration), "raft_fixture_configuration");
  must(raft_fixture_bootstrap(fixture, &configuration), "raft_fixture_bootstrap");
  raft_configuration_close(&configuration);
  must(raft_fixture_start(fixture), "raft_fixture_start");
  raft_fixture_elect(fixture, 0);
  for (unsigned i = 0; i < outstanding; ++i) {
    peer->slots[i].peer = peer;
    submit(&peer->slots[i]);
  }
  return peer;
}

void libraft_peer_free(struct libraft_peer* peer) {
  peer->closing = 1;
  raft_fixture_close(&peer->fixture);
  free(peer);
}

void libraft_peer_pass(struct libraft_peer* peer, unsigned simulated_ms) {
  raft_fixture_step_until_elapsed(&peer->fixture, simulated_ms);
}

void libraft_peer_step(struct libraft_peer* peer, unsigned steps) { raft_fixture_step_n(&peer->fixture, steps); }

uint64_t libraft_peer_commits(const struct libraft_peer* peer) { return peer->commits; }
