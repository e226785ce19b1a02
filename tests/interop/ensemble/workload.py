"""Clients that work while servers fail, and note what they see."""

import random
import threading

from kazoo import exceptions as errors
from kazoo.client import KazooClient
from kazoo.handlers.threading import KazooTimeoutError
from kazoo.retry import KazooRetry

UNKNOWN = (errors.ConnectionLoss, errors.ConnectionClosedError, errors.SessionExpiredError,
           errors.OperationTimeoutError, errors.SessionMovedError, KazooTimeoutError)
REFUSED = {errors.NoNodeError: "NoNode", errors.NodeExistsError: "NodeExists", errors.BadVersionError: "BadVersion",
           errors.NotEmptyError: "NotEmpty"}
REGISTERS = [f"/chaos/r{i}" for i in range(3)]
FLICKERS = [f"/chaos/f{i}" for i in range(3)]
NAMES = "/chaos/names"


def fields_of(stat):
    return {"version": stat.version, "czxid": stat.czxid, "mzxid": stat.mzxid, "pzxid": stat.pzxid,
            "cversion": stat.cversion, "children": stat.children_count, "ephemeral_owner": stat.ephemeralOwner}


class Worker(threading.Thread):
    """One client, one operation at a time. After an unknown outcome it is another process."""

    def __init__(self, number, hosts, history, seed):
        super().__init__(daemon=True)
        self.process, self.history, self.random = number, history, random.Random(seed * 1000 + number)
        retry = KazooRetry(max_tries=-1, delay=0.02, backoff=1.5, max_delay=0.2)
        self.client = KazooClient(hosts, timeout=4.0, connection_retry=retry, randomize_hosts=True)
        self.stopping = threading.Event()
        self.value = number
        self.seen = {path: 0 for path in REGISTERS}
        self.failure = None
        self.named = []

    def run(self):
        try:
            self.client.start(timeout=60)
            while not self.stopping.wait(self.random.uniform(0, 0.01)):
                self.step()
        except Exception as failure:
            self.failure = failure
        finally:
            self.client.stop()
            self.client.close()

    def step(self):
        path = self.random.choice(REGISTERS)
        dice = self.random.random()
        if dice < 0.3:
            self.write(path)
        elif dice < 0.6:
            self.do("getData", path, lambda: self.client.get_async(path), self.read)
        elif dice < 0.7:
            self.do("create", f"{NAMES}/n-", lambda: self.client.create_async(f"{NAMES}/n-", b"0", sequence=True),
                    self.name, value=0, sequential=True)
        elif dice < 0.9:
            self.flicker(self.random.choice(FLICKERS))
        elif dice < 0.95:
            self.do("getChildren", NAMES, lambda: self.client.get_children_async(NAMES, include_data=True),
                    lambda answer: dict(fields_of(answer[1]), value=sorted(answer[0])))
        else:
            self.do("sync", path, lambda: self.client.sync_async(path), lambda answer: {})

    def write(self, path):
        self.value += 100
        asked = {"version": self.seen[path]} if self.random.random() < 0.5 else {}
        value = self.value
        self.do("setData", path, lambda: self.client.set_async(path, b"%d" % value, asked.get("version", -1)),
                lambda stat: self.wrote(path, stat), value=value, **asked)

    def wrote(self, path, stat):
        self.seen[path] = stat.version
        return fields_of(stat)

    def read(self, answer):
        data, stat = answer
        return dict(fields_of(stat), value=int(data))

    def name(self, path):
        self.named.append(path)
        return {"path": path, "value": path}

    def flicker(self, path):
        if self.random.random() < 0.5:
            ephemeral = {"ephemeral": True} if self.random.random() < 0.3 else {}
            self.do("create", path, lambda: self.client.create_async(path, b"0", **ephemeral),
                    lambda made: {"path": made, "value": made}, value=0, **ephemeral)
        else:
            self.do("delete", path, lambda: self.client.delete_async(path), lambda _: {})

    def do(self, f, path, call, result, **asked):
        session = (self.client.client_id or (0,))[0]
        common = {"process": self.process, "f": f, "key": path}
        value = {"value": asked.pop("value", None)}
        self.history.add(type="invoke", **common, **value, **asked, session=session)
        try:
            answer = call().get(timeout=20)
        except tuple(REFUSED) as refused:
            error = REFUSED[type(refused)]
            self.history.add(type="fail", **common, value=None, error=error, zxid=self.client.last_zxid)
            self.learn(path)
        except UNKNOWN as unknown:
            self.history.add(type="info", **common, value=None, error=type(unknown).__name__.removesuffix("Error"))
            self.process += 1000
        else:
            # One operation at a time: the last reply that the client has seen is this one's.
            self.history.add(type="ok", **common, **dict({"value": None}, **result(answer)), zxid=self.client.last_zxid)

    def learn(self, path):
        """Which version to ask for after a refusal; a read that is not in the history."""
        if path in self.seen:
            try:
                self.seen[path] = self.client.get_async(path).get(timeout=20)[1].version
            except UNKNOWN:
                pass

    def finish(self):
        self.stopping.set()
        self.join(60)
        assert not self.is_alive(), "a client hangs"
        if self.failure:
            raise self.failure


def prepare(client, history):
    """The nodes that the workers use, as a history's first lines."""
    for path in ["/chaos", NAMES, *REGISTERS]:
        common = {"process": 999, "f": "create", "key": path}
        history.add(type="invoke", **common, value=0, session=client.client_id[0])
        client.create(path, b"0")
        history.add(type="ok", **common, value=path, path=path, zxid=client.last_zxid)
