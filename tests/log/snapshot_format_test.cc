#include "core/log/snapshot_format.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/log/log_support.h"

namespace vivarium::log {
namespace {

using ::testing::HasSubstr;

std::string hex(const Bytes& bytes) {
  std::string out;
  for (const uint8_t byte : bytes) out += fmt::format("{:02x}", byte);
  return out;
}

// Sessions, ephemerals, ACLs of several nodes, null data, all kinds of owners.
tree::State rich_state() {
  Point point;
  for (int i = 0; i < 20; ++i) extend(point, 1);
  const wire::AclList digest{{31, {Bytes("digest"), Bytes("bob:xyz")}}, {1, {Bytes("world"), Bytes("anyone")}}};
  const wire::AclList ip{{7, {Bytes("ip"), Bytes("10.0.0.0/8")}}};
  const auto make = [&](const char* path, Bytes data, const wire::AclList& acl) {
    transaction(point, point.zxid().next(), wire::OpCode::kCreate,
                wire::encode(wire::CreateRequest{Bytes(path), std::move(data), acl, 0}));
  };
  make("/a", Bytes("1"), digest);
  make("/a-b", Bytes("sorts between /a and its children"), ip);
  make("/a/b", Bytes(), digest);
  make("/a/b/c", Bytes::empty_value(), ip);
  return point.state;
}

tree::State read_stream(const Bytes& stream, size_t piece) {
  SnapshotReader reader;
  for (size_t at = 0; at < stream.size(); at += piece)
    reader.feed(stream.slice(at, std::min(piece, stream.size() - at)));
  CHECK(reader.complete());
  return reader.take_state(Zxid{77});
}

Bytes stream_of(const tree::State& state, size_t size) {
  SnapshotCursor cursor(state);
  BytesBuilder out;
  while (!cursor.done()) out.append(cursor.next(size));
  return out.take();
}

// ---- files
// ---------------------------------------------------------------------------------------------------------------------

TEST(SnapshotFile, round_trip) {
  for (const tree::State& state : {tree::State::fresh(), rich_state()}) {
    const auto back = decode_snapshot_file(encode_snapshot_file(state), state.zxid);
    ASSERT_TRUE(back) << back.error();
    EXPECT_EQ(back->state, state);
    EXPECT_EQ(back->digest_zxid, state.zxid);
  }
}

// A tree of one node, put together by hand from the format's description.
TEST(SnapshotFile, to_the_byte) {
  const std::string stat =
      "0000000000000001"
      "0000000000000002"
      "0000000000000003"
      "0000000000000004"  // czxid, mzxid, ctime, mtime
      "00000005"
      "00000006"
      "00000007"
      "0000000000000000"
      "0000000000000008";  // versions, owner, pzxid
  const std::string nothing =
      "0000000000000000"
      "0000000000000000"
      "0000000000000000"
      "0000000000000000"
      "00000000"
      "00000000"
      "00000000"
      "0000000000000000"
      "0000000000000000";
  tree::State state;
  state.zxid = Zxid{0x0a};
  state.sessions.set(SessionId{0x1001}, 6000);
  for (const char* path : {"/", "/x", "/zookeeper", "/zookeeper/config", "/zookeeper/quota"}) {
    tree::Znode node;
    node.data = Bytes::empty_value();
    if (std::string_view(path) == "/x") {
      node.data = Bytes();
      node.stat = {Zxid{1}, Zxid{2}, 3, 4, 0, Zxid{8}, 5, 6, 7};
    }
    state.nodes.set(Bytes(path), Cow<tree::Znode>(std::move(node)));
  }
  ASSERT_TRUE(tree::finish_loading(state));
  const auto node = [](const std::string& path, const std::string& data, const std::string& persisted) {
    return fmt::format("{:08x}{}{}ffffffffffffffff{}", path.size(), hex(Bytes(path)), data, persisted);
  };
  const std::string body =
      "00000001"
      "0000000000001001"
      "00001770"
      "00000000" +
      node("", "00000000", nothing) + node("/x", "ffffffff", stat) + node("/zookeeper", "00000000", nothing) +
      node("/zookeeper/config", "00000000", nothing) + node("/zookeeper/quota", "00000000", nothing) +
      "00000001"
      "2f";
  const Bytes file = encode_snapshot_file(state);
  const std::string header =
      "5a4b534e"
      "00000002"
      "ffffffffffffffff";
  const size_t body_end = 16 + body.size() / 2;
  EXPECT_EQ(hex(file.slice(0, body_end)), header + body);
  const auto seal = [&](size_t at) {
    return fmt::format("{:016x}", adler32(file.view().substr(0, at))) +
           "00000001"
           "2f";
  };
  const std::string digest =
      "000000000000000a"
      "00000002" +
      fmt::format("{:016x}", static_cast<uint64_t>(state.tree_digest));
  EXPECT_EQ(hex(file.from(body_end)), seal(body_end) + digest + seal(body_end + 13 + 20) + "000000000000000a" +
                                          seal(body_end + 13 + 20 + 13 + 8));
  EXPECT_EQ(hex(stream_of(state, 1)), body + "0000000a" + hex(Bytes("BenWasHere")));
}

TEST(SnapshotFile, its_pieces_are_the_file_whatever_their_size) {
  const tree::State state = rich_state();
  const Bytes whole = encode_snapshot_file(state);
  for (const size_t size : {size_t{1}, size_t{7}, size_t{100}, whole.size() - 1, whole.size(), size_t{1} << 20}) {
    SnapshotFile file(state);
    std::string pieces;
    for (Bytes piece = file.next(size); !piece.empty(); piece = file.next(size)) pieces += piece.view();
    EXPECT_EQ(Bytes(pieces), whole) << size;
    EXPECT_TRUE(file.next(size).empty());
  }
}

// Without trailers it is whole too: older servers write none. Anywhere else a cut is seen.
TEST(SnapshotFile, cut_at_any_byte) {
  const tree::State state = rich_state();
  const Bytes file = encode_snapshot_file(state);
  const size_t without_last = file.size() - 8 - 13, without_digest = without_last - 20 - 13;
  for (size_t size = 0; size < file.size(); ++size) {
    const auto back = decode_snapshot_file(file.slice(0, size), state.zxid);
    EXPECT_EQ(back.has_value(), size == without_last || size == without_digest) << size;
    EXPECT_EQ(snapshot_is_sealed(file.slice(0, size)), back.has_value()) << size;
    if (back) {
      EXPECT_EQ(back->state, state);
    }
  }
  EXPECT_EQ(decode_snapshot_file(file.slice(0, without_digest), state.zxid)->digest_zxid, std::nullopt);
  EXPECT_FALSE(decode_snapshot_file(Bytes(file.str() + "x"), state.zxid));
}

TEST(SnapshotFile, a_flipped_bit_is_seen) {
  const tree::State state = rich_state();
  const Bytes file = encode_snapshot_file(state);
  for (size_t bit = 0; bit < file.size() * 8; ++bit) {
    const Bytes damaged = flipped(file, bit);
    ASSERT_FALSE(decode_snapshot_file(damaged, state.zxid)) << "bit " << bit;
    ASSERT_FALSE(snapshot_is_sealed(damaged)) << "bit " << bit;
  }
}

Bytes sealed(std::string body) {
  BytesBuilder out;
  out.append(snapshot_file_header());
  out.append(body);
  out.i64(adler32(out.view()));
  out.i32(1);
  out.append("/");
  return out.take();
}

TEST(SnapshotFile, a_checksum_does_not_make_a_tree) {
  BytesBuilder out;
  out.i32(0);
  out.i32(0);
  for (const char* path : {"", "/a/orphan"}) {
    wire::encode_to(out, Bytes(path));
    wire::encode_to(out, Bytes("data"));
    out.i64(-1);
    wire::encode_to(out, tree::NodeStat{});
  }
  wire::encode_to(out, Bytes("/"));
  const auto back = decode_snapshot_file(sealed(out.take().str()), Zxid{1});
  ASSERT_FALSE(back);
  EXPECT_THAT(back.error(), HasSubstr("no parent"));
}

TEST(SnapshotFile, the_digest_must_agree_unless_the_snapshot_is_fuzzy) {
  tree::State state = rich_state();
  const tree::State right = state;
  state.tree_digest ^= 1;
  const auto wrong = decode_snapshot_file(encode_snapshot_file(state), state.zxid);
  ASSERT_FALSE(wrong);
  EXPECT_THAT(wrong.error(), HasSubstr("digest"));
  // Upstream names the file by its beginning; the digest is that of its end.
  const auto fuzzy = decode_snapshot_file(encode_snapshot_file(state), Zxid{state.zxid.value - 3});
  ASSERT_TRUE(fuzzy) << fuzzy.error();
  EXPECT_EQ(fuzzy->digest_zxid, state.zxid);
  EXPECT_EQ(fuzzy->state.tree_digest, right.tree_digest);
}

// Upstream gives an open list an index like any other, and may hold one list under two.
TEST(SnapshotFile, upstreams_acl_table) {
  BytesBuilder out;
  out.i32(0);
  const wire::AclList open = wire::world_anyone_all(), mine{{31, {Bytes("digest"), Bytes("a:b")}}};
  out.i32(3);
  for (const auto& [index, acl] :
       {std::pair(int64_t{1}, open), std::pair(int64_t{2}, mine), std::pair(int64_t{3}, mine)}) {
    out.i64(index);
    wire::encode_to(out, acl);
  }
  for (const auto& [path, acl] : {std::pair("", -1), std::pair("/open", 1), std::pair("/two", 2),
                                  std::pair("/three", 3), std::pair("/lost", 9)}) {
    wire::encode_to(out, Bytes(path));
    wire::encode_to(out, Bytes("data"));
    out.i64(acl);
    wire::encode_to(out, tree::NodeStat{});
  }
  wire::encode_to(out, Bytes("/"));
  const auto back = decode_snapshot_file(sealed(out.take().str()), Zxid{1});
  ASSERT_TRUE(back) << back.error();
  const auto acl_of = [&](const char* path) { return back->state.acl_of(*back->state.find(path)); };
  EXPECT_EQ(acl_of("/open"), open);
  EXPECT_EQ(acl_of("/two"), mine);
  EXPECT_EQ(acl_of("/three"), mine);
  EXPECT_NE(acl_of("/lost"), open);
}

// ---- streams
// -------------------------------------------------------------------------------------------------------------------

TEST(SnapshotStream, any_piece_size_on_both_sides) {
  tree::State state = rich_state();
  const Bytes stream = stream_of(state, 1 << 20);
  for (const size_t size : {1, 7, 100, 5000}) EXPECT_EQ(stream_of(state, size), stream);
  state.zxid = Zxid{77};
  for (const size_t piece : {1, 2, 3, 64, 1000, 1 << 20}) EXPECT_EQ(read_stream(stream, piece), state) << piece;
}

TEST(SnapshotStream, pieces_are_about_as_large_as_asked_for) {
  Point point;
  for (int i = 0; i < 300; ++i) extend(point, 1);
  SnapshotCursor cursor(point.state);
  int pieces = 0;
  for (; !cursor.done(); ++pieces) EXPECT_LT(cursor.next(4096).size(), 4096 + 1000);
  EXPECT_GT(pieces, 10);
}

TEST(SnapshotStream, a_copied_cursor_goes_on_by_itself) {
  const tree::State state = rich_state();
  SnapshotCursor cursor(state);
  const std::string first = cursor.next(300).str();
  SnapshotCursor fork = cursor;
  std::string mine = first, other = first;
  while (!cursor.done()) mine += cursor.next(50).str();
  while (!fork.done()) other += fork.next(700).str();
  EXPECT_EQ(mine, other);
  EXPECT_EQ(Bytes(mine), stream_of(state, 1));
}

TEST(SnapshotStream, what_follows_is_left_alone) {
  const tree::State state = rich_state();
  const std::string stream = stream_of(state, 1 << 20).str();
  for (size_t cut = stream.size() - 5; cut <= stream.size() + 3; ++cut) {
    const std::string all = stream + "next packet";
    SnapshotReader reader;
    reader.feed(Bytes(all.substr(0, cut)));
    reader.feed(Bytes(all.substr(cut)));
    ASSERT_TRUE(reader.complete());
    EXPECT_EQ(reader.rest(), Bytes("next packet"));
    EXPECT_EQ(reader.consumed(), stream.size());
  }
}

TEST(SnapshotStream, never_complete_before_its_end_and_never_stuck) {
  const std::string stream = stream_of(rich_state(), 1 << 20).str();
  SnapshotReader reader;
  for (size_t i = 0; i < stream.size(); ++i) {
    ASSERT_FALSE(reader.complete()) << i;
    ASSERT_FALSE(reader.failed()) << i;
    reader.feed(Bytes(stream.substr(i, 1)));
  }
  EXPECT_TRUE(reader.complete());
}

TEST(SnapshotStream, malformed_streams_fail) {
  const auto fails = [](const std::string& stream) {
    SnapshotReader reader;
    reader.feed(Bytes(stream));
    if (reader.complete()) reader.take_state(Zxid{1});
    return reader.failed();
  };
  const std::string good = stream_of(rich_state(), 1 << 20).str();
  EXPECT_FALSE(fails(good));
  EXPECT_TRUE(fails("\xff\xff\xff\xfe"));                         // sessions
  EXPECT_TRUE(fails(std::string(4, '\0') + "\xff\xff\xff\xfe"));  // ACL lists
  EXPECT_TRUE(fails(good.substr(0, good.size() - 4) + "Gone"));   // the signature
  EXPECT_TRUE(fails(std::string(8, '\0') + std::string("\x00\x00\x00\x01/\x00\x00\x00\x0a"
                                                       "BenWasHere",
                                                       19)));                               // no root
  EXPECT_TRUE(fails(std::string(8, '\0') + "\xff\xff\xff\xff" + std::string(100, '\0')));   // a null path
  EXPECT_TRUE(fails(std::string(12, '\0') + "\xff\xff\xff\xf0" + std::string(100, '\0')));  // data of negative length
}

// Reading a byte at a time must cost as much again for each byte, however long a node or an ACL list is.
TEST(SnapshotStream, linear_in_small_pieces) {
  const auto stream = [](size_t size) {
    Point point;
    wire::AclList acl;
    for (size_t i = 0; i < size / 40; ++i)
      acl.push_back({1, {Bytes("digest"), Bytes(fmt::format("user{}:password", i))}});
    transaction(point, Zxid(Epoch{1}, 1), wire::OpCode::kCreateSession, wire::encode(wire::CreateSessionTxn{6000}));
    transaction(point, Zxid(Epoch{1}, 2), wire::OpCode::kCreate,
                wire::encode(wire::CreateRequest{Bytes("/big"), Bytes(std::string(size, 'x')), acl, 0}));
    return stream_of(point.state, 1 << 20);
  };
  const Bytes bytes = stream(400'000);  // quadratic work would be 10^11 steps
  const tree::State state = read_stream(bytes, 1);
  EXPECT_EQ(state.find("/big")->data.size(), 400'000U);
  EXPECT_EQ(state.acl_of(*state.find("/big")).size(), 10'000U);
}

}  // namespace
}  // namespace vivarium::log
