#include "core/base/file_system.h"

namespace vivarium {

const char* fs_error_name(FsError error) {
  switch (error) {
    case FsError::kNotFound: return "no such file";
    case FsError::kExists: return "file exists";
    case FsError::kNoSpace: return "no space left on device";
    case FsError::kIo: return "input/output error";
  }
  return "unknown";
}

}  // namespace vivarium
