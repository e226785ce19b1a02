// libzookeeper_mt against a server, `cases HOSTS`: reads the names of cases, runs each, prints one line for it
// (../foreign.py says how). Each case makes its own handles; the first expectation that is not met ends it.
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <zookeeper/zookeeper.h>

#define HANDLES 8

static const char* hosts;
static const char* name;  // of the case that runs
static char root[200];
static zhandle_t* handles[HANDLES];
static int handle_count;
static jmp_buf not_so;
static char failure[500];

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;

static void fail(int line, const char* format, ...) {
  va_list arguments;
  int at = snprintf(failure, sizeof failure, "line %d: ", line);
  va_start(arguments, format);
  vsnprintf(failure + at, sizeof failure - at, format, arguments);
  va_end(arguments);
  longjmp(not_so, 1);
}

#define CHECK(holds) ((holds) ? (void)0 : fail(__LINE__, "not so: %s", #holds))
#define EQUAL(wanted, got) equal(__LINE__, #got, (long long)(wanted), (long long)(got))
#define SAME(wanted, got) (strcmp(wanted, got) == 0 ? (void)0 : fail(__LINE__, "got %s, expected %s", got, wanted))

static void equal(int line, const char* what, long long wanted, long long got) {
  if (wanted != got) fail(line, "%s is %lld, expected %lld", what, got, wanted);
}

static int same_stat(const struct Stat* a, const struct Stat* b) {
  return a->czxid == b->czxid && a->mzxid == b->mzxid && a->ctime == b->ctime && a->mtime == b->mtime &&
         a->version == b->version && a->cversion == b->cversion && a->aversion == b->aversion &&
         a->ephemeralOwner == b->ephemeralOwner && a->dataLength == b->dataLength &&
         a->numChildren == b->numChildren && a->pzxid == b->pzxid;
}

static char* below(const char* suffix) {  // a few are in use at once
  static char paths[8][300];
  static int next;
  char* path = paths[next++ % 8];
  snprintf(path, sizeof paths[0], "%s%s", root, suffix);
  return path;
}

// ---- what the library's threads tell

typedef struct {
  int type, state, count;
  char path[300];
} told_t;

static void tell(told_t* told, int type, int state, const char* path) {
  pthread_mutex_lock(&lock);
  told->type = type;
  told->state = state;
  snprintf(told->path, sizeof told->path, "%s", path ? path : "");
  ++told->count;
  pthread_cond_broadcast(&changed);
  pthread_mutex_unlock(&lock);
}

static int wait_for(const int* value, int wanted) {  // seconds are enough for all
  struct timespec until;
  clock_gettime(CLOCK_REALTIME, &until);
  until.tv_sec += 20;
  pthread_mutex_lock(&lock);
  int late = 0;
  while (*value != wanted && !late) late = pthread_cond_timedwait(&changed, &lock, &until);
  pthread_mutex_unlock(&lock);
  return !late;
}

static void on_watch(zhandle_t* zh, int type, int state, const char* path, void* context) {
  (void)zh;
  if (type != ZOO_SESSION_EVENT) tell(context, type, state, path);
}

static void on_session(zhandle_t* zh, int type, int state, const char* path, void* context) {
  (void)path, (void)context;
  told_t* told = (told_t*)zoo_get_context(zh);
  if (type == ZOO_SESSION_EVENT && told) tell(told, type, state, "");
}

// ---- handles

static told_t sessions[HANDLES];

static zhandle_t* connect_as(const clientid_t* id) {
  CHECK(handle_count < HANDLES);
  told_t* told = &sessions[handle_count];
  memset(told, 0, sizeof *told);
  zhandle_t* zh = zookeeper_init(hosts, on_session, 10000, id, told, 0);
  CHECK(zh != NULL);
  handles[handle_count++] = zh;
  return zh;
}

