// samuel's Go client against a server, `cases HOSTS`: reads the names of cases, runs each, prints one line for it
// (../foreign.py says how).
package main

import (
	"bufio"
	"fmt"
	"os"
	"reflect"
	"sort"
	"strings"
	"time"

	"github.com/samuel/go-zookeeper/zk"
)

var (
	hosts []string
	input = bufio.NewReader(os.Stdin)
	all   = map[string]func(*given){
		"operations": operations, "errors": failures, "sequential": sequential, "ephemerals": ephemerals,
		"protected": protected, "children": children, "large_data": largeData, "multi": multi,
		"multi_that_fails": multiThatFails, "acls": acls, "watches": watches, "sync": synchronize, "pipelined": pipelined,
		"lock_excludes": lockExcludes, "lock_of_a_lost_client_is_free": lockOfALostClient, "words": words,
		"reconnects": reconnects, "acknowledged_writes_stay": acknowledgedWritesStay,
	}
)

type silent struct{}

func (silent) Printf(string, ...interface{}) {}

// A case's node and its connections, closed behind it.
type given struct {
	name, root  string
	connections []*zk.Conn
}

func (g *given) client() *zk.Conn {
	conn, _, err := zk.Connect(hosts, 10*time.Second, zk.WithLogger(silent{}))
	ok(err)
	g.connections = append(g.connections, conn)
	return conn
}

// A second Close of one connection panics.
func (g *given) close(conn *zk.Conn) {
	for i, one := range g.connections {
		if one == conn {
			g.connections = append(g.connections[:i], g.connections[i+1:]...)
		}
	}
	conn.Close()
}

func (g *given) waitForServers() {
	fmt.Println(g.name, "waiting")
	_, err := input.ReadString('\n')
	ok(err)
}

func fail(format string, arguments ...interface{}) { panic(fmt.Sprintf(format, arguments...)) }

func ok(err error) {
	if err != nil {
		fail("%v", err)
	}
}

func check(holds bool, what string) {
	if !holds {
		fail("not so: %s", what)
	}
}

func equal(wanted, got interface{}) {
	if !reflect.DeepEqual(wanted, got) {
		fail("got %v, expected %v", got, wanted)
	}
}

func fails(wanted, got error) { equal(wanted, got) }

func told(events <-chan zk.Event, kind zk.EventType, path string) {
	select {
	case event := <-events:
		equal(kind, event.Type)
		equal(path, event.Path)
	case <-time.After(15 * time.Second):
		fail("no %v of %s", kind, path)
	}
}

func eventually(what string, holds func() bool) {
	for deadline := time.Now().Add(15 * time.Second); !holds(); time.Sleep(5 * time.Millisecond) {
		check(time.Now().Before(deadline), what)
	}
}

func create(conn *zk.Conn, path string, data string, flags int32) string {
	made, err := conn.Create(path, []byte(data), flags, zk.WorldACL(zk.PermAll))
	ok(err)
	return made
}

func run(name string) (answer string) {
	body, there := all[name]
	if !there {
		return "failed: there is no such case"
	}
	g := &given{name: name, root: "/go-" + name}
	defer func() {
		if failure := recover(); failure != nil {
			answer = "failed: " + strings.ReplaceAll(fmt.Sprint(failure), "\n", " ")
		}
		for _, conn := range g.connections {
			conn.Close()
		}
	}()
	body(g)
	return "passed"
}

func main() {
	hosts = strings.Split(os.Args[1], ",")
	names := []string{}
	for name := range all {
		names = append(names, name)
	}
	sort.Strings(names)
	fmt.Println("cases", strings.Join(names, " "))
	for {
		name, err := input.ReadString('\n')
		if err != nil {
			return
		}
		name = strings.TrimSpace(name)
		fmt.Println(name, run(name))
	}
}

func operations(g *given) {
	conn := g.client()
	equal(g.root, create(conn, g.root, "one", 0))
	data, stat, err := conn.Get(g.root)
	ok(err)
	equal("one", string(data))
	equal([]int32{0, 0, 0, 3, 0}, []int32{stat.Version, stat.Cversion, stat.Aversion, stat.DataLength, stat.NumChildren})
	check(stat.Czxid == stat.Mzxid && stat.Czxid == stat.Pzxid, "one transaction made it")
	after, err := conn.Set(g.root, []byte("two"), 0)
	ok(err)
	equal(int32(1), after.Version)
	there, same, err := conn.Exists(g.root)
	ok(err)
	equal(true, there)
	equal(after, same)
	ok(conn.Delete(g.root, 1))
	there, _, err = conn.Exists(g.root)
	ok(err)
	equal(false, there)
}

