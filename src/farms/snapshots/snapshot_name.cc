#include "farms/snapshots/snapshot_name.h"

#include <algorithm>
#include <array>
#include <optional>

namespace hardlink {
namespace {

constexpr std::string_view kSeparators = "-_. ";

bool isDigit(char c) { return c >= '0' && c <= '9'; }

bool contains(std::string_view set, char c) { return set.find(c) != std::string_view::npos; }

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

/// Reads a name from left to right. A read that fails does not move the cursor.
class Cursor {
 public:
  Cursor(std::string_view text, std::size_t at) : text_(text), at_(at) {}

  [[nodiscard]] std::size_t at() const { return at_; }
  [[nodiscard]] char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }

  /// How many digits come next.
  [[nodiscard]] std::size_t digitCount() const {
    const auto rest = text_.substr(at_);
    return static_cast<std::size_t>(std::find_if_not(rest.begin(), rest.end(), isDigit) -
                                    rest.begin());
  }

  /// The next `count` digits as a number.
  std::optional<unsigned> number(std::size_t count) {
    if (digitCount() < count) {
      return std::nullopt;
    }
    unsigned value = 0;
    for (const std::size_t end = at_ + count; at_ < end; ++at_) {
      value = value * 10 + static_cast<unsigned>(text_[at_] - '0');
    }
    return value;
  }

  /// All digits that come next, if there are one or two.
  std::optional<unsigned> oneOrTwoDigits() {
    const std::size_t digits = digitCount();
    return digits == 1 || digits == 2 ? number(digits) : std::nullopt;
  }

  std::optional<char> oneOf(std::string_view set) {
    return at_ < text_.size() && contains(set, text_[at_]) ? std::optional(text_[at_++])
                                                           : std::nullopt;
  }

  /// `Jan` or `January`, in any case: 1.
  std::optional<unsigned> monthName() {
    static constexpr std::array<std::string_view, 12> kMonths = {
        "january", "february", "march",     "april",   "may",      "june",
        "july",    "august",   "september", "october", "november", "december"};
    for (unsigned month = 0; month < kMonths.size(); ++month) {
      if (startsWith(kMonths[month].substr(0, 3))) {
        at_ += startsWith(kMonths[month]) ? kMonths[month].size() : 3;
        return month + 1;
      }
    }
    return std::nullopt;
  }

 private:
  [[nodiscard]] bool startsWith(std::string_view word) const {
    const auto rest = text_.substr(at_, word.size());
    return std::equal(rest.begin(), rest.end(), word.begin(), word.end(),
                      [](char a, char b) { return lower(a) == b; });
  }

  std::string_view text_;
  std::size_t at_;
};

/// A date, the place where it ends, and the text that its form adds to the frame.
struct ParsedDate {
  std::chrono::sys_seconds time;
  std::size_t end = 0;
  std::string form;
};

std::optional<std::chrono::sys_seconds> dayOf(std::optional<unsigned> year,
                                              std::optional<unsigned> month,
                                              std::optional<unsigned> day) {
  constexpr unsigned kFirstYear = 1970;
  constexpr unsigned kLastYear = 2199;
  if (!year || !month || !day || *year < kFirstYear || *year > kLastYear) {
    return std::nullopt;
  }
  const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(*year)),
                                         std::chrono::month(*month), std::chrono::day(*day)};
  return date.ok() ? std::optional<std::chrono::sys_seconds>(std::chrono::sys_days(date))
                   : std::nullopt;
}

std::optional<ParsedDate> makeDate(const std::optional<std::chrono::sys_seconds>& day,
                                   const Cursor& cursor, const std::string& form = "") {
  return day ? std::optional(ParsedDate{*day, cursor.at(), form}) : std::nullopt;
}