static zhandle_t* client(void) {
  zhandle_t* zh = connect_as(NULL);
  CHECK(wait_for(&sessions[handle_count - 1].state, ZOO_CONNECTED_STATE));
  return zh;
}

static void end(zhandle_t* zh) {
  for (int i = 0; i < handle_count; ++i) {
    if (handles[i] == zh) handles[i] = NULL;
  }
  zookeeper_close(zh);
}

static void create(zhandle_t* zh, const char* path, const char* data, int mode) {
  EQUAL(ZOK, zoo_create(zh, path, data, (int)strlen(data), &ZOO_OPEN_ACL_UNSAFE, mode, NULL, 0));
}

static void get(zhandle_t* zh, const char* path, const char* wanted, struct Stat* stat) {
  char data[100];
  int length = sizeof data - 1;
  EQUAL(ZOK, zoo_get(zh, path, 0, data, &length, stat));
  data[length < 0 ? 0 : length] = 0;
  SAME(wanted, data);
}

// The other client sees what was acknowledged once it has synchronized.
typedef struct {
  int rc, done;
} synced_t;

static void on_string(int rc, const char* value, const void* context) {
  (void)value;
  synced_t* synced = (synced_t*)context;
  pthread_mutex_lock(&lock);
  synced->rc = rc;
  ++synced->done;
  pthread_cond_broadcast(&changed);
  pthread_mutex_unlock(&lock);
}

static void synchronize(zhandle_t* zh) {
  static synced_t synced;
  synced = (synced_t){-1, 0};
  EQUAL(ZOK, zoo_async(zh, "/", on_string, &synced));
  CHECK(wait_for(&synced.done, 1));
  EQUAL(ZOK, synced.rc);
}

static void wait_for_servers(void) {
  char line[100];
  printf("%s waiting\n", name);
  fflush(stdout);
  CHECK(fgets(line, sizeof line, stdin) != NULL);
}

// ---- cases

static void operations(void) {
  zhandle_t* zh = client();
  struct Stat stat, after;
  char made[300];
  EQUAL(ZOK, zoo_create2(zh, root, "one", 3, &ZOO_OPEN_ACL_UNSAFE, ZOO_PERSISTENT, made, sizeof made, &stat));
  SAME(root, made);
  EQUAL(stat.czxid, stat.mzxid);
  get(zh, root, "one", &after);
  CHECK(same_stat(&stat, &after));
  EQUAL(ZOK, zoo_set2(zh, root, "three", 5, 0, &stat));
  EQUAL(1, stat.version);
  EQUAL(5, stat.dataLength);
  EQUAL(ZOK, zoo_exists(zh, root, 0, &after));
  CHECK(same_stat(&stat, &after));
  EQUAL(ZOK, zoo_set(zh, root, NULL, -1, -1));
  int length = 10;
  char data[10];
  EQUAL(ZOK, zoo_get(zh, root, 0, data, &length, &stat));
  EQUAL(-1, length);
  EQUAL(ZOK, zoo_delete(zh, root, 2));
  EQUAL(ZNONODE, zoo_exists(zh, root, 0, &stat));
}