func failures(g *given) {
	conn := g.client()
	create(conn, g.root, "", 0)
	create(conn, g.root+"/a", "", 0)
	create(conn, g.root+"/e", "", zk.FlagEphemeral)
	open := zk.WorldACL(zk.PermAll)
	_, err := conn.Create(g.root, nil, 0, open)
	fails(zk.ErrNodeExists, err)
	_, err = conn.Create(g.root+"/x/y", nil, 0, open)
	fails(zk.ErrNoNode, err)
	_, err = conn.Create(g.root+"/e/x", nil, 0, open)
	fails(zk.ErrNoChildrenForEphemerals, err)
	_, err = conn.Create(g.root+"/x", nil, 0, nil)
	fails(zk.ErrInvalidACL, err)
	_, _, err = conn.Get(g.root + "/x")
	fails(zk.ErrNoNode, err)
	_, _, err = conn.Children(g.root + "/x")
	fails(zk.ErrNoNode, err)
	_, _, err = conn.GetACL(g.root + "/x")
	fails(zk.ErrNoNode, err)
	_, err = conn.Set(g.root+"/x", nil, -1)
	fails(zk.ErrNoNode, err)
	_, err = conn.Set(g.root, nil, 7)
	fails(zk.ErrBadVersion, err)
	fails(zk.ErrNotEmpty, conn.Delete(g.root, -1))
	fails(zk.ErrNoNode, conn.Delete(g.root+"/x", -1))
	fails(zk.ErrBadVersion, conn.Delete(g.root+"/a", 7))
}

func sequential(g *given) {
	conn := g.client()
	create(conn, g.root, "", 0)
	for i := 0; i < 5; i++ {
		flags := int32(zk.FlagSequence)
		if i%2 == 1 {
			flags |= zk.FlagEphemeral
		}
		equal(fmt.Sprintf("%s/s-%010d", g.root, i), create(conn, g.root+"/s-", "", flags))
	}
}

func ephemerals(g *given) {
	owner, other := g.client(), g.client()
	create(owner, g.root, "", zk.FlagEphemeral)
	_, err := other.Sync(g.root)
	ok(err)
	_, stat, err := other.Get(g.root)
	ok(err)
	equal(owner.SessionID(), stat.EphemeralOwner)
	g.close(owner)
	eventually("it goes with its owner", func() bool {
		there, _, err := other.Exists(g.root)
		return err == nil && !there
	})
}

func protected(g *given) {
	conn := g.client()
	create(conn, g.root, "", 0)
	path, err := conn.CreateProtectedEphemeralSequential(g.root+"/p-", nil, zk.WorldACL(zk.PermAll))
	ok(err)
	check(strings.HasPrefix(path, g.root+"/_c_") && strings.HasSuffix(path, "-p-0000000000"), path)
}

func children(g *given) {
	conn := g.client()
	create(conn, g.root, "", 0)
	wanted := []string{}
	for i := 0; i < 300; i++ {
		wanted = append(wanted, fmt.Sprintf("child-%04d", i))
		create(conn, g.root+"/"+wanted[i], "", 0)
	}
	got, stat, err := conn.Children(g.root)
	ok(err)
	sort.Strings(got)
	equal(wanted, got)
	equal([]int32{300, 300}, []int32{stat.NumChildren, stat.Cversion})
}

func largeData(g *given) {
	conn := g.client()
	data := strings.Repeat("x", 1000*1000)
	create(conn, g.root, data, 0)
	got, stat, err := conn.Get(g.root)
	ok(err)
	check(string(got) == data && int(stat.DataLength) == len(data), "all of it comes back")
	_, err = conn.Set(g.root, nil, -1)
	ok(err)
	got, _, err = conn.Get(g.root)
	ok(err)
	equal(0, len(got))
}

