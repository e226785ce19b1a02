// One series of the ten calls, and what every FileSystem answers to it: the real disk and the simulated one alike.
#pragma once

#include <fmt/format.h>

#include <string>

#include "core/base/file_system.h"

namespace vivarium::test {

// What a series of calls answers, as text; the directory version-2 is there and empty.
inline std::string answers_of(FileSystem& files) {
  std::string out;
  const auto told = [&out](const char* call, const auto& result) {
    out += fmt::format("{} {}\n", call, result ? "ok" : fs_error_name(result.error()));
  };
  const std::string a = "version-2/a", b = "version-2/b";
  told("open missing", files.open(a, OpenMode::kRead));
  const auto file = files.open(a, OpenMode::kCreate);
  told("create", file);
  told("write", files.pwrite(file->handle, 3, Bytes("hello")));
  out += fmt::format("read {}\n", files.pread(file->handle, 2, 100)->size());
  out += fmt::format("beyond {}\n", files.pread(file->handle, 100, 5)->size());
  told("grow", files.truncate(file->handle, 20));
  out += fmt::format("grown {}\n", files.pread(file->handle, 0, 100)->size());
  told("cut", files.truncate(file->handle, 5));
  told("sync", files.sync(file->handle));
  files.close(file->handle);
  const auto again = files.open(a, OpenMode::kCreate);
  out += fmt::format("opened again {}: {}\n", again->size, files.pread(again->handle, 0, 9)->view().substr(3));
  files.close(again->handle);
  told("rename", files.rename(a, b));
  told("rename missing", files.rename(a, b));
  told("sync directory", files.sync_directory("version-2"));
  const auto entries = files.list("version-2");
  for (const DirectoryEntry& entry : *entries) out += fmt::format("{} {}\n", entry.name, entry.size);
  told("unlink", files.unlink(b));
  told("unlink missing", files.unlink(b));
  out += fmt::format("{} left\n", files.list("version-2")->size());
  return out;
}

inline constexpr const char* kFileSystemAnswers = R"(open missing no such file
create ok
write ok
read 6
beyond 0
grow ok
grown 20
cut ok
sync ok
opened again 5: he
rename ok
rename missing no such file
sync directory ok
b 5
unlink ok
unlink missing no such file
0 left
)";

}  // namespace vivarium::test
