// What nearly every test includes, compiled once. A test still names what it uses: this changes how fast it compiles,
// not whether it does.
#pragma once

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>