static void errors(void) {
  zhandle_t* zh = client();
  struct ACL_vector none = {0, NULL};
  struct Stat stat;
  struct String_vector names;
  struct ACL_vector acl;
  create(zh, root, "", ZOO_PERSISTENT);
  create(zh, below("/a"), "", ZOO_PERSISTENT);
  create(zh, below("/e"), "", ZOO_EPHEMERAL);
  EQUAL(ZNODEEXISTS, zoo_create(zh, root, "", 0, &ZOO_OPEN_ACL_UNSAFE, 0, NULL, 0));
  EQUAL(ZNONODE, zoo_create(zh, below("/x/y"), "", 0, &ZOO_OPEN_ACL_UNSAFE, 0, NULL, 0));
  EQUAL(ZNOCHILDRENFOREPHEMERALS, zoo_create(zh, below("/e/x"), "", 0, &ZOO_OPEN_ACL_UNSAFE, 0, NULL, 0));
  EQUAL(ZINVALIDACL, zoo_create(zh, below("/x"), "", 0, &none, 0, NULL, 0));
  EQUAL(ZNONODE, zoo_get_children(zh, below("/x"), 0, &names));
  EQUAL(ZNONODE, zoo_get_acl(zh, below("/x"), &acl, &stat));
  EQUAL(ZNONODE, zoo_set(zh, below("/x"), "", 0, -1));
  EQUAL(ZBADVERSION, zoo_set(zh, root, "", 0, 7));
  EQUAL(ZBADVERSION, zoo_delete(zh, below("/a"), 7));
  EQUAL(ZBADVERSION, zoo_set_acl(zh, root, 7, &ZOO_OPEN_ACL_UNSAFE));
  EQUAL(ZNOTEMPTY, zoo_delete(zh, root, -1));
  EQUAL(ZNONODE, zoo_delete(zh, below("/x"), -1));
}

static void sequential(void) {
  zhandle_t* zh = client();
  char made[300], wanted[300];
  create(zh, root, "", ZOO_PERSISTENT);
  for (int i = 0; i < 4; ++i) {
    const int mode = i % 2 ? ZOO_EPHEMERAL_SEQUENTIAL : ZOO_PERSISTENT_SEQUENTIAL;
    EQUAL(ZOK, zoo_create(zh, below("/s-"), "", 0, &ZOO_OPEN_ACL_UNSAFE, mode, made, sizeof made));
    snprintf(wanted, sizeof wanted, "%s/s-%010d", root, i);
    SAME(wanted, made);
  }
}

static void children(void) {
  zhandle_t* zh = client();
  struct String_vector names = {0, NULL};
  struct Stat stat;
  char path[300];
  create(zh, root, "", ZOO_PERSISTENT);
  for (int i = 0; i < 200; ++i) {
    snprintf(path, sizeof path, "%s/%d", root, i);
    create(zh, path, "", ZOO_PERSISTENT);
  }
  EQUAL(ZOK, zoo_get_children(zh, root, 0, &names));
  EQUAL(200, names.count);
  deallocate_String_vector(&names);
  EQUAL(ZOK, zoo_get_children2(zh, root, 0, &names, &stat));
  EQUAL(200, names.count);
  EQUAL(200, stat.numChildren);
  deallocate_String_vector(&names);
}

static void ephemerals(void) {
  zhandle_t *owner = client(), *other = client();
  struct Stat stat;
  create(owner, root, "", ZOO_EPHEMERAL);
  synchronize(other);
  EQUAL(ZOK, zoo_exists(other, root, 0, &stat));
  EQUAL(zoo_client_id(owner)->client_id, stat.ephemeralOwner);
  end(owner);
  synchronize(other);
  EQUAL(ZNONODE, zoo_exists(other, root, 0, &stat));
}

static void multi(void) {
  zhandle_t* zh = client();
  char first[300], second[300];
  struct Stat stat, set;
  zoo_op_t ops[6];
  zoo_op_result_t results[6];
  create(zh, root, "", ZOO_PERSISTENT);
  zoo_check_op_init(&ops[0], root, 0);
  zoo_create_op_init(&ops[1], below("/a"), "one", 3, &ZOO_OPEN_ACL_UNSAFE, 0, first, sizeof first);
  zoo_create_op_init(&ops[2], below("/s-"), "", 0, &ZOO_OPEN_ACL_UNSAFE, ZOO_EPHEMERAL_SEQUENTIAL, second, sizeof second);
  zoo_set_op_init(&ops[3], below("/a"), "two", 3, 0, &set);
  zoo_create_op_init(&ops[4], below("/gone"), "", 0, &ZOO_OPEN_ACL_UNSAFE, 0, NULL, 0);
  zoo_delete_op_init(&ops[5], below("/gone"), 0);
  EQUAL(ZOK, zoo_multi(zh, 6, ops, results));
  SAME(below("/s-0000000001"), second);
  EQUAL(1, set.version);
  get(zh, below("/a"), "two", &stat);
  EQUAL(stat.czxid, stat.mzxid);
}

