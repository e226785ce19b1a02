"""Four-letter words on the client port, in upstream's format, and their whitelist."""

import re
import time

import wire
from case import case, equal
from server import four_letters


def say(given, word):
    return four_letters(given.servers[0].port, word)


def pairs(text, separator):
    return dict(line.split(separator, 1) for line in text.splitlines() if separator in line)


@case(quick=True)
def ruok(given):
    equal(say(given, "ruok"), "imok")


@case(quick=True)
def srvr(given):
    said = pairs(say(given, "srvr"), ": ")
    assert said["Zookeeper version"].startswith(given.expected("version") + "-"), said
    assert re.fullmatch(r"\d+/\d+\.\d{1,4}/\d+", said["Latency min/avg/max"]), said
    assert re.fullmatch(r"0x[0-9a-f]+", said["Zxid"]), said
    assert said["Mode"] in ("standalone", "leader", "follower"), said
    for key in ("Received", "Sent", "Connections", "Outstanding", "Node count"):
        assert said[key].isdigit(), (key, said)


@case(quick=True)
def srvr_counts_nodes(given):
    c = given.wire().open()
    before = int(pairs(say(given, "srvr"), ": ")["Node count"])
    c.call(wire.CREATE, wire.create(given.root, flags=1))
    equal(int(pairs(say(given, "srvr"), ": ")["Node count"]), before + 1)


@case(quick=True)
def srvr_counts_the_root_twice(given):
    fresh = given.start([given.program])
    equal(pairs(four_letters(fresh[0].port, "srvr"), ": ")["Node count"], "5")


@case(quick=True)
def stat(given):
    c = given.wire().open()
    text = say(given, "stat")
    assert text.splitlines()[1] == "Clients:", text
    # [0]: Apache answers before it listens to that connection again.
    own = [f" /127.0.0.1:{c.socket.getsockname()[1]}[{ready}](queued=0,recved=1,sent=1)" for ready in (1, 0)]
    assert any(line in own for line in text.splitlines()), (own, text)
    assert "\n\nLatency min/avg/max: " in text, text
    assert "Mode: " in text and "Node count: " in text, text


@case(quick=True)
def mntr(given):
    c = given.wire().open()
    c.call(wire.CREATE, wire.create(given.root, flags=1))
    said = pairs(say(given, "mntr"), "\t")
    assert said["zk_version"].startswith(given.expected("version")), said
    assert said["zk_server_state"] in ("standalone", "leader", "follower")
    for key in ("zk_avg_latency", "zk_max_latency", "zk_min_latency", "zk_packets_received", "zk_packets_sent",
                "zk_num_alive_connections", "zk_outstanding_requests", "zk_znode_count", "zk_watch_count",
                "zk_ephemerals_count", "zk_uptime", "zk_global_sessions", "zk_local_sessions", "zk_approximate_data_size",
                "zk_open_file_descriptor_count", "zk_max_file_descriptor_count"):
        float(said[key])
    assert int(said["zk_ephemerals_count"]) >= 1


@case(on=("ensemble",))
def mntr_of_a_leader(given):
    said = pairs(four_letters(given.servers.leader().port, "mntr"), "\t")
    equal((said["zk_server_state"], said["zk_learners"], said["zk_synced_followers"]), ("leader", "2", "2"))


@case(quick=True)
def conf(given):
    said = pairs(say(given, "conf"), "=")
    server = given.servers[0]
    equal((said["clientPort"], said["tickTime"], said["minSessionTimeout"], said["maxSessionTimeout"],
           said["maxClientCnxns"]), (str(server.port), "500", "1000", "60000", "0"))
    equal(said["dataDir"], f"{server.data}/version-2")
    if given.topology == "ensemble":
        equal((said["serverId"], said["initLimit"], said["syncLimit"], said["electionAlg"]), ("1", "40", "10", "3"))
    else:
        equal(said["serverId"], "0")


