#include "sim/file_system.h"

#include <algorithm>
#include <set>

namespace vivarium::sim {

namespace {
constexpr int64_t kSectorBytes = 512;

std::string directory_of(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == std::string::npos ? std::string() : path.substr(0, slash);
}
}  // namespace

// ---- calls
// -------------------------------------------------------------------------------------------------------------------

std::optional<FsError> SimFileSystem::refusal(FsCall call, const std::string& path) {
  ++calls_;
  if (budget_ && (*budget_)-- <= 0) {
    budget_ = 0;
    exhausted_ = true;
    return FsError::kIo;
  }
  for (DiskFault& fault : faults_) {
    if ((fault.call != FsCall::kAny && fault.call != call) || path.find(fault.path_contains) == std::string::npos)
      continue;
    if (fault.skip > 0) {
      --fault.skip;
      continue;
    }
    if (fault.count == 0) continue;
    if (fault.count > 0) --fault.count;
    return fault.error;
  }
  return std::nullopt;
}

SimFileSystem::FileNode& SimFileSystem::node(int32_t handle) {
  const auto it = std::find_if(handles_.begin(), handles_.end(), [&](const Handle& h) { return h.handle == handle; });
  CHECK(it != handles_.end(), "handle {} is not open", handle);
  return nodes_.at(it->inode).mut();
}

const std::string& SimFileSystem::path_of(int32_t handle) const {
  const auto it = std::find_if(handles_.begin(), handles_.end(), [&](const Handle& h) { return h.handle == handle; });
  CHECK(it != handles_.end(), "handle {} is not open", handle);
  return it->path;
}

FsResult<File> SimFileSystem::open(const std::string& path, OpenMode mode) {
  if (auto error = refusal(FsCall::kOpen, path)) return std::unexpected(*error);
  auto entry = entries_.find(path);
  if (entry == entries_.end()) {
    if (mode != OpenMode::kCreate) return std::unexpected(FsError::kNotFound);
    const Inode inode = next_inode_++;
    nodes_.emplace(inode, FileNode{});
    change_entries({{path, inode}});
    entry = entries_.find(path);
  }
  handles_.push_back({next_handle_++, entry->second, path});
  return File{handles_.back().handle, nodes_.at(entry->second)->current.size()};
}

void SimFileSystem::close(int32_t handle) {
  std::erase_if(handles_, [&](const Handle& h) { return h.handle == handle; });
  collect();
}

FsResult<Bytes> SimFileSystem::pread(int32_t handle, int64_t offset, int64_t size) {
  if (auto error = refusal(FsCall::kPread, path_of(handle))) return std::unexpected(*error);
  return node(handle).current.read(offset, size);
}

FsResult<void> SimFileSystem::pwrite(int32_t handle, int64_t offset, const Bytes& bytes) {
  if (auto error = refusal(FsCall::kPwrite, path_of(handle))) return std::unexpected(*error);
  FileNode& file = node(handle);
  const int64_t grows = std::max<int64_t>(0, offset + static_cast<int64_t>(bytes.size()) - file.current.size());
  if (grows > capacity_ - used_) return std::unexpected(FsError::kNoSpace);
  used_ += grows;
  file.unsynced.push_back({-1, offset, bytes});
  apply(file.current, file.unsynced.back());
  return {};
}

FsResult<void> SimFileSystem::truncate(int32_t handle, int64_t size) {
  if (auto error = refusal(FsCall::kTruncate, path_of(handle))) return std::unexpected(*error);
  FileNode& file = node(handle);
  const int64_t grows = size - file.current.size();
  if (grows > 0 && grows > capacity_ - used_) return std::unexpected(FsError::kNoSpace);
  used_ += grows;
  file.unsynced.push_back({size, 0, {}});
  apply(file.current, file.unsynced.back());
  return {};
}

FsResult<void> SimFileSystem::sync(int32_t handle) {
  ++syncs_;
  if (auto error = refusal(FsCall::kSync, path_of(handle))) return std::unexpected(*error);
  FileNode& file = node(handle);
  for (const Change& change : file.unsynced) apply(file.durable, change);
  file.unsynced.clear();
  return {};
}

FsResult<void> SimFileSystem::rename(const std::string& from, const std::string& to) {
  if (auto error = refusal(FsCall::kRename, to)) return std::unexpected(*error);
  const auto entry = entries_.find(from);
  if (entry == entries_.end()) return std::unexpected(FsError::kNotFound);
  change_entries({{to, entry->second}, {from, std::nullopt}});
  account();
  return {};
}

FsResult<void> SimFileSystem::unlink(const std::string& path) {
  if (auto error = refusal(FsCall::kUnlink, path)) return std::unexpected(*error);
  if (!entries_.contains(path)) return std::unexpected(FsError::kNotFound);
  change_entries({{path, std::nullopt}});
  account();
  return {};
}

FsResult<std::vector<DirectoryEntry>> SimFileSystem::list(const std::string& directory) {
  if (auto error = refusal(FsCall::kList, directory)) return std::unexpected(*error);
  std::vector<DirectoryEntry> out;
  for (const auto& [path, inode] : entries_) {
    if (directory_of(path) == directory)
      out.push_back({path.substr(directory.empty() ? 0 : directory.size() + 1), nodes_.at(inode)->current.size()});
  }
  return out;
}

FsResult<void> SimFileSystem::sync_directory(const std::string& directory) {
  ++syncs_;
  if (auto error = refusal(FsCall::kSyncDirectory, directory)) return std::unexpected(*error);
  std::vector<DirectoryChange> others;
  for (DirectoryChange& change : unsynced_entries_) {
    if (change.directory == directory)
      apply(durable_entries_, change), ++durable_names_version_;
    else
      others.push_back(std::move(change));
  }
  unsynced_entries_ = std::move(others);
  collect();
  return {};
}

// ---- state
// ---------------------------------------------------------------------------------------------------------------------

void SimFileSystem::change_entries(std::vector<Entry> entries) {
  unsynced_entries_.push_back({directory_of(entries.front().path), std::move(entries)});
  apply(entries_, unsynced_entries_.back());
}

void SimFileSystem::apply(FileContent& content, const Change& change) {
  if (change.size >= 0)
    content.resize(change.size);
  else
    content.write(change.offset, change.bytes.data(), static_cast<int64_t>(change.bytes.size()));
}

void SimFileSystem::apply(std::map<std::string, Inode>& entries, const DirectoryChange& change) {
  for (const Entry& entry : change.entries) {
    if (entry.inode)
      entries[entry.path] = *entry.inode;
    else
      entries.erase(entry.path);
  }
}

// Files that nothing names any more: no entry, durable or not, no change of one, no handle.
void SimFileSystem::collect() {
  std::set<Inode> named;
  for (const auto& [path, inode] : entries_) named.insert(inode);
  for (const auto& [path, inode] : durable_entries_) named.insert(inode);
  for (const auto& change : unsynced_entries_) {
    for (const Entry& entry : change.entries) {
      if (entry.inode) named.insert(*entry.inode);
    }
  }
  for (const Handle& handle : handles_) named.insert(handle.inode);
  if (named.size() != nodes_.size())
    std::erase_if(nodes_, [&](const auto& item) { return !named.contains(item.first); });
}

void SimFileSystem::account() {
  used_ = 0;
  for (const auto& [path, inode] : entries_) used_ += nodes_.at(inode)->current.size();
}

// ---- faults
// ----------------------------------------------------------------------------------------------------------------------

void SimFileSystem::kill() {
  handles_.clear();
  budget_.reset();
  exhausted_ = false;
  collect();
}

// Each sector of each write, and each change of size, survives by itself.
void SimFileSystem::survive(FileNode& file, Rng& rng) const {
  // Often nothing survives, or everything: the corners that a fair coin for each sector would hardly ever reach.
  static constexpr std::array<uint64_t, 4> kKeepPpb = {0, 500'000'000, 900'000'000, 1'000'000'000};
  const uint64_t keep = kKeepPpb[rng.below(kKeepPpb.size())];
  for (const Change& change : file.unsynced) {
    if (change.size >= 0) {
      if (rng.chance_ppb(keep)) apply(file.durable, change);
      continue;
    }
    const int64_t end = change.offset + static_cast<int64_t>(change.bytes.size());
    for (int64_t at = change.offset; at < end;) {
      const int64_t next = std::min(end, (at / kSectorBytes + 1) * kSectorBytes);
      if (rng.chance_ppb(keep)) file.durable.write(at, change.bytes.data() + (at - change.offset), next - at);
      at = next;
    }
  }
  file.unsynced.clear();
  file.current = file.durable;
}

void SimFileSystem::power_loss(Rng& rng) {
  static constexpr std::array<uint64_t, 3> kKeepPpb = {0, 500'000'000, 1'000'000'000};
  const uint64_t keep = kKeepPpb[rng.below(kKeepPpb.size())];
  for (const DirectoryChange& change : unsynced_entries_) {
    if (rng.chance_ppb(keep)) apply(durable_entries_, change);
  }
  unsynced_entries_.clear();
  ++durable_names_version_;
  entries_ = durable_entries_;
  for (auto& [inode, file] : nodes_) {
    if (!file->unsynced.empty()) survive(file.mut(), rng);
  }
  kill();
  account();
}

void SimFileSystem::wipe() {
  const int64_t capacity = capacity_, names = durable_names_version_;
  *this = SimFileSystem();
  capacity_ = capacity;
  durable_names_version_ = names + 1;
}

// ---- observers
// -------------------------------------------------------------------------------------------------------------------

SimFileSystem SimFileSystem::durable_view() const {
  SimFileSystem out = *this;
  out.entries_ = durable_entries_;
  out.unsynced_entries_.clear();
  for (auto& [inode, file] : out.nodes_) {
    if (file->unsynced.empty()) continue;
    FileNode& own = file.mut();
    own.unsynced.clear();
    own.current = own.durable;
  }
  out.clear_faults();
  out.kill();
  out.capacity_ = kUnlimited;
  return out;
}

const FileContent* SimFileSystem::durable_content(const std::string& path) const {
  const auto entry = durable_entries_.find(path);
  return entry == durable_entries_.end() ? nullptr : &nodes_.at(entry->second)->durable;
}

const FileContent* SimFileSystem::content(const std::string& path) const {
  const auto entry = entries_.find(path);
  return entry == entries_.end() ? nullptr : &nodes_.at(entry->second)->current;
}

std::vector<std::string> SimFileSystem::durable_paths() const {
  std::vector<std::string> out;
  for (const auto& [path, inode] : durable_entries_) out.push_back(path);
  return out;
}

bool SimFileSystem::operator==(const SimFileSystem& o) const {
  if (entries_.size() != o.entries_.size() || durable_paths() != o.durable_paths()) return false;
  for (const auto& [path, inode] : entries_) {
    const FileContent* other = o.content(path);
    if (!other || !(nodes_.at(inode)->current == *other)) return false;
  }
  for (const auto& [path, inode] : durable_entries_) {
    if (!(nodes_.at(inode)->durable == *o.durable_content(path))) return false;
  }
  return true;
}

}  // namespace vivarium::sim
