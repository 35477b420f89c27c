// Runs a fuzz target without libFuzzer: first every file of a corpus, then a number of random
// changes to them, which are the same in every run.
//
//     replay_TARGET [--mutations=N] [--dictionary=FILE] FILE-OR-DIRECTORY...
//
// An input that ends the program is kept in the working directory as crash-PROGRAM. That file can
// be an argument of the next run.

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <random>
#include <regex>
#include <string>
#include <vector>

#include "fuzz/require.h"

// A sanitizer calls this before it ends the program.
extern "C" __attribute__((weak)) void __sanitizer_set_death_callback(void (*callback)());

namespace hardlink {
namespace {

namespace fs = std::filesystem;

using Input = std::vector<std::uint8_t>;

constexpr unsigned kSecondsPerInput = 60;
constexpr std::size_t kMostBytes = std::size_t{64} * 1024;
constexpr std::array kFatalSignals = {SIGABRT, SIGALRM, SIGBUS, SIGFPE, SIGILL, SIGSEGV};

std::string crash_file;
const Input* current = nullptr;

/// Only what a signal handler may do.
void keepCurrent() {
  const int fd = open(crash_file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (fd >= 0 && current != nullptr) {
    static_cast<void>(!write(fd, current->data(), current->size()));
  }
  close(fd);
}

void onFatalSignal(int signal) {
  std::signal(signal, SIG_DFL);
  keepCurrent();
  raise(signal);
}

void watchForTheEnd() {
  for (const int signal : kFatalSignals) {
    std::signal(signal, onFatalSignal);
  }
  if (__sanitizer_set_death_callback != nullptr) {
    __sanitizer_set_death_callback(keepCurrent);
  }
}

void run(const Input& input) {
  current = &input;
  alarm(kSecondsPerInput);
  // Allocated with exactly this size, so that AddressSanitizer reports reads beyond it.
  const Input copy(input);
  (void)LLVMFuzzerTestOneInput(copy.data(), copy.size());
  alarm(0);
  current = nullptr;
}

Input readInput(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  require(file.good(), "an input can be read: " + path.string());
  return {std::istreambuf_iterator<char>(file), {}};
}

/// The files at `path` and below it, in the order of their names.
std::vector<fs::path> filesAt(const fs::path& path) {
  std::vector<fs::path> files;
  if (!fs::is_directory(path)) {
    return {path};
  }
  for (const auto& entry : fs::recursive_directory_iterator(path)) {
    if (entry.is_regular_file()) {
      files.push_back(entry.path());
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

/// The words of a dictionary in libFuzzer's format, one in double quotes on each line.
std::vector<Input> readDictionary(const fs::path& path) {
  static const std::regex kWord(R"re(^[^#"]*"(.*)"\s*$)re");
  static const std::regex kHex(R"(\\x([0-9A-Fa-f]{2})|\\(.)|([^\\]))");
  std::vector<Input> words;
  std::ifstream file(path);
  require(file.good(), "the dictionary can be read");
  for (std::string line; std::getline(file, line);) {
    std::smatch found;
    if (!std::regex_match(line, found, kWord)) {
      continue;
    }
    const std::string text = found[1];
    Input word;
    for (std::sregex_iterator at(text.begin(), text.end(), kHex), end; at != end; ++at) {
      const std::smatch& piece = *at;
      word.push_back(piece[1].matched ? static_cast<std::uint8_t>(std::stoi(piece[1], nullptr, 16))
                                      : static_cast<std::uint8_t>(piece.str().back()));
    }
    words.push_back(std::move(word));
  }
  return words;
}

/// Changes inputs at random.
class Mutator {
 public:
  Mutator(const std::vector<Input>& corpus, std::vector<Input> words)
      : corpus_(corpus), words_(std::move(words)) {}

  [[nodiscard]] Input next() {
    Input input = any(corpus_);
    for (auto left = 1 + random_() % 6; left > 0; --left) {
      change(input);
    }
    input.resize(std::min(input.size(), kMostBytes));
    return input;
  }

 private:
  template <class List>
  [[nodiscard]] const typename List::value_type& any(const List& list) {
    return list[random_() % list.size()];
  }
  [[nodiscard]] std::size_t upTo(std::size_t most) { return random_() % (most + 1); }

  /// Random values, of which more are at an edge than by chance.
  [[nodiscard]] std::uint8_t someByte() {
    constexpr std::array<std::uint8_t, 10> kEdges = {0,    1,   0x7F, 0x80, 0xFF,
                                                     '\n', '"', '/',  '0',  ' '};
    return random_() % 2 == 0 ? any(kEdges) : static_cast<std::uint8_t>(random_());
  }

  /// Some part of a list of bytes.
  [[nodiscard]] Input partOf(const Input& input) {
    const std::size_t begin = upTo(input.size());
    const std::size_t length = upTo(std::min<std::size_t>(64, input.size() - begin));
    const auto at = input.begin() + static_cast<std::ptrdiff_t>(begin);
    return {at, at + static_cast<std::ptrdiff_t>(length)};
  }

  void insert(Input& input, const Input& part) {
    const auto at = input.begin() + static_cast<std::ptrdiff_t>(upTo(input.size()));
    input.insert(at, part.begin(), part.end());
  }

  void overwrite(Input& input, const Input& part) {
    const std::size_t begin = upTo(input.size());
    const std::size_t length = std::min(part.size(), input.size() - begin);
    std::copy_n(part.begin(), length, input.begin() + static_cast<std::ptrdiff_t>(begin));
  }

  void remove(Input& input) {
    const Input part = partOf(input);
    const auto at = input.begin() + static_cast<std::ptrdiff_t>(upTo(input.size() - part.size()));
    input.erase(at, at + static_cast<std::ptrdiff_t>(part.size()));
  }

  void change(Input& input) {
    switch (random_() % 8) {
      case 0:
        return remove(input);
      case 1:
        return insert(input, partOf(input));
      case 2:
        return overwrite(input, partOf(any(corpus_)));
      case 3:
        return insert(input, Input(1 + random_() % 8, someByte()));
      case 4:
        return words_.empty() ? insert(input, partOf(any(corpus_))) : insert(input, any(words_));
      case 5:
        return words_.empty() ? remove(input) : overwrite(input, any(words_));
      default:
        return overwrite(input, {someByte()});
    }
  }

  std::mt19937 random_{20260101};  // NOLINT: the same in every run, so that a failure comes again
  const std::vector<Input>& corpus_;
  const std::vector<Input> words_;
};

struct Options {
  unsigned mutations = 0;
  std::vector<Input> words;
  std::vector<Input> corpus;
};

Options optionsFrom(const std::vector<std::string>& arguments) {
  constexpr std::string_view kMutations = "--mutations=";
  constexpr std::string_view kDictionary = "--dictionary=";
  Options options;
  for (const std::string& argument : arguments) {
    if (argument.starts_with(kMutations)) {
      std::from_chars(argument.data() + kMutations.size(), argument.data() + argument.size(),
                      options.mutations);
    } else if (argument.starts_with(kDictionary)) {
      options.words = readDictionary(argument.substr(kDictionary.size()));
    } else {
      for (const fs::path& path : filesAt(argument)) {
        options.corpus.push_back(readInput(path));
      }
    }
  }
  return options;
}

/// In MiB; with sanitizers, they take most of it.
long peakMemory() {
  rusage usage{};
  require(getrusage(RUSAGE_SELF, &usage) == 0, "memory can be told");
  return usage.ru_maxrss / 1024;
}

int replay(const std::string& program, const std::vector<std::string>& arguments) {
  constexpr long kMostMemory = 1000;
  crash_file = fs::absolute("crash-" + fs::path(program).filename().string());
  const Options options = optionsFrom(arguments);
  require(!options.corpus.empty(), "there is something to run");
  watchForTheEnd();
  run({});
  std::for_each(options.corpus.begin(), options.corpus.end(), run);
  Mutator mutator(options.corpus, options.words);
  for (unsigned i = 0; i < options.mutations; ++i) {
    run(mutator.next());
  }
  std::cout << options.corpus.size() << " inputs and " << options.mutations << " changes to them, "
            << peakMemory() << " MiB at most\n";
  require(peakMemory() < kMostMemory, "memory is bounded");
  return 0;
}

}  // namespace
}  // namespace hardlink

int main(int argc, char* argv[]) {
  return hardlink::replay(argv[0], std::vector<std::string>(argv + 1, argv + argc));
}
