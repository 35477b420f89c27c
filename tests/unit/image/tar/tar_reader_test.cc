#include "image/tar/tar_reader.h"

#include <algorithm>
#include <cstdio>
#include <numeric>
#include <string_view>

#include "support/catch.h"
#include "unit/image/tar/tar_builder.h"

namespace hardlink {
namespace {

using Paths = std::vector<std::string>;

class StringStream : public ByteStream {
 public:
  explicit StringStream(std::string bytes) : bytes_(std::move(bytes)) {}
  [[nodiscard]] Result<std::size_t> read(char* buffer, std::size_t size) override {
    // In pieces that end in the middle of headers and contents.
    const std::size_t got = bytes_.copy(buffer, std::min<std::size_t>(size, 301), at_);
    at_ += got;
    return got;
  }
  [[nodiscard]] std::uint64_t skip(std::uint64_t /*bytes*/) override { return 0; }

 private:
  std::string bytes_;
  std::size_t at_ = 0;
};

std::string octal(std::uint64_t number, int digits) {
  std::string text(static_cast<std::size_t>(digits) + 1, '\0');
  (void)std::snprintf(text.data(), text.size(), "%0*llo", digits,
                      static_cast<unsigned long long>(number));
  return text.substr(0, static_cast<std::size_t>(digits));
}

/// `header` with the right checksum.
std::string summed(std::string header) {
  header.replace(148, 8, 8, ' ');
  const unsigned sum = std::accumulate(
      header.begin(), header.end(), 0U,
      [](unsigned so_far, char c) { return so_far + static_cast<unsigned char>(c); });
  header.replace(148, 7, octal(sum, 6) + '\0');
  return header;
}

std::string header(char type, const std::string& path, std::uint64_t size = 0,
                   const std::string& target = "") {
  std::string block(512, '\0');
  block.replace(0, path.size(), path);
  block.replace(124, 11, octal(size, 11));
  block[156] = type;
  block.replace(157, target.size(), target);
  block.replace(257, 8,
                std::string("ustar\0"
                            "00",
                            8));
  return summed(block);
}

std::string padded(std::string content) {
  content.resize((content.size() + 511) / 512 * 512);
  return content;
}

std::string entry(char type, const std::string& path, const std::string& content,
                  const std::string& target = "") {
  return header(type, path, content.size(), target) + padded(content);
}

std::string paxRecord(const std::string& key, const std::string& value) {
  const std::string rest = " " + key + "=" + value + "\n";
  std::size_t length = rest.size();
  while (std::to_string(length).size() + rest.size() != length) {
    length = std::to_string(length).size() + rest.size();
  }
  return std::to_string(length) + rest;
}

/// The paths of the entries, and the error, if any, at the end.
Paths read(const std::string& bytes) {
  TarReader tar(std::make_unique<StringStream>(bytes));
  Paths paths;
  while (true) {
    const auto more = tar.next();
    if (!more) {
      paths.push_back("error: " + more.error().message());
    }
    if (!more || !*more) {
      return paths;
    }
    paths.push_back((*more)->path);
  }
}

bool fails(const std::string& bytes) {
  const Paths paths = read(bytes);
  return !paths.empty() && paths.back().starts_with("error: ");
}

TEST_CASE("a tar may end only where Go's archive/tar accepts its end") {
  const std::string a = entry('0', "a", std::string(700, 'x'));
  const std::string b = entry('0', "b", std::string(700, 'y'));
  const std::string whole = a + b;
  const Paths both{"a", "b"};
  const std::size_t content_end = a.size() + 512 + 700;
  CHECK(read(whole + std::string(1024, '\0')) == both);
  CHECK(read(whole + std::string(10240, '\0')) == both);
  CHECK(read(whole + std::string(512, '\0')) == both);
  CHECK(read(whole) == both);
  for (std::size_t size = content_end; size <= whole.size(); size += 9) {
    CHECK(read(whole.substr(0, size)) == both);
  }
  CHECK(read(whole + std::string(1024, '\0') + "anything") == both);
  CHECK(read("").empty());
  CHECK(read(std::string(512, '\0')).empty());

  for (std::size_t size = a.size() + 1; size < content_end; size += 13) {
    CHECK(fails(whole.substr(0, size)));
  }
  CHECK(fails(whole + std::string(256, '\0')));
  CHECK(fails(whole + "garbage"));
  CHECK(fails(whole + std::string(512, 'g')));
  CHECK(fails(a + std::string(512, '\0') + b));
  CHECK(read("no tar") == Paths{"error: not a tar archive"});
  CHECK(read(std::string(2000, 'n')) == Paths{"error: not a tar archive"});
}

TEST_CASE("compressed bytes are read to their end, where damage is detected") {
  const auto compression = GENERATE(Compression::gzip, Compression::zstd, Compression::xz);
  const auto compressed = [&](const std::string& bytes) { return compress(bytes, compression); };
  const std::string whole = entry('0', "a", std::string(700, 'x'));
  const std::string end(1024, '\0');
  CHECK(read(compressed(whole + end)) == Paths{"a"});
  CHECK(read(compressed(whole.substr(0, 512 + 700))) == Paths{"a"});
  CHECK(fails(compressed(whole.substr(0, 512 + 600))));
  CHECK(read(compressed("")) == Paths{});
  // Several gzip members, or zstd frames, are one stream.
  CHECK(read(compressed(whole.substr(0, 100)) + compressed(whole.substr(100) + end)) == Paths{"a"});
  const std::string stored = compressed(whole + end);
  CHECK(fails(stored.substr(0, stored.size() - 4)));
  CHECK(fails(stored + "something else that follows"));
  CHECK(fails(stored + std::string(1000, '\0')) == (compression != Compression::xz));
}

TEST_CASE("an entry has the type that Go gives it") {
  using Kind = LayerEntry::Kind;
  const auto kindOf = [](const std::string& bytes) {
    TarReader tar(std::make_unique<StringStream>(bytes));
    const auto more = tar.next();
    REQUIRE(more);
    REQUIRE(*more);
    return (*more)->kind;
  };
  CHECK(kindOf(header('0', "a")) == Kind::regular);
  CHECK(kindOf(header('0', "a/")) == Kind::regular);
  CHECK(kindOf(header('\0', "a")) == Kind::regular);
  CHECK(kindOf(header('\0', "a/")) == Kind::directory);
  CHECK(kindOf(header('1', "a", 0, "b")) == Kind::hard_link);
  CHECK(kindOf(header('1', "a")) == Kind::hard_link);
  CHECK(kindOf(header('3', "a")) == Kind::other);
  CHECK(kindOf(header('5', "a")) == Kind::directory);
  CHECK(kindOf(header('7', "a")) == Kind::unknown);
  CHECK(kindOf(header('S', "a")) == Kind::unknown);
  CHECK(kindOf(entry('g', "pax_global_header", paxRecord("comment", "c"))) == Kind::comment);
}

TEST_CASE("only entries of types that can have content are followed by content") {
  for (const char type : {'1', '2', '3', '4', '5', '6'}) {
    CHECK(read(header(type, "a", 700, "b") + header('0', "c")) == Paths{"a", "c"});
  }
  CHECK(read(entry('0', "a", std::string(700, 'x')) + header('0', "c")) == Paths{"a", "c"});
}

TEST_CASE("headers before the header of an entry can give it a longer name and another size") {
  const std::string name(3000, 'n');
  const std::string end = header('0', "end");
  CHECK(read(entry('x', "p", paxRecord("path", name)) + header('0', "a") + end) ==
        Paths{name, "end"});
  CHECK(read(entry('L', "l", name + '\0') + header('0', "a") + end) == Paths{name, "end"});
  // GNU's name wins over that of pax. Empty names and global headers change nothing.
  CHECK(read(entry('x', "p", paxRecord("path", "pax")) + entry('L', "l", "gnu") +
             header('0', "a")) == Paths{"gnu"});
  CHECK(read(entry('x', "p", paxRecord("path", "")) + header('0', "a")) == Paths{"a"});
  CHECK(read(entry('g', "g", paxRecord("mtime", "1")) + header('0', "a")) == Paths{"g", "a"});
  CHECK(read(entry('x', "p", paxRecord("size", "5")) + header('0', "a") + padded("12345") + end) ==
        Paths{"a", "end"});
  CHECK(read(entry('x', "p", paxRecord("path", "lost"))).empty());
  for (const std::string& record :
       {std::string("5 path=x\n"), std::string("99 path=x\n"), std::string("path"),
        std::string("7 =xyz\n"), paxRecord("size", "-1"), paxRecord("size", "many"),
        paxRecord("mtime", "late"), paxRecord("mtime", "1.x"),
        paxRecord("path", std::string("a\0b", 3))}) {
    CAPTURE(record);
    CHECK(fails(entry('x', "p", record) + header('0', "a")));
  }
  CHECK(fails(header('x', "p", std::uint64_t{3} << 20U) + std::string(3 << 20, '1')));
}

TEST_CASE("a header is refused if its checksum is wrong, or a number is malformed") {
  std::string wrong_sum = header('0', "a");
  wrong_sum[0] = 'b';
  CHECK(fails(std::string(header('0', "z")) + wrong_sum));
  for (const std::size_t offset : {100U, 108U, 116U, 124U, 136U, 329U, 337U}) {
    std::string block = header('0', "a");
    block[offset] = 'x';
    CHECK(fails(summed(block)));
  }
  // Spaces and NULs around the digits are allowed, and so is a field without digits.
  std::string spaced = header('0', "a");
  spaced.replace(124, 12, std::string("   5 \0\0\0\0\0\0\0", 12));
  CHECK(read(summed(spaced) + padded("12345") + header('0', "c")) == Paths{"a", "c"});
}

TEST_CASE("numbers can be binary, with at most 63 bits") {
  const auto sized = [](const std::string& number) {
    std::string block = header('0', "a");
    block.replace(124, 12, number);
    return summed(block);
  };
  CHECK(read(sized("\x80" + std::string(9, '\0') + "\x02\xbc") + padded(std::string(700, 'x')) +
             header('0', "c")) == Paths{"a", "c"});
  CHECK(fails(sized(std::string(12, '\xff'))));  // -1
  CHECK(fails(sized("\x80" + std::string(3, '\0') + std::string(8, '\xff'))));
  CHECK(fails(sized("\x80" + std::string(10, '\xff') + "x")));
  const std::string most = sized("\x80" + std::string(3, '\0') + "\x7f" + std::string(7, '\xff'));
  CHECK(read(most + "x") == Paths{"a", "error: truncated tar archive"});
}

TEST_CASE("the prefix field precedes the name if the format has one") {
  std::string posix = header('0', "name");
  posix.replace(345, 3, "dir");
  CHECK(read(summed(posix)) == Paths{"dir/name"});
  std::string gnu = posix;
  gnu.replace(257, 8, std::string("ustar  \0", 8));
  CHECK(read(summed(gnu)) == Paths{"dir/name"});
  gnu.replace(345, 11, "00000000000");
  CHECK(read(summed(gnu)) == Paths{"name"});
  std::string old = posix;
  old.replace(257, 8, 8, '\0');
  CHECK(read(summed(old)) == Paths{"name"});
}

TEST_CASE("a sparse file is recognised, and its stored content is skipped") {
  const std::string records =
      paxRecord("GNU.sparse.major", "1") + paxRecord("GNU.sparse.minor", "0") +
      paxRecord("GNU.sparse.name", "real") + paxRecord("GNU.sparse.realsize", "1000000");
  const std::string bytes = entry('x', "p", records) + entry('0', "a", "0\n") + header('0', "end");
  TarReader tar(std::make_unique<StringStream>(bytes));
  const auto next = tar.next();
  REQUIRE(*next);
  CHECK(tar.isSparse());
  CHECK((*next)->path == "real");
  CHECK(tar.size() == 2);
  CHECK((*next)->size == 1'000'000);
  CHECK(read(bytes) == Paths{"real", "end"});
}

TEST_CASE("contentOffset() is where the content is") {
  const std::string bytes = entry('0', "a", std::string(700, 'x')) + entry('0', "b", "content");
  TarReader tar(std::make_unique<StringStream>(bytes));
  REQUIRE(*tar.next());
  REQUIRE(*tar.next());
  REQUIRE(tar.contentOffset());
  CHECK(bytes.substr(*tar.contentOffset(), tar.size()) == "content");
  std::string content(100, '\0');
  const auto got = tar.readContent(content.data(), content.size());
  REQUIRE(got);
  CHECK(content.substr(0, *got) == "content");
  CHECK(*tar.readContent(content.data(), content.size()) == 0);
  CHECK(bytes.substr(*tar.contentOffset(), tar.size()) == "content");
}

}  // namespace
}  // namespace hardlink