/// Reads what follows `YYYY-`: a month and a day, a month alone, or a week.
std::optional<ParsedDate> parseAfterYear(unsigned year, char separator, Cursor cursor) {
  if (cursor.oneOf("Ww")) {
    const auto week = cursor.digitCount() == 2 ? cursor.number(2) : std::nullopt;
    if (!week || *week < 1 || *week > 53) {
      return std::nullopt;
    }
    // The fourth of January is in week 1 of every year (ISO 8601).
    auto date = makeDate(dayOf(year, 1, 4), cursor, "W");
    if (date) {
      date->time += std::chrono::days(7 * (*week - 1));
    }
    return date;
  }
  const std::size_t digits = cursor.digitCount();
  const auto name = cursor.monthName();
  const auto month = name ? name : cursor.oneOrTwoDigits();
  Cursor after_month = cursor;
  if (cursor.oneOf(std::string_view(&separator, 1))) {
    if (auto date = makeDate(dayOf(year, month, cursor.oneOrTwoDigits()), cursor)) {
      return date;
    }
  }
  return digits == 2 && !contains(kSeparators, after_month.peek())
             ? makeDate(dayOf(year, month, 1), after_month, "M")
             : std::nullopt;
}

/// Reads 15-Jan-2024, 15Jan2024 or 15.01.2024.
std::optional<ParsedDate> parseDayFirst(Cursor cursor) {
  const auto day = cursor.oneOrTwoDigits();
  const auto separator = cursor.oneOf(kSeparators);
  auto month = cursor.monthName();
  if (!month && separator == '.') {
    month = cursor.oneOrTwoDigits();
  }
  if (cursor.oneOf(kSeparators) != separator || cursor.digitCount() != 4) {
    return std::nullopt;
  }
  const auto year = cursor.number(4);
  return makeDate(dayOf(year, month, day), cursor);
}

/// The date that begins at `at`, where a run of digits begins.
std::optional<ParsedDate> parseDateAt(std::string_view name, std::size_t at) {
  Cursor cursor(name, at);
  const std::size_t digits = cursor.digitCount();
  if (digits == 8 || digits == 12 || digits == 14) {
    const auto year = cursor.number(4);
    const auto month = cursor.number(2);
    return makeDate(dayOf(year, month, cursor.number(2)), cursor);
  }
  if (digits == 4) {
    const unsigned year = *cursor.number(4);
    const auto separator = cursor.oneOf(kSeparators);
    return separator ? parseAfterYear(year, *separator, cursor) : std::nullopt;
  }
  return digits <= 2 ? parseDayFirst(cursor) : std::nullopt;
}

/// Reads two more digits of a time: after a separator, or without one in an `unbroken` run of
/// digits.
std::optional<unsigned> parseTimePart(Cursor& cursor, bool unbroken) {
  Cursor ahead = cursor;
  if (!unbroken && !ahead.oneOf(":-_.h")) {
    return std::nullopt;
  }
  if (!unbroken && ahead.digitCount() != 2) {
    return std::nullopt;
  }
  const auto value = ahead.number(2);
  if (value && *value < 60) {
    cursor = ahead;
    return value;
  }
  return std::nullopt;
}

/// Reads an offset and subtracts it from the time: `Z` (zero), +01:00 and, after a T, -0500.
void parseOffset(Cursor& cursor, bool after_t, ParsedDate& date) {
  Cursor ahead = cursor;
  if (ahead.oneOf("Zz")) {
    date.end = ahead.at();
    return;
  }
  const auto sign = ahead.oneOf(after_t ? "+-" : "+");
  const std::size_t digits = ahead.digitCount();
  const auto hours = sign && (digits == 2 || digits == 4) ? ahead.number(2) : std::nullopt;
  if (!hours || *hours > 14) {
    return;
  }
  ahead.oneOf(":");
  const std::chrono::seconds offset =
      std::chrono::hours(*hours) + std::chrono::minutes(ahead.number(2).value_or(0));
  date.time += sign == '-' ? offset : -offset;
  date.end = ahead.at();
}

