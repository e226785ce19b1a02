"""What is done to the servers of an ensemble while clients work. Each leaves it whole again."""

import time


def kill_leader(servers):
    revive(servers, [servers.leader()])


def each_killed(servers):
    for server in servers:
        server.kill()
        time.sleep(0.3)
        server.start().wait_serving()
        if len(servers) > 1:
            whole(servers)


def kill_follower(servers):
    revive(servers, servers.followers()[:1])


def kill_majority(servers):
    revive(servers, [servers.leader(), servers.followers()[0]])


def kill_majority_but_one(servers):
    """As many as an ensemble may lose."""
    revive(servers, [servers.leader(), *servers.followers()[: (len(servers) - 1) // 2 - 1]])


def kill_all(servers):
    revive(servers, list(servers))


def revive(servers, victims):
    for victim in victims:
        victim.kill()
    time.sleep(1.0)
    for victim in victims:
        victim.start()
    whole(servers)


def restart_leader(servers):
    restart(servers, servers.leader())


def restart_follower(servers):
    restart(servers, servers.followers()[-1])


def restart(servers, one):
    one.stop()
    time.sleep(0.3)
    one.start()
    whole(servers)


def pause_leader(servers):
    """Long enough that the others elect another; it comes back and does not know."""
    pause(servers, servers.leader(), 4.0)


def pause_follower(servers):
    pause(servers, servers.followers()[0], 4.0)


def pause_leader_shortly(servers):
    pause(servers, servers.leader(), 0.5)


def pause(servers, one, seconds):
    one.pause()
    try:
        time.sleep(seconds)
    finally:
        one.resume()
    whole(servers)


def whole(servers, timeout=60.0):
    """Until all serve and one leads."""
    deadline = time.monotonic() + timeout
    while True:
        modes = [server.mode() for server in servers]
        if all(modes) and modes.count("leader") == 1:
            return
        words = "".join(f"--- {server.log}\n{server.last_words()}" for server in servers)
        assert time.monotonic() < deadline, f"not whole after {timeout} s: {modes}\n{words}"
        time.sleep(0.1)


ALL = [kill_leader, kill_follower, pause_leader_shortly, pause_leader, pause_follower, restart_leader, restart_follower,
       kill_majority, kill_all]