static void multi_that_fails(void) {
  zhandle_t* zh = client();
  struct Stat stat;
  zoo_op_t ops[3];
  zoo_op_result_t results[3];
  create(zh, root, "", ZOO_PERSISTENT);
  zoo_create_op_init(&ops[0], below("/a"), "", 0, &ZOO_OPEN_ACL_UNSAFE, 0, NULL, 0);
  zoo_delete_op_init(&ops[1], below("/none"), -1);
  zoo_create_op_init(&ops[2], below("/b"), "", 0, &ZOO_OPEN_ACL_UNSAFE, 0, NULL, 0);
  EQUAL(ZNONODE, zoo_multi(zh, 3, ops, results));
  EQUAL(ZOK, results[0].err);
  EQUAL(ZNONODE, results[1].err);
  EQUAL(ZRUNTIMEINCONSISTENCY, results[2].err);
  EQUAL(ZNONODE, zoo_exists(zh, below("/a"), 0, &stat));
}

typedef struct {
  int done, failed, last;
} tally_t;

static void count(tally_t* tally, int rc, int version) {
  pthread_mutex_lock(&lock);
  tally->failed += rc != ZOK || version != tally->last + 1;
  tally->last = version;
  ++tally->done;
  pthread_cond_broadcast(&changed);
  pthread_mutex_unlock(&lock);
}

static void on_stat(int rc, const struct Stat* stat, const void* context) {
  count((tally_t*)context, rc, rc == ZOK ? stat->version : -1);
}

static void on_data(int rc, const char* data, int length, const struct Stat* stat, const void* context) {
  char text[20] = "";
  if (rc == ZOK && length < 20) memcpy(text, data, (size_t)length);
  count((tally_t*)context, rc, rc == ZOK ? (atoi(text) == stat->version ? stat->version : -1) : -1);
}

static void asynchronous(void) {
  static tally_t written, read;
  zhandle_t* zh = client();
  char text[20];
  written = read = (tally_t){0, 0, 0};
  create(zh, root, "0", ZOO_PERSISTENT);
  for (int i = 1; i <= 300; ++i) {
    int length = snprintf(text, sizeof text, "%d", i);
    EQUAL(ZOK, zoo_aset(zh, root, text, length, -1, on_stat, &written));
    EQUAL(ZOK, zoo_aget(zh, root, 0, on_data, &read));
  }
  CHECK(wait_for(&read.done, 300));
  EQUAL(300, written.done);
  EQUAL(0, written.failed);
  EQUAL(0, read.failed);
}

static void on_void(int rc, const void* context) { on_string(rc, "", context); }

static void asynchronous_multi(void) {
  static synced_t done;
  static zoo_op_result_t results[2];
  zhandle_t* zh = client();
  struct Stat stat;
  zoo_op_t ops[2];
  done = (synced_t){-1, 0};
  zoo_create_op_init(&ops[0], root, "", 0, &ZOO_OPEN_ACL_UNSAFE, 0, NULL, 0);
  zoo_create_op_init(&ops[1], below("/a"), "", 0, &ZOO_OPEN_ACL_UNSAFE, 0, NULL, 0);
  EQUAL(ZOK, zoo_amulti(zh, 2, ops, results, on_void, &done));
  CHECK(wait_for(&done.done, 1));
  EQUAL(ZOK, done.rc);
  EQUAL(ZOK, zoo_exists(zh, below("/a"), 0, &stat));
}