func multi(g *given) {
	conn := g.client()
	create(conn, g.root, "", 0)
	open := zk.WorldACL(zk.PermAll)
	results, err := conn.Multi(&zk.CheckVersionRequest{Path: g.root, Version: 0},
		&zk.CreateRequest{Path: g.root + "/a", Data: []byte("one"), Acl: open},
		&zk.CreateRequest{Path: g.root + "/s-", Acl: open, Flags: zk.FlagSequence | zk.FlagEphemeral},
		&zk.SetDataRequest{Path: g.root + "/a", Data: []byte("two"), Version: 0},
		&zk.CreateRequest{Path: g.root + "/gone", Acl: open}, &zk.DeleteRequest{Path: g.root + "/gone", Version: 0})
	ok(err)
	equal(6, len(results))
	equal(g.root+"/s-0000000001", results[2].String)
	equal(int32(1), results[3].Stat.Version)
	data, stat, err := conn.Get(g.root + "/a")
	ok(err)
	equal("two", string(data))
	equal(stat.Czxid, stat.Mzxid)
}

func multiThatFails(g *given) {
	conn := g.client()
	create(conn, g.root, "", 0)
	open := zk.WorldACL(zk.PermAll)
	results, err := conn.Multi(&zk.CreateRequest{Path: g.root + "/a", Acl: open},
		&zk.DeleteRequest{Path: g.root + "/none", Version: -1}, &zk.CreateRequest{Path: g.root + "/b", Acl: open})
	fails(zk.ErrNoNode, err)
	equal(3, len(results))
	fails(zk.ErrNoNode, results[1].Error)
	got, _, err := conn.Children(g.root)
	ok(err)
	equal(0, len(got))
}

func acls(g *given) {
	owner, stranger := g.client(), g.client()
	ok(owner.AddAuth("digest", []byte("user:secret")))
	mine := zk.DigestACL(zk.PermAll, "user", "secret")
	_, err := owner.Create(g.root, []byte("hidden"), 0, mine)
	ok(err)
	got, stat, err := owner.GetACL(g.root)
	ok(err)
	equal(mine, got)
	_, err = owner.Create(g.root+"/auth", nil, 0, zk.AuthACL(zk.PermRead|zk.PermAdmin))
	ok(err)
	got, _, err = owner.GetACL(g.root + "/auth")
	ok(err)
	equal(zk.DigestACL(zk.PermRead|zk.PermAdmin, "user", "secret"), got)
	_, err = stranger.Sync(g.root)
	ok(err)
	_, _, err = stranger.Get(g.root)
	fails(zk.ErrNoAuth, err)
	_, err = stranger.Set(g.root, nil, -1)
	fails(zk.ErrNoAuth, err)
	_, err = stranger.SetACL(g.root, zk.WorldACL(zk.PermAll), -1)
	fails(zk.ErrNoAuth, err)
	_, err = owner.SetACL(g.root, zk.WorldACL(zk.PermRead), stat.Aversion+1)
	fails(zk.ErrBadVersion, err)
	after, err := owner.SetACL(g.root, zk.WorldACL(zk.PermRead), stat.Aversion)
	ok(err)
	equal(stat.Aversion+1, after.Aversion)
	_, err = stranger.Sync(g.root)
	ok(err)
	data, _, err := stranger.Get(g.root)
	ok(err)
	equal("hidden", string(data))
}

func watches(g *given) {
	conn, other := g.client(), g.client()
	_, _, made, err := conn.ExistsW(g.root)
	ok(err)
	create(other, g.root, "", 0)
	told(made, zk.EventNodeCreated, g.root)
	_, _, changed, err := conn.GetW(g.root)
	ok(err)
	_, err = other.Set(g.root, []byte("x"), -1)
	ok(err)
	told(changed, zk.EventNodeDataChanged, g.root)
	_, _, below, err := conn.ChildrenW(g.root)
	ok(err)
	create(other, g.root+"/a", "", zk.FlagEphemeral)
	told(below, zk.EventNodeChildrenChanged, g.root)
	_, _, gone, err := conn.GetW(g.root + "/a")
	ok(err)
	g.close(other)
	told(gone, zk.EventNodeDeleted, g.root+"/a")
}

func synchronize(g *given) {
	writer, reader := g.client(), g.client()
	create(writer, g.root, "", 0)
	for i := 0; i < 30; i++ {
		path := create(writer, fmt.Sprintf("%s/%d", g.root, i), "", 0)
		synced, err := reader.Sync(g.root)
		ok(err)
		equal(g.root, synced)
		there, _, err := reader.Exists(path)
		ok(err)
		equal(true, there)
	}
}

