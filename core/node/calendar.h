// A moment as Java's Date prints it: "Sun Nov 22 10:12:40 UTC 2026".
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include <fmt/format.h>

namespace vivarium::node {

inline std::string date_of(int64_t wall_ms) {
  constexpr std::array<std::string_view, 7> kDays = {"Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"};  // 1970-01-01 on
  constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  constexpr int64_t kDaySeconds = 86400, kEraDays = 146097;  // an era: 400 years, counted from March 1st of year 0
  const int64_t total = wall_ms / 1000 - (wall_ms % 1000 < 0 ? 1 : 0);
  const int64_t second = ((total % kDaySeconds) + kDaySeconds) % kDaySeconds, day = (total - second) / kDaySeconds;
  const int64_t shifted = day + 719468, of_era = ((shifted % kEraDays) + kEraDays) % kEraDays;
  const int64_t year_of_era = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
  const int64_t of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const int64_t march_month = (5 * of_year + 2) / 153, day_of_month = of_year - (153 * march_month + 2) / 5 + 1;
  const int64_t month = march_month < 10 ? march_month + 2 : march_month - 10;  // from 0
  const int64_t year = year_of_era + (shifted - of_era) / kEraDays * 400 + (month < 2 ? 1 : 0);
  return fmt::format("{} {} {:02} {:02}:{:02}:{:02} UTC {}", kDays[static_cast<size_t>(((day % 7) + 7) % 7)],
                     kMonths[static_cast<size_t>(month)], day_of_month, second / 3600, second / 60 % 60, second % 60,
                     year);
}

}  // namespace vivarium::node
