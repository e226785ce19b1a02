#include "core/wire/codes.h"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>

namespace vivarium::wire {
namespace {

// Names by number, as facts 1.3 and 1.4 list them: the numbers are the protocol, the names are what users read.
TEST(Codes, operations_have_their_names) {
  const std::map<int32_t, std::string> names{{0, "notification"},
                                             {1, "create"},
                                             {2, "delete"},
                                             {3, "exists"},
                                             {4, "getData"},
                                             {5, "setData"},
                                             {6, "getACL"},
                                             {7, "setACL"},
                                             {8, "getChildren"},
                                             {9, "sync"},
                                             {11, "ping"},
                                             {12, "getChildren2"},
                                             {13, "check"},
                                             {14, "multi"},
                                             {15, "create2"},
                                             {16, "reconfig"},
                                             {17, "checkWatches"},
                                             {18, "removeWatches"},
                                             {19, "createContainer"},
                                             {20, "deleteContainer"},
                                             {21, "createTTL"},
                                             {22, "multiRead"},
                                             {100, "auth"},
                                             {101, "setWatches"},
                                             {102, "sasl"},
                                             {103, "getEphemerals"},
                                             {104, "getAllChildrenNumber"},
                                             {105, "setWatches2"},
                                             {106, "addWatch"},
                                             {107, "whoAmI"},
                                             {-10, "createSession"},
                                             {-11, "closeSession"},
                                             {-1, "error"}};
  for (int32_t number = -200; number <= 200; ++number) {
    const auto name = names.find(number);
    EXPECT_EQ(op_name(OpCode{number}), name == names.end() ? "unknown" : name->second) << number;
  }
}

TEST(Codes, errors_have_their_names) {
  const std::map<int32_t, std::string> names{{0, "Ok"},
                                             {-1, "SystemError"},
                                             {-2, "RuntimeInconsistency"},
                                             {-3, "DataInconsistency"},
                                             {-4, "ConnectionLoss"},
                                             {-5, "MarshallingError"},
                                             {-6, "Unimplemented"},
                                             {-7, "OperationTimeout"},
                                             {-8, "BadArguments"},
                                             {-12, "UnknownSession"},
                                             {-13, "NewConfigNoQuorum"},
                                             {-14, "ReconfigInProgress"},
                                             {-100, "ApiError"},
                                             {-101, "NoNode"},
                                             {-102, "NoAuth"},
                                             {-103, "BadVersion"},
                                             {-108, "NoChildrenForEphemerals"},
                                             {-110, "NodeExists"},
                                             {-111, "NotEmpty"},
                                             {-112, "SessionExpired"},
                                             {-113, "InvalidCallback"},
                                             {-114, "InvalidACL"},
                                             {-115, "AuthFailed"},
                                             {-118, "SessionMoved"},
                                             {-119, "NotReadOnly"},
                                             {-120, "EphemeralOnLocalSession"},
                                             {-121, "NoWatcher"},
                                             {-122, "RequestTimeout"},
                                             {-123, "ReconfigDisabled"},
                                             {-124, "SessionClosedRequireSaslAuth"},
                                             {-125, "QuotaExceeded"},
                                             {-127, "ThrottledOp"}};
  for (int32_t number = -200; number <= 200; ++number) {
    const auto name = names.find(number);
    EXPECT_EQ(error_name(ErrorCode{number}), name == names.end() ? "unknown" : name->second) << number;
  }
}

}  // namespace
}  // namespace vivarium::wire