/// Reads the time of day after the date, if there is one, and adds it to the date.
void parseTime(std::string_view name, ParsedDate& date) {
  Cursor cursor(name, date.end);
  const auto separator = cursor.oneOf("Tt-_. @");
  const std::size_t digits = cursor.digitCount();
  const bool unbroken = digits == 4 || digits == 6;
  const auto hours = unbroken || digits == 2 ? cursor.number(2) : std::nullopt;
  if (!hours || *hours > 23) {
    return;
  }
  const auto minutes = parseTimePart(cursor, unbroken);
  const auto seconds =
      minutes && digits != 4 ? parseTimePart(cursor, unbroken) : std::optional<unsigned>();
  if (unbroken && (!minutes || (digits == 6 && !seconds))) {
    return;
  }
  date.time += std::chrono::hours(*hours) + std::chrono::minutes(minutes.value_or(0)) +
               std::chrono::seconds(seconds.value_or(0));
  date.end = cursor.at();
  parseOffset(cursor, separator && lower(*separator) == 't', date);
}

/// Whether `text` has only digits and separators: `-123`, `.5`.
bool isLoneNumber(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return isDigit(c) || contains(kSeparators, c); });
}

std::optional<SnapshotName> datedName(std::string_view name) {
  for (std::size_t at = 0; at < name.size(); ++at) {
    if (!isDigit(name[at]) || (at > 0 && isDigit(name[at - 1]))) {
      continue;
    }
    if (auto date = parseDateAt(name, at)) {
      parseTime(name, *date);
      const auto rest = name.substr(date->end);
      std::string frame = std::string(name.substr(0, at)) + '\0' + date->form;
      return SnapshotName{
          NameScheme::date, frame + std::string(isLoneNumber(rest) ? "" : rest), date->time, {}};
    }
  }
  return std::nullopt;
}

std::pair<std::size_t, std::string> comparable(std::string_view digits) {
  digits.remove_prefix(std::min(digits.find_first_not_of('0'), digits.size()));
  return {digits.size(), std::string(digits)};
}

}  // namespace

SnapshotName parseSnapshotName(std::string_view name) {
  if (auto dated = datedName(name)) {
    return *dated;
  }
  const std::size_t last = name.find_last_of("0123456789");
  if (last == std::string_view::npos) {
    return {};
  }
  const std::size_t before = name.find_last_not_of("0123456789", last);
  const std::size_t begin = before == std::string_view::npos ? 0 : before + 1;
  const auto prefix = name.substr(0, begin);
  const auto suffix = name.substr(last + 1);
  if (!suffix.empty() && prefix.find_first_of("0123456789") != std::string_view::npos) {
    return {};  // several numbers: any of them could count the snapshots
  }
  const bool counted = suffix.empty() && prefix.size() > 1 && prefix.back() == '.';
  return {counted ? NameScheme::counted : NameScheme::number,
          std::string(prefix) + '\0' + std::string(suffix),
          {},
          comparable(name.substr(begin, last + 1 - begin))};
}

bool followsScheme(const SnapshotName& name) {
  static constexpr std::array<std::string_view, 14> kWords = {
      "",       "snap",  "snapshot", "backup",  "bak",    "gen",  "generation",
      "hourly", "daily", "weekly",   "monthly", "yearly", "auto", "checkpoint"};
  if (name.scheme != NameScheme::number) {
    return name.scheme != NameScheme::none;
  }
  // A number in the middle, as in `7.bak`, has two parts around it.
  std::string word;
  for (const char c : name.frame) {
    if (c != '\0' && !contains(kSeparators, c)) {
      word += lower(c);
    }
  }
  return std::find(kWords.begin(), kWords.end(), word) != kWords.end();
}

bool hasForm(std::string_view name, std::string_view form) {
  return std::equal(name.begin(), name.end(), form.begin(), form.end(),
                    [](char c, char f) { return f == '#' ? isDigit(c) : c == f; });
}

bool isNoSnapshotName(std::string_view name) {
  static constexpr std::array<std::string_view, 8> kEnds = {
      ".inprogress", ".in-progress", ".incomplete", ".partial", ".part", ".tmp", ".temp", "~"};
  std::string low(name);
  std::transform(low.begin(), low.end(), low.begin(), lower);
  return low.starts_with('.') || low.starts_with("_delete.") || low == "new_snapshot" ||
         low == "lost+found" || std::any_of(kEnds.begin(), kEnds.end(), [&](std::string_view end) {
           return low.ends_with(end);
         });
}

}  // namespace hardlink