static void acls(void) {
  static synced_t authorized;
  zhandle_t *owner = client(), *stranger = client();
  struct ACL_vector got = {0, NULL};
  struct Stat stat;
  char data[10];
  int length = sizeof data;
  authorized = (synced_t){-1, 0};
  EQUAL(ZOK, zoo_add_auth(owner, "digest", "user:secret", 11, on_void, &authorized));
  CHECK(wait_for(&authorized.done, 1));
  EQUAL(ZOK, authorized.rc);
  EQUAL(ZOK, zoo_create(owner, root, "hidden", 6, &ZOO_CREATOR_ALL_ACL, 0, NULL, 0));
  EQUAL(ZOK, zoo_get_acl(owner, root, &got, &stat));
  EQUAL(1, got.count);
  EQUAL(ZOO_PERM_ALL, got.data[0].perms);
  SAME("digest", got.data[0].id.scheme);
  deallocate_ACL_vector(&got);
  synchronize(stranger);
  EQUAL(ZNOAUTH, zoo_get(stranger, root, 0, data, &length, &stat));
  EQUAL(ZNOAUTH, zoo_set(stranger, root, "", 0, -1));
  EQUAL(ZNOAUTH, zoo_set_acl(stranger, root, -1, &ZOO_OPEN_ACL_UNSAFE));
  EQUAL(ZOK, zoo_set_acl(owner, root, 0, &ZOO_READ_ACL_UNSAFE));
  synchronize(stranger);
  get(stranger, root, "hidden", &stat);
  EQUAL(1, stat.aversion);
}

static void hears(told_t* told, int type, const char* path) {
  CHECK(wait_for(&told->count, 1));
  EQUAL(type, told->type);
  SAME(path, told->path);
  memset(told, 0, sizeof *told);
}

static void watches(void) {
  static told_t told;
  zhandle_t *zh = client(), *other = client();
  struct Stat stat;
  struct String_vector names = {0, NULL};
  char data[10];
  int length = sizeof data;
  memset(&told, 0, sizeof told);
  EQUAL(ZNONODE, zoo_wexists(zh, root, on_watch, &told, &stat));
  create(other, root, "", ZOO_PERSISTENT);
  hears(&told, ZOO_CREATED_EVENT, root);
  EQUAL(ZOK, zoo_wget(zh, root, on_watch, &told, data, &length, &stat));
  EQUAL(ZOK, zoo_set(other, root, "x", 1, -1));
  hears(&told, ZOO_CHANGED_EVENT, root);
  EQUAL(ZOK, zoo_wget_children(zh, root, on_watch, &told, &names));
  deallocate_String_vector(&names);
  create(other, below("/a"), "", ZOO_EPHEMERAL);
  hears(&told, ZOO_CHILD_EVENT, root);
  EQUAL(ZOK, zoo_wexists(zh, below("/a"), on_watch, &told, &stat));
  end(other);
  hears(&told, ZOO_DELETED_EVENT, below("/a"));
}

static void removed_watches(void) {
  static told_t told;
  zhandle_t *zh = client(), *other = client();
  struct Stat stat;
  memset(&told, 0, sizeof told);
  create(zh, root, "", ZOO_PERSISTENT);
  EQUAL(ZOK, zoo_wexists(zh, root, on_watch, &told, &stat));
  EQUAL(ZOK, zoo_remove_watches(zh, root, ZWATCHTYPE_DATA, on_watch, &told, 0));
  EQUAL(ZNOWATCHER, zoo_remove_watches(zh, root, ZWATCHTYPE_CHILD, on_watch, &told, 0));
  synchronize(other);
  EQUAL(ZOK, zoo_set(other, root, "x", 1, -1));
  synchronize(zh);
  EQUAL(0, told.count);
}

static void containers(void) {
  zhandle_t* zh = client();
  create(zh, root, "", ZOO_CONTAINER);
  create(zh, below("/a"), "", ZOO_PERSISTENT);
}