func pipelined(g *given) {
	conn := g.client()
	create(conn, g.root, "", 0)
	done := make(chan error, 200)
	for i := 0; i < cap(done); i++ {
		go func() {
			_, err := conn.Create(g.root+"/s-", nil, zk.FlagSequence, zk.WorldACL(zk.PermAll))
			done <- err
		}()
	}
	for i := 0; i < cap(done); i++ {
		ok(<-done)
	}
	got, _, err := conn.Children(g.root)
	ok(err)
	equal(cap(done), len(got))
}

func lockExcludes(g *given) {
	inside := make(chan bool, 1)
	done := make(chan error, 4)
	for i := 0; i < cap(done); i++ {
		lock := zk.NewLock(g.client(), g.root, zk.WorldACL(zk.PermAll))
		go func() {
			for turn := 0; turn < 5; turn++ {
				if err := lock.Lock(); err != nil {
					done <- err
					return
				}
				select {
				case inside <- true:
				default:
					done <- fmt.Errorf("two are inside")
					return
				}
				time.Sleep(2 * time.Millisecond)
				<-inside
				if err := lock.Unlock(); err != nil {
					done <- err
					return
				}
			}
			done <- nil
		}()
	}
	for i := 0; i < cap(done); i++ {
		ok(<-done)
	}
}

func lockOfALostClient(g *given) {
	holder, waiter := g.client(), g.client()
	ok(zk.NewLock(holder, g.root, zk.WorldACL(zk.PermAll)).Lock())
	got := make(chan error, 1)
	go func() { got <- zk.NewLock(waiter, g.root, zk.WorldACL(zk.PermAll)).Lock() }()
	select {
	case err := <-got:
		fail("it is taken, and yet: %v", err)
	case <-time.After(200 * time.Millisecond):
	}
	g.close(holder)
	select {
	case err := <-got:
		ok(err)
	case <-time.After(15 * time.Second):
		fail("it is never free")
	}
}

// Its expressions for srvr and cons match neither server's version.
func words(g *given) {
	for _, fine := range zk.FLWRuok(hosts, 5*time.Second) {
		equal(true, fine)
	}
}

func reconnects(g *given) {
	conn, other := g.client(), g.client()
	create(conn, g.root, "mine", zk.FlagEphemeral)
	session := conn.SessionID()
	_, _, changed, err := conn.GetW(g.root)
	ok(err)
	g.waitForServers()
	eventually("it is back", func() bool {
		data, stat, err := conn.Get(g.root)
		return err == nil && string(data) == "mine" && stat.EphemeralOwner == session
	})
	equal(session, conn.SessionID())
	eventually("the other writes", func() bool {
		_, err := other.Set(g.root, []byte("x"), -1)
		return err == nil
	})
	told(changed, zk.EventNodeDataChanged, g.root)
}

// Two clients write while the servers fail; what was acknowledged is there afterwards, each name once.
func acknowledgedWritesStay(g *given) {
	create(g.client(), g.root, "", 0)
	ending := make(chan bool)
	named := make(chan []string, 2)
	for i := 0; i < cap(named); i++ {
		conn := g.client()
		go func() {
			names := []string{}
			for {
				select {
				case <-ending:
					named <- names
					return
				default:
				}
				name, err := conn.Create(g.root+"/n-", nil, zk.FlagSequence, zk.WorldACL(zk.PermAll))
				if err == nil {
					names = append(names, name)
				} else {
					time.Sleep(10 * time.Millisecond)
				}
			}
		}()
	}
	time.Sleep(200 * time.Millisecond)
	g.waitForServers()
	time.Sleep(time.Second)
	close(ending)
	conn := g.client()
	_, err := conn.Sync(g.root)
	ok(err)
	there, _, err := conn.Children(g.root)
	ok(err)
	stand := map[string]bool{}
	for _, name := range there {
		stand[g.root+"/"+name] = true
	}
	seen := map[string]bool{}
	for i := 0; i < cap(named); i++ {
		for _, name := range <-named {
			check(!seen[name], name+" was given twice")
			check(stand[name], name+" was acknowledged and is lost")
			seen[name] = true
		}
	}
	check(len(seen) > 20, "work went on")
}