@case(quick=True)
def cons(given):
    c = given.wire().open()
    c.call(wire.EXISTS, wire.path_and_watch("/"))
    port = c.socket.getsockname()[1]
    line = next(line for line in say(given, "cons").splitlines() if f":{port}[" in line)
    form = (rf" /127\.0\.0\.1:{port}\[1\]\(queued=\d+,recved=2,sent=2,sid=0x{c.session.id:x},lop=\w+,est=\d+,"
            r"to=10000,lcxid=0x1,lzxid=0x[0-9a-f]+,lresp=\d+,llat=\d+,minlat=\d+,avglat=\d+,maxlat=\d+\)")
    assert re.fullmatch(form, line), line


@case(quick=True)
def isro(given):
    equal(say(given, "isro"), "rw")


@case(quick=True)
def dump(given):
    c = given.wire().open()
    c.call(wire.CREATE, wire.create(given.root, flags=1))
    server = given.servers.leader() if given.topology == "ensemble" else given.servers[0]
    time.sleep(0.1)
    text = four_letters(server.port, "dump")
    assert text.startswith("SessionTracker dump:\n"), text
    assert f"\t0x{c.session.id:x}\n" in text, text
    assert f"0x{c.session.id:x}:\n\t{given.root}\n" in text, text


@case(quick=True)
def wchs(given):
    c = given.wire().open()
    for _ in range(2):
        c.call(wire.EXISTS, wire.path_and_watch(given.root, True))
    c.call(wire.GET_CHILDREN, wire.path_and_watch("/", True))
    text = say(given, "wchs")
    form = r"(\d+) connections watching (\d+) paths\nTotal watches:(\d+)\n"
    said = re.match(form, text)
    assert said, text
    assert all(int(number) >= 1 for number in said.groups()), text


@case(quick=True)
def wchc_and_wchp(given):
    c = given.wire().open()
    c.call(wire.EXISTS, wire.path_and_watch(given.root, True))
    assert f"0x{c.session.id:x}\n\t{given.root}\n" in say(given, "wchc"), say(given, "wchc")
    assert f"{given.root}\n\t0x{c.session.id:x}\n" in say(given, "wchp"), say(given, "wchp")


@case(quick=True)
def envi(given):
    text = say(given, "envi")
    assert text.startswith("Environment:\nzookeeper.version=" + given.expected("version")), text
    machine = ("host.name", "os.name", "os.arch", "os.version", "user.name", "user.home", "user.dir")
    for key in (*machine, *given.expected("environment of envi")):
        assert f"\n{key}=" in text, (key, text)


@case(quick=True)
def srst_and_crst(given):
    equal(say(given, "srst"), "Server stats reset.\n")
    equal(say(given, "crst"), "Connection stats reset.\n")
    assert int(pairs(say(given, "srvr"), ": ")["Received"]) < 20


@case(quick=True)
def dirs(given):
    said = pairs(say(given, "dirs"), ": ")
    assert int(said["datadir_size"]) >= 0 and int(said["logdir_size"]) > 0, said


@case(quick=True)
def only_srvr_by_default(given):
    own = given.start([given.program], {"4lw.commands.whitelist": "srvr"})
    for word in ("ruok", "stat", "mntr", "conf", "isro"):
        equal(four_letters(own[0].port, word), f"{word} is not executed because it is not in the whitelist.\n")
    assert four_letters(own[0].port, "srvr").startswith("Zookeeper version: ")


@case(quick=True)
def a_word_that_is_none(given):
    c = given.wire()
    c.send(b"quux")
    assert c.is_closed()


@case(quick=True)
def a_word_with_a_newline(given):
    c = given.wire()
    c.send(b"ruok\n")
    equal(c.receive(4), b"imok")


@case(quick=True)
def a_word_in_two_pieces(given):
    c = given.wire()
    c.send(b"ru")
    time.sleep(0.05)
    c.send(b"ok")
    equal(c.receive(4), b"imok")
    assert c.is_closed()


@case(quick=True)
def a_word_after_the_handshake_is_a_length(given):
    c = given.wire().open()
    c.send(b"ruok")
    assert c.is_closed()