static void a_session_is_taken_up_again(void) {
  zhandle_t *first = client(), *other = client();
  struct Stat stat;
  create(first, root, "mine", ZOO_EPHEMERAL);
  const clientid_t id = *zoo_client_id(first);
  zhandle_t* second = connect_as(&id);
  CHECK(wait_for(&sessions[handle_count - 1].state, ZOO_CONNECTED_STATE));
  EQUAL(id.client_id, zoo_client_id(second)->client_id);
  int rc = ZCONNECTIONLOSS;  // both handles take it from each other until one of them asks in between
  for (int i = 0; i < 200 && rc == ZCONNECTIONLOSS; ++i) {
    rc = zoo_exists(second, root, 0, &stat);
    if (rc == ZCONNECTIONLOSS) usleep(20000);
  }
  EQUAL(ZOK, rc);
  EQUAL(id.client_id, stat.ephemeralOwner);
  synchronize(other);
  EQUAL(ZOK, zoo_exists(other, root, 0, &stat));
}

static void a_session_that_is_not_known_is_expired(void) {
  clientid_t id = {0x7123456789abcdef, "0123456789abcde"};
  zhandle_t* zh = connect_as(&id);
  CHECK(wait_for(&sessions[handle_count - 1].state, ZOO_EXPIRED_SESSION_STATE));
  CHECK(is_unrecoverable(zh) == ZINVALIDSTATE);
}

static void reconnects(void) {
  static told_t told;
  zhandle_t* zh = client();
  struct Stat stat;
  char data[10];
  int length = sizeof data;
  memset(&told, 0, sizeof told);
  create(zh, root, "mine", ZOO_EPHEMERAL);
  const int64_t id = zoo_client_id(zh)->client_id;
  EQUAL(ZOK, zoo_wget(zh, root, on_watch, &told, data, &length, &stat));
  wait_for_servers();
  CHECK(wait_for(&sessions[0].state, ZOO_CONNECTED_STATE));
  EQUAL(id, zoo_client_id(zh)->client_id);
  get(zh, root, "mine", &stat);
  EQUAL(id, stat.ephemeralOwner);
  EQUAL(0, told.count);
  EQUAL(ZOK, zoo_set(zh, root, "x", 1, -1));
  hears(&told, ZOO_CHANGED_EVENT, root);
}

#define CASE(function) {#function, function}
static const struct {
  const char* name;
  void (*body)(void);
} kCases[] = {CASE(operations), CASE(errors), CASE(sequential), CASE(children), CASE(ephemerals), CASE(multi),
              CASE(multi_that_fails), CASE(asynchronous), CASE(asynchronous_multi), CASE(acls), CASE(watches),
              CASE(removed_watches), CASE(containers), CASE(a_session_is_taken_up_again),
              CASE(a_session_that_is_not_known_is_expired), CASE(reconnects)};
enum { kCount = sizeof kCases / sizeof kCases[0] };

static void run(void) {
  handle_count = 0;
  snprintf(root, sizeof root, "/c-%s", name);
  snprintf(failure, sizeof failure, "there is no such case");
  int passed = 0;
  for (int i = 0; i < kCount; ++i) {
    if (strcmp(kCases[i].name, name) == 0 && setjmp(not_so) == 0) {
      kCases[i].body();
      passed = 1;
    }
  }
  for (int i = 0; i < handle_count; ++i) {
    if (handles[i]) zookeeper_close(handles[i]);
  }
  if (passed)
    printf("%s passed\n", name);
  else
    printf("%s failed: %s\n", name, failure);
}

int main(int count, char** arguments) {
  static char line[200];
  if (count != 2) return 2;
  hosts = arguments[1];
  zoo_set_debug_level(0);
  printf("cases");
  for (int i = 0; i < kCount; ++i) printf(" %s", kCases[i].name);
  printf("\n");
  fflush(stdout);
  while (fgets(line, sizeof line, stdin)) {
    line[strcspn(line, "\n")] = 0;
    name = line;
    run();
    fflush(stdout);
  }
  return 0;
}
