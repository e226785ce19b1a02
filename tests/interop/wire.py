"""A tiny client of its own on a raw socket: frames and jute, so that a test can say every byte, wrong ones too."""

import socket
import struct
from collections import namedtuple

from server import HOST

Stat = namedtuple("Stat", "czxid mzxid ctime mtime version cversion aversion owner data_length children pzxid")
Reply = namedtuple("Reply", "xid zxid error body")
Session = namedtuple("Session", "timeout id password read_only")
Event = namedtuple("Event", "type state path zxid")

CREATE, DELETE, EXISTS, GET_DATA, SET_DATA, GET_ACL, SET_ACL, GET_CHILDREN, SYNC = 1, 2, 3, 4, 5, 6, 7, 8, 9
PING, GET_CHILDREN2, CHECK, MULTI, CREATE2, RECONFIG, CHECK_WATCHES, REMOVE_WATCHES = 11, 12, 13, 14, 15, 16, 17, 18
CREATE_CONTAINER, CREATE_TTL, MULTI_READ, AUTH, SET_WATCHES, SASL = 19, 21, 22, 100, 101, 102
GET_EPHEMERALS, ALL_CHILDREN_NUMBER, SET_WATCHES2, ADD_WATCH, WHO_AM_I, CLOSE = 103, 104, 105, 106, 107, -11

OK, MARSHALLING, UNIMPLEMENTED, BAD_ARGUMENTS, RUNTIME_INCONSISTENCY = 0, -5, -6, -8, -2
NO_NODE, NO_AUTH, BAD_VERSION, NO_CHILDREN_FOR_EPHEMERALS, NODE_EXISTS, NOT_EMPTY = -101, -102, -103, -108, -110, -111
SESSION_EXPIRED, INVALID_ACL, AUTH_FAILED, SESSION_MOVED = -112, -114, -115, -118
NO_WATCHER, RECONFIG_DISABLED, QUOTA_EXCEEDED = -121, -123, -125
XID_EVENT, XID_PING, XID_AUTH, XID_SET_WATCHES = -1, -2, -4, -8

OPEN_ACL = ((31, "world", "anyone"),)


def i32(n):
    return struct.pack(">i", n)


def i64(n):
    return struct.pack(">q", n)


def flag(b):
    return b"\x01" if b else b"\x00"


def buffer(data):
    return i32(-1) if data is None else i32(len(data)) + data


def text(s):
    return i32(-1) if s is None else buffer(s.encode("utf-8", "surrogatepass"))


def vector(items, encode):
    return i32(-1) if items is None else i32(len(items)) + b"".join(encode(item) for item in items)


def acl(entry):
    return i32(entry[0]) + text(entry[1]) + text(entry[2])


def create(path, data=b"", acls=OPEN_ACL, flags=0):
    return text(path) + buffer(data) + vector(acls, acl) + i32(flags)


def create_ttl(path, data, flags, ttl):
    return create(path, data, flags=flags) + i64(ttl)


def path_and_watch(path, watch=False):
    return text(path) + flag(watch)


def set_data(path, data, version=-1):
    return text(path) + buffer(data) + i32(version)


def path_and_version(path, version=-1):
    return text(path) + i32(version)


def set_watches(zxid, *lists):
    return i64(zxid) + b"".join(vector(one, text) for one in lists)


def multi(*operations):
    """operations: (type, body)."""
    parts = [i32(op) + flag(False) + i32(-1) + body for op, body in operations]
    return b"".join(parts) + i32(-1) + flag(True) + i32(-1)


def request(xid, op, body=b""):
    return i32(xid) + i32(op) + body


def frame(payload):
    return i32(len(payload)) + payload


def connect_request(zxid=0, timeout=10000, session=0, password=bytes(16), read_only=False, version=0):
    only = b"" if read_only is None else flag(read_only)
    return i32(version) + i64(zxid) + i32(timeout) + i64(session) + buffer(password) + only


class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, size):
        assert self.at + size <= len(self.data), f"{self.data!r} ends within a field at {self.at}"
        piece = self.data[self.at:self.at + size]
        self.at += size
        return piece

    def i32(self):
        return struct.unpack(">i", self.take(4))[0]

    def i64(self):
        return struct.unpack(">q", self.take(8))[0]

    def flag(self):
        return self.take(1) != b"\x00"

    def buffer(self):
        size = self.i32()
        return None if size < 0 else self.take(size)

    def text(self):
        data = self.buffer()
        return None if data is None else data.decode()

    def vector(self, decode):
        return [decode() for _ in range(self.i32())]

    def stat(self):
        return Stat(*struct.unpack(">qqqqiiiqiiq", self.take(68)))

    def rest(self):
        return self.data[self.at:]


def reply_of(payload):
    reader = Reader(payload)
    return Reply(reader.i32(), reader.i64(), reader.i32(), Reader(reader.rest()))


def event_of(reply):
    kind, state, path = reply.body.i32(), reply.body.i32(), reply.body.text()
    return Event(kind, state, path, reply.zxid)


class Closed(Exception):
    """The server closed the connection."""


class Connection:
    def __init__(self, port, timeout=15.0):
        self.socket = socket.create_connection((HOST, port), timeout=timeout)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.unread = b""
        self.xid = 0
        self.events = []
        self.session = None

    def close(self):
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data)

    def receive(self, size):
        while len(self.unread) < size:
            try:
                piece = self.socket.recv(1 << 16)
            except ConnectionError:
                piece = b""
            if not piece:
                raise Closed(f"closed with {len(self.unread)} of {size} bytes there")
            self.unread += piece
        data, self.unread = self.unread[:size], self.unread[size:]
        return data

    def receive_frame(self):
        return self.receive(struct.unpack(">i", self.receive(4))[0])

    def is_closed(self, within=5.0):
        """Waits for it: nothing but the end may come, and soon: a session that expires is closed in the end, too."""
        self.socket.settimeout(within)
        try:
            self.receive(1)
        except Closed:
            return True
        except TimeoutError:
            pass
        return False

    def read_session(self, with_read_only=True):
        reader = Reader(self.receive_frame())
        assert reader.i32() == 0, "protocol version"
        session = Session(reader.i32(), reader.i64(), reader.buffer(), reader.flag() if with_read_only else None)
        assert reader.rest() == b"", f"{reader.rest()!r} behind a connect response"
        return session

    def open(self, **options):
        self.send(frame(connect_request(**options)))
        self.session = self.read_session(options.get("read_only", False) is not None)
        return self

    def next_reply(self):
        """The next that is no event; events are kept in self.events."""
        while True:
            reply = reply_of(self.receive_frame())
            if reply.xid != XID_EVENT:
                return reply
            self.events.append(event_of(reply))

    def next_event(self):
        if self.events:
            return self.events.pop(0)
        reply = reply_of(self.receive_frame())
        assert reply.xid == XID_EVENT, f"{reply} instead of an event"
        return event_of(reply)

    def call(self, op, body=b"", xid=None):
        if xid is None:
            self.xid += 1
            xid = self.xid
        self.send(frame(request(xid, op, body)))
        reply = self.next_reply()
        assert reply.xid == xid, f"xid {reply.xid} answers {xid}"
        return reply
